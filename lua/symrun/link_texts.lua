--- The texts that a line names, read: version scripts, lists, .def files,
--- linker scripts.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"

local texts = {}

local kinds = {
  ["version-script"] = "version-script", ["dynamic-list"] = "dynamic-list",
  ["export-list"] = "export-list", ["unexport-list"] = "unexport-list",
  ["retain-list"] = "retain-list", ["order-list"] = "order-list",
  ["def"] = "def", ["script"] = "linker-script",
}


--- What kind of text a part names; nil if it names none.
function texts.kind(part)
  if part:name() == "--export-dynamic-symbol-list" then return "symbol-list" end
  if part:name() == "--mri-script" then return nil end
  return kinds[part:role() or ""]
end


--- The text that a part names, read anew; or nil and a sentence.
function texts.read(link, part)
  local kind, path = texts.kind(part), part:value()
  if not kind or not path then
    return nil, ("%s names no text that is understood"):format(part)
  end
  if kind == "def" then path = path:match "^[^,]*" end  -- /DEF:x,0x10
  local source, why = inputs.text(link, path)
  if not source then
    return nil, ("%s %s"):format(core.printable(path), why)
  end
  return require "symrun.script".parse(source, kind, { name = path })
end


--- All texts with a role, in the line's order, as {part=, script=}; or nil and
--- a sentence.  They are shared: nobody may edit them.
function texts.all(link, role)
  link.texts = link.texts or {}
  local known = link.texts[role]
  if known then return known.list, known.why end
  local list = {}
  local ok, why = link.words:sure(role)
  for part in link.words:role(role) do
    if not ok then break end
    local parsed, failed = texts.read(link, part)
    if not parsed then ok, why = nil, failed
    else list[#list + 1] = { part = part, script = parsed } end
  end
  if not ok then list = nil end
  link.texts[role] = { list = list, why = why }
  return list, why
end

return texts
