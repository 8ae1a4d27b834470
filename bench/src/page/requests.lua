-- What each script begins with: the requests of a file, a line each, sent from a place of its own in each thread; and sums over threads.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

local function read_requests()
  requests = {}
  for line in io.lines(os.getenv("REQUESTS")) do
    requests[#requests + 1] = wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, line)
  end
  place = number * math.floor(#requests / 2)
end

local function next_request()
  place = place % #requests + 1
  return requests[place]
end

local function sum(name)
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + (thread:get(name) or 0) end
  return sum
end

