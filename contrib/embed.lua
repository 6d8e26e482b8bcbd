--- Write Lua files as a C table, so that the tool needs no files to run.
-- lua5.4 contrib/embed.lua NAME=FILE... > embedded.c
--
-- A module stands there twice: as code, which begins in a tenth of the time
-- that its text takes, and as text, for a Lua that is not the one which made
-- the code.  Rules are text alone.

print("/* Made by contrib/embed.lua. */")
print('#include "top.h"\n')


-- What this Lua says that it is; a library says so in lua_ident.
local function release()
  local pipe = io.popen(("'%s' -v"):format(arg[-1]))
  local said = pipe and pipe:read "l"
  if pipe then pipe:close() end
  return said and said:match "^Lua %d.*"
end


local function array(name, bytes)
  io.write(("static const unsigned char %s[] = {"):format(name))
  for k = 1, #bytes do
    if k % 20 == 1 then io.write("\n ") end
    io.write(bytes:byte(k), ",")
  end
  print("0\n};\n")
end


local lines, compiler = {}, release()
for i, word in ipairs(arg) do
  local name, path = word:match("^([^=]+)=(.+)$")
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  array("text" .. i, text)
  local code = ""
  if compiler and not name:find "/" then
    code = string.dump(assert(load(text, "@" .. name, "t")))
    array("code" .. i, code)
  end
  lines[i] = ("  {%q, (const char *)text%d, %d, %s, %d},"):format(name, i,
    #text, code ~= "" and "(const char *)code" .. i or "NULL", #code)
end

print(("const char sr_embedded_by[] = %q;\n"):format(compiler or ""))
print("const sr_Embedded sr_embedded[] = {")
print(table.concat(lines, "\n"))
print("  {NULL, NULL, 0, NULL, 0}\n};")
