-- Reads of 100,000 articles with Zipf-distributed popularity, each of a reader of its own, BATCH in a request.
local articles, exponent = 100000, 1.0
local batch = tonumber(os.getenv("BATCH") or "1")
local thread_number = 0

function setup(thread)
  thread:set("id", thread_number)
  thread_number = thread_number + 1
end

function init()
  math.randomseed(os.time() * 100 + id)
  sums, total = {}, 0
  for rank = 1, articles do
    total = total + 1 / rank ^ exponent
    sums[rank] = total
  end
  reader = 0
end

local function article()
  local wanted, low, high = math.random() * total, 1, articles
  while low < high do
    local middle = math.floor((low + high) / 2)
    if sums[middle] < wanted then low = middle + 1 else high = middle end
  end
  return low
end

function request()
  local reads = {}
  for index = 1, batch do
    reader = reader + 1
    reads[index] = string.format('{"article":"article-%d","reader":"%d-%d-%d"}', article(), id, os.time(), reader)
  end
  return wrk.format("POST", "/reads", { ["Content-Type"] = "text/plain" }, "[" .. table.concat(reads, ",") .. "]")
end
