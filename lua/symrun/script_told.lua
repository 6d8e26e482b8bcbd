--- What the core asks of texts: the symbols of .tbd stubs, the inputs of linker
--- scripts.  It runs in a Lua of its own, where no rule ever was.

local script = require "symrun.script"
local tbd = require "symrun.script_tbd"
local text = require "symrun.script_text"

local told = {}

local formats = { tbd = tbd.read }


function formats.script(object, hear)
  local parsed, why, at = script.parse(object.text, "linker-script")
  if not parsed then
    error({ sentence = "is damaged: " .. why, at = at or 1 }, 0)
  end
  local inputs, doubt = parsed:inputs()
  if not inputs then
    error({ sentence = "is a linker script, and " .. doubt, at = 1,
            unknown = true }, 0)
  end
  for _, one in ipairs(inputs) do hear("input", 0, one.name) end
end


--- Tell hear(kind, targets, word [, letter]) what is in a text.  True; or nil,
--- a sentence, an offset, and whether the text may be right all the same.
function told.read(format, source, hear)
  local object = { text = source, name = "is damaged" }
  local function read()
    local zero = source:find("\0", 1, true)
    if zero then text.fail(object, zero, "a byte 0 is no text") end
    local whole, at = utf8.len(source)
    if format == "tbd" and not whole then
      text.fail(object, at, "a byte that is no UTF-8")
    end
    formats[format](object, hear)
    return true
  end
  local ok, why, at, unknown = text.try(read)
  if unknown then why = why:gsub("^is damaged", "cannot be read") end
  return ok, why, at and at - 1, unknown
end

return told
