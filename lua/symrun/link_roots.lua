--- What a linker begins with beside its inputs: names that the line wants,
--- defines or changes, and what is made.

local core = require "symrun.core"
local what = require "symrun.link_what"

local roots = {}


local function values(words, role)
  local out = {}
  for part in words:role(role) do
    local glob = (part:name() or ""):find("glob", 1, true)
    if part:value() and not glob then out[#out + 1] = part:value() end
  end
  return out
end


local function last(words, ...)
  local found
  for part in words:parts() do
    for _, role in ipairs { ... } do
      if part:role() == role and not part:maybe() then found = role end
    end
  end
  return found
end


-- "--defsym x=y+1": { name, the name that it is another word for, or nil }, and
-- the expression.
local function defined(words, doubt)
  local out = {}
  for _, text in ipairs(values(words, "defsym")) do
    local name, expression = text:match "^%s*([^=%s]+)%s*=%s*(.-)%s*$"
    if name then
      out[#out + 1] = { name, expression:match "^[%a_.$][%w_.$@]*$",
                        expression = expression }
    else
      doubt("what --defsym %s defines is not known", core.printable(text))
    end
  end
  return out
end


local function is_multiple(words)
  local on = false
  for part in words:parts() do
    local name = (part:name() or ""):gsub("^%-+", "")
    if name == "allow-multiple-definition"
       or name == "z" and part:value() == "muldefs" then on = true
    elseif name == "no-allow-multiple-definition" then on = false end
  end
  return on
end


-- "--export-dynamic", and what takes it back.
local function exports_all(words)
  local on = false
  for part in words:parts() do
    local name = (part:name() or ""):gsub("^%-+", "")
    if name == "export-dynamic" then on = true
    elseif name == "no-export-dynamic" then on = false end
  end
  return on
end


-- Where Windows begins; elsewhere at "_start".
local starts = { i386pep = "mainCRTStartup", i386pe = "_mainCRTStartup" }

--- entry, undefined (what is required, too), require, defsym, wrap, multiple,
--- export_all, makes, pie, static.
function roots.of(line, dialect, emulation, doubt)
  local words = line.words
  local makes, why = what.makes(words)
  if not makes then doubt("%s", why) end
  for part in words:role "undefined" do
    if (part:name() or ""):find("glob", 1, true) then
      doubt("which names %s wants depends on what is linked", part)
    end
  end
  for _, role in ipairs { "entry", "undefined", "require", "defsym", "wrap" } do
    local sure, reason = words:sure(role)
    if not sure then doubt("%s", reason) end
  end
  local entries = values(words, "entry")
  local undefined, required = values(words, "undefined"),
                              values(words, "require")
  for _, name in ipairs(required) do undefined[#undefined + 1] = name end
  local entry = entries[#entries]
  if not entry and dialect == "gnu" and makes == "executable" then
    entry = starts[emulation or ""] or "_start"
  end
  return {
    entry = entry, given_entry = #entries > 0, makes = makes,
    undefined = undefined, require = required,
    defsym = defined(words, doubt), wrap = values(words, "wrap"),
    multiple = is_multiple(words), export_all = exports_all(words),
    pie = makes == "executable" and last(words, "pie", "no-pie") == "pie",
    static = last(words, "static", "static-libraries",
                  "shared-libraries") == "static-libraries"
             or what.static(words) == true,
  }
end

return roots
