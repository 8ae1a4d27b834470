-- Sends the requests of a file at the pace of DELAY milliseconds on each connection, and counts what comes back.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init()
  requests = {}
  for line in io.lines(os.getenv("REQUESTS")) do
    requests[#requests + 1] = wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, line)
  end
  place = number * math.floor(#requests / 2)
  pause = math.floor(tonumber(os.getenv("DELAY")) + 0.5)
  offered, accepted, shed = 0, 0, 0
end

function delay()
  return pause
end

function request()
  place = place % #requests + 1
  offered = offered + 1
  return requests[place]
end

function response(status)
  if status == 200 then accepted = accepted + 1 end
  if status == 503 then shed = shed + 1 end
end

function done()
  for _, name in ipairs({ "offered", "accepted", "shed" }) do
    local sum = 0
    for _, thread in ipairs(threads) do sum = sum + (thread:get(name) or 0) end
    print(name .. " " .. sum)
  end
end
