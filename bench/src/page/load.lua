-- Sends the requests of a file, a line each, from a place of its own in each thread.
local threads = {}
local looks = os.getenv("LOOKS") == "1"

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
  seen, hits, bypassed = 0, 0, 0
  if looks then
    response = function(status, headers)
      seen = seen + 1
      local status = headers["cache-status"] or headers["Cache-Status"] or ""
      if status:find("hit") or status:find("collapsed") then hits = hits + 1 end
      if status:find("bypass") then bypassed = bypassed + 1 end
    end
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done()
  local seen, hits, bypassed = 0, 0, 0
  for _, thread in ipairs(threads) do
    seen = seen + (thread:get("seen") or 0)
    hits = hits + (thread:get("hits") or 0)
    bypassed = bypassed + (thread:get("bypassed") or 0)
  end
  if seen > 0 then
    print("hits " .. hits / seen)
    print("bypassed " .. bypassed / seen)
  end
end
