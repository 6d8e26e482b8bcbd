--- Standing in for a linker, where rules are to be asked first.
--
-- What needs no rules is done before Lua starts.  A build has many links, and
-- most are not what a rule is about: a rule that finds nothing on a line is
-- not run.  A clean line prints nothing, as the linker itself would not.

local check = require "symrun.check"
local core = require "symrun.core"
local mended = require "symrun.link_mended"
local options = require "symrun.options"
local output = require "symrun.output"
local policies = require "symrun.policies"
local run = require "symrun.run"
local told = require "symrun.told"

local ld = {}

local say, last = options.say, options.last


local function split(text, pattern)
  local out = {}
  for word in (text or ""):gmatch(pattern) do out[#out + 1] = word end
  return out
end


--- Rule files and parameters of the environment: SYMRUN_RULES has colons
--- between files, SYMRUN_DEFINE blanks, or newlines if it has any.
function ld.environment(getenv)
  local define = getenv "SYMRUN_DEFINE" or ""
  return split(getenv "SYMRUN_RULES", "[^:]+"),
         split(define, define:find "\n" and "[^\n]+" or "%S+")
end


-- The rules that were asked for: those of the options, or else the
-- environment's; or nil and a sentence.
local function load_rules(out, host)
  local files, define = ld.environment(os.getenv)
  if #out.rules > 0 then files = out.rules end
  table.move(out.define, 1, #out.define, #define + 1, define)
  local given, why = policies.definitions(define)
  if not given then return nil, why end
  if #files == 0 then return {} end
  local list
  list, why = policies.load(files, given, host.rules)
  if not list then return nil, why end
  return policies.select(list, out.select)
end


-- Tell what rules said, if that is anything; of those that are about other
-- links nothing.  The linker has standard output for itself.
local function tell(plan, out, host)
  if #plan.findings == 0 and #out.verbose == 0 and #out.output == 0
     and plan.status == 0 then
    return
  end
  local ok, why = output.emit(plan, out, {
    color = output.colored(out, host), inputs = 1, quiet = #out.quiet > 0,
    to = io.stderr, passing = #out.verbose == 0,
  })
  if ok then return end
  local status = output.failed(why)
  if #out["link-anyway"] == 0 then return status end
end


--- The words as rules want them, when the files that they then name are
--- written; or nil and a sentence.  `folder`: where they stay; without it they
--- go when the run is over.  `plan` may want inputs changed: copies are.
function ld.edited(link, words, host, folder, plan)
  local mends = mended.wanted(plan)
  if not link:is_edited() and not mends then return words end
  local why
  if not folder then folder, why = host.folder() end
  if not folder then return nil, why end
  if mends then
    local ok, failed = mended.make(link, plan, folder, host)
    if not ok then return nil, failed end
  end
  local new, made = link:edited(folder)
  if not new then return nil, made end
  if #made > 0 then
    local ok, failed = host.make(folder)
    if not ok then return nil, failed end
  end
  for _, text in ipairs(made) do
    local ok, failed = host.write(text.path, text.bytes)
    if not ok then return nil, failed end
  end
  return new
end


--- Run words that link; gives the status of the program, or 2 when there is
--- none.  Where it fails, what was missing is told.
function ld.run(host, words, out)
  local status, why = host.run(words, last(out.flavour))
  if not status then say("%s", why) return 2 end
  if status ~= 0 then require "symrun.ld_failed".tell(words, out) end
  return status
end


-- Words that do not link: the program takes our place.
local function pass_on(host, words, out)
  local _, why = host.run(words, last(out.flavour), true)
  say("%s", why)
  return 2
end


--- The same, as rules want them.  `plan` is what they said of the line as it
--- was; `again(words)` the status of what they say of it as it will be: who
--- asked for an edit may be content then.  In between, when it is known whether
--- the line is run, `tell()` reports the plan; a status from it is the end.
function ld.run_edited(link, words, out, host, plan, tell_plan, again)
  local status, anyway = plan.status, #out["link-anyway"] > 0
  local heals = status == 1 and not anyway
                and (link:is_edited() or mended.wanted(plan))
  local new, why
  if status == 0 or anyway or heals then
    new, why = ld.edited(link, words, host, nil, plan)
    if new and heals and again(new) ~= 0 then new = nil end
  end
  if new then told.applied(plan, link) end
  local ended = tell_plan()
  if ended then return ended end
  if why then say("%s", why) return 2 end
  if not new then return status end
  if link:is_edited() then
    local who = link:editors()
    say("the line is linked as %s want%s it%s", table.concat(who, ", "),
        #who == 1 and "s" or "", heals and ", and then the rules hold" or "")
  end
  return ld.run(host, new, out)
end


local function replay(plain, out, host)
  if #plain ~= 1 then
    say "--replay takes one capture, and no words after it"
    return 2
  end
  if #out.rules > 0 then
    say("a replay is the link as it was; symrun %s %s asks rules about it",
        out.rules[1], plain[1])
    return 2
  end
  local status, why = host.replay(plain[1])
  if not status then say("%s", why) return 2 end
  return status
end


--- The verb: options, and the words of the linker.
function ld.main(words, out, host)
  if #out.replay > 0 then return replay(words, out, host) end
  if #words == 0 then
    say "symrun ld takes the linker and its words, after its own options"
    return 2
  end
  local status = host.failed()
  if status then
    require "symrun.ld_failed".tell(words, out)
    return status
  end
  local rules, why = load_rules(out, host)
  if not rules then say("%s", why) return 2 end
  local like = last(out.flavour)
  local links, failed = host.capture(words, like,
    last(out.capture, os.getenv "SYMRUN_CAPTURE"))
  if links == nil then say("%s", failed) return 2 end
  if not links then return pass_on(host, words, out) end
  if #rules == 0 then return ld.run(host, words, out) end
  local meant
  meant, failed = host.meant(words, like)
  if failed then say("%s", failed) return 2 end
  local function asked(link)
    run.rules(rules, nil, { link }, nil, true)
    return run.plan(rules, last(out["fail-on"], "error"))
  end
  local link = check.link(meant or words, out)
  local plan = asked(link)
  return ld.run_edited(link, words, out, host, plan,
    function () return tell(plan, out, host) end,
    function (new)
      core.reset()
      return asked(check.link(new, out)).status
    end)
end

return ld
