--- The options of a line, each by one name for all of its spellings.
--
-- A name that no linker knows is a mistake in the rule: it would be on no line,
-- and the rule would be content with every one.

local core = require "symrun.core"
local rule = require "symrun.rule"
local unsure = require "symrun.link_doubt"

local options = {}

local function bare(name) return (name:gsub("^[-/]+", "")) end


-- What people may have meant.
local function near(name)
  return rule.nearest(name, {
    "--warn-unresolved-symbols", "--allow-multiple-definition", "--undefined",
    "--version-script", "--dynamic-list", "--export-dynamic",
    "--export-dynamic-symbol", "--gc-sections", "--whole-archive",
    "--unresolved-symbols", "--no-undefined", "--entry", "--output", "/FORCE",
    "/INCLUDE", "/EXPORT", "/DEF", "-exported_symbols_list", "-force_load",
    "-undefined", "-dead_strip", "--export", "--allow-undefined",
    "--noinhibit-exec", "--exclude-libs", "--as-needed", "-rdynamic", "-shared",
  })
end


-- Why an option by this name may be on the line unseen, or nil.
local function doubt(words, name, roles)
  for _, role in ipairs(rule.sorted_keys(roles)) do
    if role ~= "none" then
      local ok, why = words:sure(role)
      if not ok then return why end
    end
  end
  local body = bare(name)
  for part in words:parts() do
    local text = bare(part:text()):match "^[^=:]*"
    if part:kind() == "broken" and not part:role() then
      return part:trouble()
    end
    if part:role() == "opaque" then
      return ("%s brings what cannot be read"):format(part)
    end
    if part:kind() == "strange" and #text > 0
       and body:sub(1, #text) == text then
      return part:trouble() .. ", and may be short for one that is"
    end
  end
end


-- "--x=y" and "/X:Y" stand for "--x y" and "/X Y".
local function parted(name)
  if core.option(name) then return name end
  local option, value = name:match "^(%-[^%s=]+)=(.*)$"
  if not option then option, value = name:match "^(/[^%s:]+):(.*)$" end
  return option and option .. " " .. value or name
end


--- Is there no such option at all?  A sentence then, or nil.
function options.check(name)
  if type(name) ~= "string" then
    return "the name of an option is expected, not a " .. type(name)
  end
  name = parted(name)
  local option = name:match "^%S+" or name
  if core.option(option) then return nil end
  local meant = near(option)
  return ("no linker that is known has an option '%s'%s"):format(
    core.printable(option), meant and (" (did you mean '%s'?)"):format(meant)
    or "")
end


-- All parts with an option, and why there may be more.
local function named(link, name)
  local wrong = options.check(name)
  if wrong then error(wrong, 3) end
  name = parted(name)
  local option = name:match "^%S+"
  local roles = core.option(option)
  if roles.z then roles.unresolved, roles.multiple = true, true end
  local list, why = {}, doubt(link.words, option, roles)
  for part in link.words:options(name) do
    if not part:maybe() then list[#list + 1] = part
    else why = why or select(2, link.words:sure()) end
  end
  return list, why
end


local methods = {}

--- The parts with an option, in any spelling and by each of its names:
--- "--version-script", "/EXPORT", "-z now".  Those that are sure come first,
--- then perhaps unknown is raised.
function methods:options(name)
  local list, why = named(self, name)
  local i = 0
  return function ()
    i = i + 1
    if not list[i] and why then unsure(why) end
    return list[i]
  end
end


--- Is an option on the line?
function methods:has(name)
  local list, why = named(self, name)
  if #list == 0 and why then unsure(why) end
  return #list > 0
end

options.methods = methods

return options
