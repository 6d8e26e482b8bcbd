--- Write Lua files as a C table, so that the tool needs no files to run.
-- lua5.4 contrib/embed.lua NAME=FILE... > embedded.c

print("/* Made by contrib/embed.lua. */")
print('#include "top.h"\n')

local names = {}
for i, word in ipairs(arg) do
  local name, path = word:match("^([^=]+)=(.+)$")
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  names[i] = { name, #text }
  io.write(("static const unsigned char file%d[] = {"):format(i))
  for k = 1, #text do
    if k % 20 == 1 then io.write("\n ") end
    io.write(text:byte(k), ",")
  end
  print("0\n};\n")
end

print("const sr_Embedded sr_embedded[] = {")
for i, n in ipairs(names) do
  print(("  {%q, (const char *)file%d, %d},"):format(n[1], i, n[2]))
end
print("  {NULL, NULL, 0}\n};")
