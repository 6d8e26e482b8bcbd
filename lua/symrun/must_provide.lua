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


--- Each of these names, as far as what is linked wants it, is given by the
--- archive that owns it: "NAMES=FILE", patterns both; the first that takes a
--- name counts.
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
      local claims = {}
      for _, one in ipairs(wanted) do
        for _, file in ipairs(link:archives()) do
          local path = inputs.path(file)
          if core.match(one.from, path, "path")
             or core.match(one.from, path:match "[^/]*$", "path") then
            claims[#claims + 1] = { names = file:defined(one.names),
                                    from = file }
          end
        end
      end
      if #claims == 0 then
        report.unknown(link, "none of the archives that own names is on the "
                       .. "line, so nothing was checked")
        return
      end
      link:provided(claims):report(report)
    end,
  }
end

return must
