-- Sends requests as fast as they are answered, and looks at the answers where LOOKS says so.
local looks = os.getenv("LOOKS") == "1"

function init()
  read_requests()
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

request = next_request

function done()
  local seen = sum("seen")
  if seen > 0 then
    print("hits " .. sum("hits") / seen)
    print("bypassed " .. sum("bypassed") / seen)
  end
end
