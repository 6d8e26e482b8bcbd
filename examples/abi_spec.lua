--- What examples/abi.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local all = "T symrun_new T symrun_close T symrun_message T symrun_rule_run "
            .. "T luaopen_symrun_core "

return spec "examples/abi.lua" {
  { "the promise is kept", tree = { ["libsymrun.so"] = { library = all } } },
  { "an inner name got out",
    tree = { ["libsymrun.so"] = { library = all .. "T sr_look" } },
    plan = { "error abi/exports-only libsymrun.so: exports sr_look..." } },
  { "a name was lost",
    tree = { ["libsymrun.so"] = { library = all:gsub("T symrun_close", "") } },
    plan = { "error abi/keeps libsymrun.so: does not export symrun_close" } },
}
