--- Perry's link-time policy: what the archives it links must, and must not,
--- contain.

local symrun = require "symrun"
local rule, archives = symrun.rule, symrun.archives
local given = symrun.parameters {
  ext    = { "perry_ext_*", "the routed ext crates, as a pattern" },
  stdlib = { "perry_stdlib", "the crate that holds the standard library" },
}
local ext     = archives("**/{lib,}" .. given.ext .. ".{a,lib}")
local stdlib  = archives("**/{lib,}" .. given.stdlib .. ".{a,lib}")
local runtime = "*perry_runtime-*"               -- rustc names members after crates

rule "perry/ext-exports-js" {
  about = "a routed ext crate exports js_*, and its index says so",
  each  = ext,
  check = function (archive, report)
    if not archive:defines "js_*" then report(archive, "exports no js_* symbol") end
    local lost = archive:defined "js_*" - archive:defined("js_*", "index")
    for name in lost:each() do
      report(name, "%s is not in the archive's index", name)
    end
  end,
}

rule "perry/stub-never-wins" {                   -- real: stdlib's own, not its runtime's
  about = "a no-op stub must not shadow the standard library's real symbol",
  each  = ext, with = { stdlib = stdlib },
  check = function (archive, report, with)
    local real = with.stdlib:defined "js_*" - with.stdlib:members(runtime):defined "js_*"
    for member, names in (archive:members(runtime):defined "js_*" * real):by_member() do
      report(member, "shadows %s", names)
    end
  end,
}
