--- What examples/floors.lua must say, and when it must be silent.

local spec = require "symrun.spec"

return spec "examples/floors.lua" {
  { "what reaches down is right",
    tree = { ["obj/ground/a.o"] = "T alloc U malloc",
             ["obj/model/b.o"] = "T names U alloc",
             ["obj/lua/c.o"] = "T bind U names U lua_pushnil",
             ["obj/main.o"] = "T main U bind U luaL_newstate" } },
  { "what reaches up is told",
    tree = { ["obj/ground/a.o"] = "T alloc U names",
             ["obj/model/b.o"] = "T names U bind U main",
             ["obj/lua/c.o"] = "T bind",
             ["obj/main.o"] = "T main" },
    plan = { "error floors/nothing-reaches-up obj/ground/a.o: wants names, "
             .. "which is up in obj/model/b.o",
             "error floors/nothing-reaches-up obj/model/b.o: wants bind, "
             .. "which is up in obj/lua/c.o",
             "error floors/nothing-reaches-up obj/model/b.o: wants main, "
             .. "which is up in obj/main.o" } },
  { "Lua below its floor is told",
    tree = { ["obj/ground/a.o"] = "U lua_error", ["obj/lua/c.o"] = "T bind" },
    plan = { "error floors/some-names-stay-up obj/ground/a.o: wants lua_error, "
             .. "below the floor 'lua'" } },
  { "other floors", define = { floors = { "base", "app" }, keeper = "app",
                               kept = { "gtk_*" } },
    tree = { ["base/a.o"] = "U run U gtk_init", ["app/b.o"] = "T run" },
    plan = { "error floors/nothing-reaches-up base/a.o: wants run, which is up "
             .. "in app/b.o",
             "error floors/some-names-stay-up base/a.o: wants gtk_init, below "
             .. "the floor 'app'" } },
}
