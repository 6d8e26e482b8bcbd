-- Warnings are errors: make lint runs luacheck over every Lua file.
std = "lua54"
max_line_length = 80
files["tests"] = { std = "lua54+busted" }

files["lua/symrun/meta.lua"] = { ignore = { "2.." } }
