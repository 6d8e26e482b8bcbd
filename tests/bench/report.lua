--- How the bench prints: a line for each comparison, and the verdict.
--
-- A line that is `short` is followed by how much it lacks; a run that lacks
-- something still ends with status 0, one whose answers differ does not.

local report = {}

report.held, report.short = 0, 0


function report.say(format, ...)
  print((format:format(...):gsub("%s+$", "")))
  io.stdout:flush()
end


--- Long sentences, folded under a margin.
function report.fold(margin, text)
  local line = margin
  for word in text:gmatch "%S+" do
    if #line + #word + 1 > 79 and #line > #margin then
      report.say("%s", line)
      line = margin
    end
    line = line .. (#line > #margin and " " or "") .. word
  end
  report.say("%s", line)
end


local function ms(seconds)
  local value = seconds * 1000
  return (value < 100 and "%.1f ms" or "%.0f ms"):format(value)
end


local function mib(kib) return ("%.0f"):format(kib / 1024) end


local function count(verdict)
  report[verdict == "holds" and "held" or "short"] =
    report[verdict == "holds" and "held" or "short"] + 1
end


--- A row's title, with what it is about.
function report.title(title, about)
  local line = title .. ": " .. about
  if #line <= 79 then
    report.say("%s", line)
  else
    report.say("%s:", title)
    report.fold("  ", about)
  end
end


local LINE = "  %-24s %10s %10s %8s %8s %9s  %s"

function report.header()
  report.say(LINE, "", "symrun", "peer", "ratio", "wanted", "MiB", "")
end


--- A peer that is not there: its number is not shown to hold.
function report.missing(name, wanted, reason)
  if wanted then count "short" end
  report.say(LINE, name, "-", "-", "-", wanted or "-", "-",
             wanted and "short" or "")
  report.fold("    ", "missing: " .. reason)
end


--- symrun's summary, the peer's, and the ratio of their CPU.  Gives "holds",
--- "short" or nil, and what would have held.
function report.pair(name, ours, theirs, ratio, target)
  local shown, wanted, verdict, enough
  if target.most then
    shown, wanted = ("%.2f"):format(ratio), ("<=%g"):format(target.most)
    verdict = ratio <= target.most and "holds" or "short"
    enough = ours.cpu * target.most / ratio
  else
    shown = ("%.1fx"):format(1 / ratio)
    wanted = target.least and (">=%gx"):format(target.least) or "-"
    verdict = target.least
              and (1 / ratio >= target.least and "holds" or "short")
    enough = target.least and ours.cpu / (target.least * ratio)
  end
  if verdict then count(verdict) end
  report.say(LINE, name, ms(ours.cpu), ms(theirs.cpu), shown, wanted,
             mib(ours.peak) .. "/" .. mib(theirs.peak), verdict or "")
  if verdict == "short" then
    report.fold("    ", ("short by %s: %s would hold, which is %.2f times less")
      :format(ms(ours.cpu - enough), ms(enough), ours.cpu / enough))
  end
  return verdict, enough
end


--- A value of symrun's own and its limit, in some unit.
function report.limit(name, value, unit, most, note)
  local verdict = value <= most and "holds" or "short"
  count(verdict)
  report.say(LINE, name, ("%.1f %s"):format(value, unit), "-", "-",
             ("<=%g %s"):format(most, unit), note or "-", verdict)
  if verdict == "short" then
    report.fold("    ", ("short by %.1f %s, which is %.2f times too much")
      :format(value - most, unit, value / most))
  end
  return verdict
end

return report
