-- Sends requests at the pace of DELAY milliseconds on each connection, and counts what comes back.
function init()
  read_requests()
  pause = math.floor(tonumber(os.getenv("DELAY")) + 0.5)
  offered, accepted, shed, other = 0, 0, 0, 0
end

function delay()
  return pause
end

function request()
  offered = offered + 1
  return next_request()
end

function response(status)
  if status == 200 then
    accepted = accepted + 1
  elseif status == 503 then
    shed = shed + 1
  else
    other = other + 1
  end
end

function done()
  for _, name in ipairs({ "offered", "accepted", "shed", "other" }) do print(name .. " " .. sum(name)) end
end
