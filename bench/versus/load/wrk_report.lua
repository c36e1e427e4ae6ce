-- What wrk is told beside its flags, and how it says what it found.

-- With TUN_BENCH_POST set to a number, every request posts a body of so many bytes.
local body_bytes = os.getenv("TUN_BENCH_POST")
if body_bytes then
  wrk.method = "POST"
  wrk.body = string.rep("x", tonumber(body_bytes))
end

-- User and system time of this process, in hundredths of a second.
local function cpu_ticks()
  local stat = io.open("/proc/self/stat"):read("*a")
  local user, system = stat:match("%) %S" .. string.rep(" %S+", 10) .. " (%d+) (%d+)")
  return user + system
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'tun-bench {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"max":%d,"failed":%d,"refused":%d,"cpuTicks":%d}\n',
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status, cpu_ticks()
  ))
end
