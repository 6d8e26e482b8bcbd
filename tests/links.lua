--- What the specs of link lines share: lines as text, parts as text.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local core = require "symrun.core"

local links = {}


--- "a b" or { "a", "b" } as words.
function links.words(line)
  if type(line) == "table" then return line end
  local out = {}
  for word in line:gmatch "%S+" do out[#out + 1] = word end
  return out
end


--- A line, over files (path -> bytes) that need not be on disk.
function links.line(text, files, flavour)
  return core.line(links.words(text), { files = files or {},
                                        flavour = flavour })
end


--- A part as one word: its name and values, or what it is.
function links.part(part)
  local kind, name = part:kind(), part:name()
  if kind == "broken" or kind == "strange" then return kind .. "!" end
  local out, i = { name }, 1
  while part:value(i) do
    out[#out + 1] = part:value(i)
    i = i + 1
  end
  return table.concat(out, "=") .. (part:maybe() and "?" or "")
end


--- All parts as text: "a.o -o=out --whole-archive".
function links.show(text, files, flavour)
  local out = {}
  for part in links.line(text, files, flavour):parts() do
    out[#out + 1] = links.part(part)
  end
  return table.concat(out, " ")
end


--- The part that is shown so.
function links.find(line, shown)
  for part in line:parts() do
    if links.part(part) == shown then return part end
  end
  error("there is no part " .. shown, 2)
end

return links
