--- The conditions in GCC's specs, and where %{...} ends and parts.
--
-- A condition asks which options are on the driver's line: "S" for -S, "S*" for
-- any that begins so, ".c" for sources, "%:f(x)" for what a function says.

local conditions = {}


--- End the reading of specs: a sentence.
function conditions.fail(format, ...) error({ format:format(...) }, 0) end

local fail = conditions.fail


--- The end of what begins with an open bracket before 'at'.
function conditions.close(text, at, pair)
  local _, last = text:find("^%b" .. pair, at - 1)
  return last or fail("the specs of the driver are not whole")
end


--- "S", "S*", ".S", ",S", "!S": does it hold?  The options that do, too.
function conditions.holds(run, atom)
  local negated, mark, name, star = atom:match "^(!?)([.,]?)([^*]*)(%*?)$"
  if not name then fail("a condition of the specs, %s, is not known", atom) end
  local out = {}
  if mark == "" then
    for _, switch in ipairs(run.switches) do
      if not switch.dead and (switch.text == name or star == "*"
                              and switch.text:sub(1, #name) == name) then
        out[#out + 1] = switch
      end
    end
  elseif mark == "." then
    local suffix = "." .. name
    for _, one in ipairs(run.infiles) do
      if one.source and one.word:sub(-#suffix) == suffix then
        fail("what %%{.%s} stands for depends on the source", name)
      end
    end
  end
  if negated == "!" then return #out == 0, {}, name, star end
  return #out > 0, out, name, star
end


-- A function as a condition: %:sanitize(address)
local function asks(run, text)
  local name, args = text:match "^!?%%:([%w_-]+)(%b())$"
  if not name then fail("a condition of the specs, %s, is not known", text) end
  local found = run:call(name, args:sub(2, -2)) ~= nil
  return found ~= (text:sub(1, 1) == "!")
end


--- One of several, "a|b|%:f(x)".
function conditions.any(run, condition)
  local all, star, name = {}, "", nil
  local yes, at = false, 1
  while at <= #condition do
    local from, upto = condition:find("^%s*!?%%:[%w_-]+%b()%s*", at)
    local one, holds, list
    if not from then
      from, upto = condition:find("^[^|]+", at)
      if not from then fail("a condition of the specs is empty") end
      one = condition:sub(from, upto):gsub("%s", "")
      holds, list, name, star = conditions.holds(run, one)
      for _, each in ipairs(list) do all[#all + 1] = each end
    else
      holds = asks(run, (condition:sub(from, upto):gsub("^%s+", "")
                                                  :gsub("%s+$", "")))
    end
    yes = yes or holds
    at = condition:find("[^|]", upto + 1) or #condition + 1
  end
  return yes, all, name, star
end


--- "a:x; b:y; :z" in its clauses, { condition, text }.
function conditions.clauses(body)
  local out, at, colon, start = {}, 1, nil, 1
  local function clause(last)
    out[#out + 1] = { body:sub(start, (colon or last + 1) - 1),
                      colon and body:sub(colon + 1, last) }
    colon, start = nil, last + 2
  end
  while at <= #body do
    local c = body:sub(at, at)
    if c == "{" then at = conditions.close(body, at + 1, "{}")
    elseif not colon and body:find("^%%:", at) then
      local paren = body:find("(", at, true)
      at = paren and conditions.close(body, paren + 1, "()")
           or fail("the specs of the driver are not whole")
    elseif c == ":" and not colon then colon = at
    elseif c == ";" then clause(at - 1)
    end
    at = at + 1
  end
  clause(#body)
  return out
end

return conditions
