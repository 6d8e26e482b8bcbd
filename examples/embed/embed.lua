--- The same from a stock Lua: lua5.4 embed.lua RULES INPUT
-- The engine uses the allocator of the Lua that it was loaded into.

local symrun = require "symrun"

local plan, why = symrun.check { rules = { arg[1] }, inputs = { arg[2] } }
if not plan then
  io.stderr:write("embed: ", why, "\n")
  os.exit(2)
end
for _, f in ipairs(plan.findings) do
  print(("%s %s %s %s: %s"):format(f.unknown and "unknown" or "violated",
    f.rule, f.file or "", f.member or "", f.message))
end
os.exit(plan.status, true)
