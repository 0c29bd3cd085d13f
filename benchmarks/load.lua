-- What wrk asks a server, and what becomes of it; load.py runs this.
-- Arguments: a folder with pictures 1.jpg ... n.jpg, n, ids of the index's pictures.

local threads, counter = {}, 0

function setup(thread)
  counter = counter + 1
  thread:set("number", counter)
  table.insert(threads, thread)
end

function init(args)
  sent, patient, statuses = 0, 0, {}
  bodies, ids = {}, {}
  for at = 1, tonumber(args[2]) do
    local file = io.open(args[1] .. "/" .. at .. ".jpg", "rb")
    bodies[at] = part("picture\"; filename=\"x.jpg", file:read("*a"))
    file:close()
  end
  for at = 3, #args do
    table.insert(ids, args[at])
  end
end

function part(name, content)
  return "--b\r\nContent-Disposition: form-data; name=\"" .. name .. "\"\r\n\r\n" .. content .. "\r\n"
end

local function posted(path, ...)
  local headers = { ["Content-Type"] = "multipart/form-data; boundary=b" }
  return wrk.format("POST", "/api/v1/" .. path, headers, table.concat({ ... }) .. "--b--\r\n")
end

local function one_of(list)
  return list[sent % #list + 1]
end

local ways = {
  function()
    return wrk.format("GET", "/api/v1/search?k=20&text=thing+" .. number .. "+" .. sent)
  end,
  function()
    return posted("search", one_of(bodies))
  end,
  function()
    return posted("score", part("keyword", "almonds"), one_of(bodies))
  end,
  function()
    return wrk.format("GET", "/api/v1/pictures/" .. one_of(ids))
  end,
  function()
    return wrk.format("GET", "/api/v1/pictures/" .. one_of(ids) .. "/thumbnail")
  end,
}

function request()
  sent = sent + 1
  return ways[sent % #ways + 1]()
end

function response(status, headers, body)
  statuses[status] = (statuses[status] or 0) + 1
  if status == 429 and headers["retry-after"] then
    patient = patient + 1
  end
end

function done(summary, latency, requests)
  local total, counts, patience = 0, {}, 0
  for _, thread in ipairs(threads) do
    total = total + thread:get("sent")
    patience = patience + thread:get("patient")
    for status, count in pairs(thread:get("statuses")) do
      counts[status] = (counts[status] or 0) + count
    end
  end
  local parts = {}
  for status, count in pairs(counts) do
    table.insert(parts, string.format("\"%d\": %d", status, count))
  end
  local errors = summary.errors
  print(string.format(
    "JSON {\"sent\": %d, \"statuses\": {%s}, \"retry_after\": %d, \"seconds\": %.3f, "
      .. "\"p50\": %.1f, \"p99\": %.1f, \"lost\": %d}",
    total, table.concat(parts, ", "), patience, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
