--- A policy for link lines: who has to give a name.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"
local select = require "symrun.select"

local must = {}

local function claims_of(options)
  local list = {}
  if type(options) ~= "table" or type(options.providers) ~= "table" then
    error("a table is expected, such as { providers = { \"x_*=libx.a\" } }", 3)
  end
  for key in pairs(options) do
    if key ~= "providers" and key ~= "each" then
      error(("there is no option '%s' here; there are each, providers")
              :format(tostring(key)), 3)
    end
  end
  for i, text in ipairs(options.providers) do
    local names, from = tostring(text):match "^(.+)=(.+)$"
    if not names then
      error(("provider %d is NAMES=FILE, such as x_*=libx.a, not %s"):format(i,
            core.printable(tostring(text))), 3)
    end
    list[i] = { names = names, from = from }
  end
  return list
end


-- The archives that own the names of a claim.
local function owners(link, claim)
  local out = {}
  for _, file in ipairs(link:archives()) do
    local path = inputs.path(file)
    if core.match(claim.from, path, "path")
       or core.match(claim.from, path:match "[^/]*$", "path") then
      out[#out + 1] = file
    end
  end
  return out
end


-- A claim as link:provided takes it: of what none of its archives has, the
-- first is the owner.
local function put_claim(claims, claim, files)
  for _, file in ipairs(files) do
    claims[#claims + 1] = { names = file:defined(claim.names), from = file }
  end
  claims[#claims + 1] = { names = claim.names, from = files[1] }
end


-- Does a claim say anything of a link?
local function is_about(result, claim, files)
  for _, file in ipairs(files) do
    if file:defines(claim.names) then return true end
  end
  for _, name in ipairs(result.asked) do
    if core.match(claim.names, name, "name") then return true end
  end
  return false
end


--- Each of these names, as far as what is linked wants it, is given by the
--- archive that owns it: "NAMES=FILE", patterns both; the first that takes a
--- name counts.  A claim whose archive is not on the line, or whose pattern
--- takes no name, is unknown: it may be misspelt.
function must.provide(options)
  local wanted = claims_of(options)
  return {
    about = "each name is given by the archive that owns it",
    story = [[
Two archives defined one function: in one it worked, in the other it was a stub
that did nothing, for builds without the first.  Which of them a program got was
a matter of their order on the line, and nobody had chosen it.]],
    each = options.each or select.links(),
    check = function (link, report)
      local claims, files = {}, {}
      for i, one in ipairs(wanted) do
        files[i] = owners(link, one)
        if #files[i] > 0 then put_claim(claims, one, files[i]) end
      end
      if #claims == 0 then
        report.unknown(link, "none of the archives that own names is on the "
                       .. "line, so nothing was checked")
        return
      end
      local result = link:provided(claims)
      result:report(report)
      for i, one in ipairs(wanted) do
        if #files[i] == 0 then
          report.unknown(link, "%s, which is to own %s, is not on the line",
                         one.from, one.names)
        elseif not is_about(result, one, files[i]) then
          report.unknown(link, "no name is like %s, which %s is to own",
                         one.names, one.from)
        end
      end
    end,
  }
end

return must
