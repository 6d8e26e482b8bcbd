--- Perry's link-time policy: what the archives it links must, and must not,
--- contain.
--
-- Perry compiles TypeScript and links Rust archives: a standard library, and
-- an `ext` crate for each module that a program imports.  rustc packs every
-- dependency into every one of them, so the same runtime is there many times,
-- and which copy a program gets is decided by the order of a command line.

local symrun = require "symrun"
local rule, archives, every = symrun.rule, symrun.archives, symrun.every

local given = symrun.parameters {
  ext      = { "perry_ext_*", "the ext crates, as a pattern" },
  stdlib   = { "perry_stdlib", "the crate of the standard library" },
  app      = { "**/*.{o,obj}", "the objects that a program is made of" },
  single   = { { "tokio" }, "crates that a program must hold once" },
  replaced = { { "js_zlib_*" }, "names that an ext crate took over from the "
                                .. "standard library" },
  gaps     = { {}, "such names that the ext crate is known to lack" },
  forbidden = { { "--warn-unresolved-symbols", "--allow-multiple-definition",
                  "--unresolved-symbols ignore-all", "/FORCE" },
                "options that no link may have" },
  stamp    = { "", "the build stamp that all must carry; without one, that "
                   .. "of the standard library" },
}
local ext     = archives("**/{lib,}" .. given.ext .. ".{a,lib}")
local stdlib  = archives("**/{lib,}" .. given.stdlib .. ".{a,lib}")
local runtime = "*perry_runtime-*"      -- rustc names members after crates


local function crate(archive)
  return (archive:path():match("([^/]*)%.%w+$"):gsub("^lib", ""))
end

local function rebuild(archive)
  return ("rebuild it: cargo build --release -p %s"):format(crate(archive))
end

-- What an archive defines itself, and not as its copy of the runtime.
local function own(archive, names)
  return archive:defined(names) - archive:members(runtime):defined(names)
end

local function stubs(archive)
  return archive:members(runtime):defined "js_*"
end

-- With fat LTO, a crate that is only a staticlib is one member: the runtime is
-- in it and no name tells which part that is.
local function merged(archive)
  return archive:members(runtime):empty()
     and archive:defines "*13perry_runtime*"
end

-- The names of such a crate of which nobody can tell whether they are stubs.
local function unclear(archive, library)
  local names = own(library, "js_*") * archive:defined "js_*"
  return merged(archive) and names or names - names
end

local function unreadable(archive)
  return rebuild(archive) .. ".  If its members are bitcode, leave out "
    .. "-C linker-plugin-lto: it cures no missing symbol, and what it writes "
    .. "only a linker of the very same LLVM can read"
end


rule "perry/ext-exports-js" {
  about = "an ext crate exports js_* names of its own, and its index says so",
  story = [[
An ext crate was turned into a wrapper around another crate and never mentioned
it.  rustc leaves out a crate that nobody mentions: the archive was built, was
on the line, and defined nothing.  Users saw "undefined symbol" and an archive
that was there.  nm was no help: with an older LLVM than rustc's it reads
nothing, says "no symbols", and exits with 0 for good archives too.

The index counts as well.  An archive that an ar with the wrong plugin rebuilt
has every symbol and an index without them, and linkers read the index.]],
  each = ext, if_unknown = unreadable,
  check = function (archive, report)
    if own(archive, "js_*"):empty() then
      report(archive, "exports no js_* symbol of its own")
        :hint("a wrapper must mention what it wraps (pub use %s_impl::*; or "
              .. "extern crate); then %s", crate(archive), rebuild(archive))
    end
    local defined = archive:defined "js_*"
    local indexed = archive:defined("js_*", "index")
    for member, names in (defined - indexed):by_member() do
      report(member, "defines %s, and the archive's index does not say so",
             names)
        :hint("write the index anew, with an ar that loads no plugin "
              .. "(llvm-ar s), or %s", rebuild(archive))
        :fix(archive:reindex())
    end
    local promised = indexed - defined
    if not promised:empty() then
      report(archive, "has an index that promises %s, which no member defines",
             promised)
        :hint("%s", rebuild(archive)):fix(archive:reindex())
    end
  end,
}


rule "perry/wanted-is-provided" {
  about = "every js_* name that a program wants is defined by some archive",
  story = [[
The code generator learned a new call, the crate that defines it was not built
again, and the first to know was a user: undefined reference.  The linker names
who wants the symbol; what helps is the archive that should have had it.]],
  each = symrun.objects(given.app), may_be_empty = true,
  with = { stdlib = symrun.all(stdlib), ext = symrun.all(ext, "or none") },
  if_unknown = function (object)
    return ("what %s wants may stand in what cannot be read; build those "
            .. "archives again"):format(object)
  end,
  check = function (object, report, with)
    for _, library in ipairs(with.stdlib) do
      local provided, exts = library:defined "js_*", {}
      for _, archive in ipairs(with.ext) do
        if archive:folder() == library:folder() then
          provided = provided + archive:defined "js_*"
          exts[#exts + 1] = archive
        end
      end
      for name in (object:undefined "js_*" - provided):each() do
        local owner = library
        for _, archive in ipairs(exts) do  -- js_zlib_gzip: perry_ext_zlib
          local word = crate(archive):match "_([^_]*)$"
          if ("_" .. name .. "_"):find("_" .. word .. "_", 1, true) then
            owner = archive
          end
        end
        report(owner, "does not define %s, which %s wants, and nor does "
               .. "another archive beside it", name, object)
          :hint("%s", rebuild(owner))
      end
    end
  end,
}


rule "perry/ext-covers-stdlib" {
  about = "an ext crate has all that it took over from the standard library",
  story = [[
When zlib moved out of the standard library two functions stayed behind, and
the day the old copy was switched off, programs that used them did not link.
A list of known gaps is fine if it only shrinks: a name on it that is there
again must come off, or the list hides the day it is lost once more.]],
  each = ext, with = { stdlib = stdlib }, if_unknown = unreadable,
  check = function (archive, report, with)
    local word = crate(archive):match "_([^_]*)$"
    for _, pattern in ipairs(given.replaced) do
      if ("_" .. pattern):find("_" .. word .. "_", 1, true) then
        local gap = own(with.stdlib, pattern) - archive:defined(pattern)
        local known = {}
        for _, name in ipairs(given.gaps) do
          known[name] = true
          if not gap:has(name) then
            report(archive, "no longer lacks %s: take it off the list of gaps",
                   name)
          end
        end
        for name in gap:each() do
          if not known[name:text()] then
            report(archive, "lacks %s, which %s defines", name, with.stdlib)
              :hint("move it to %s, then %s", crate(archive), rebuild(archive))
          end
        end
      end
    end
  end,
}


rule "perry/stub-never-wins" {
  about = "a no-op stub must not shadow the standard library's real function",
  story = [[
The runtime has no-op stubs, for programs that need no standard library.  An
ext crate that was built without the feature that removes them carries them
too, and on the line it stands before the standard library.  The linker takes
the first definition it meets and never reads the second: the program links
without a word, and the server it starts never answers.

Hiding just the stubs is no cure: the next name that the runtime provides pulls
in the standard library's own copy of it, and everything is there twice.]],
  each = ext, with = { stdlib = stdlib }, if_unknown = unreadable,
  check = function (archive, report, with)
    local real = own(with.stdlib, "js_*")
    for member, names in (stubs(archive) * real):by_member() do
      report(member, "shadows %s, which %s really has", names, with.stdlib)
        :hint("build it without the stubs: cargo build --release -p %s "
              .. "--features stdlib", crate(archive))
    end
    if merged(with.stdlib) then
      report.unknown(with.stdlib, "is one member, in which nobody can tell the "
                     .. "runtime's stubs from real functions")
        :hint("build it as staticlib and rlib, or without fat LTO")
    elseif not unclear(archive, with.stdlib):empty() then
      report.unknown(archive, "is one member that defines %s too, as stub or "
                     .. "not: nobody can tell", unclear(archive, with.stdlib))
        :hint("build it as staticlib and rlib, or without fat LTO")
    end
  end,
}


rule "perry/one-order-serves-all" {
  about = "some order of the archives gives every name to its owner",
  story = [[
One name must come from the ext crate, because the standard library's copy is
old; another must come from the standard library, because the ext crate has
only a stub.  Whichever archive stands first, one of the two is wrong, and
people tried both orders for weeks.]],
  each = ext, with = { stdlib = stdlib }, if_unknown = unreadable,
  check = function (archive, report, with)
    local real = own(with.stdlib, "js_*")
    local both, shadowed = own(archive, "js_*") * real, stubs(archive) * real
    if not both:empty() and not shadowed:empty() then
      report(archive, "must stand before %s for %s, and after it for %s: no "
             .. "order is right", with.stdlib, both, shadowed)
        :hint("build it without the stubs: cargo build --release -p %s "
              .. "--features stdlib", crate(archive))
    end
  end,
}


local function copies(archive, name)
  return table.concat(symrun.must.builds(archive, name), " and ")
end

rule "perry/one-copy-of-a-crate" {
  about = "crates with state of their own are linked once",
  story = [[
Two archives were built on different days and brought two builds of tokio.
Names differ by a hash, so nothing clashed and everything linked; but each copy
has its own idea of which reactor is running, and the program stopped with
"there is no reactor running".]],
  each = stdlib, with = { ext = every(ext, "or none") },
  if_unknown = unreadable,
  check = function (library, report, with)
    for _, name in ipairs(given.single) do
      local first, from = copies(library, name), library
      for _, archive in ipairs(with.ext) do
        local here = copies(archive, name)
        if here == "" and merged(archive) then
          report.unknown(archive, "is one member, in which nobody can tell "
                         .. "whether there is a copy of %s", name)
            :hint("build it as staticlib and rlib, or without fat LTO")
        end
        if first == "" then
          first, from = here, archive
        elseif here ~= "" and here ~= first then
          report(archive, "holds %s %s, and %s holds %s: two copies, each with "
                 .. "its own state", name, here, from, first)
            :hint("build both in one go: cargo build --release -p %s -p %s",
                  crate(from), crate(archive))
        end
      end
    end
  end,
}


-- What stands behind the mark, in the runtime or else anywhere.
local function stamps(archive)
  local copy = archive:members(runtime)
  return (copy:empty() and archive or copy)
         :text_after "PERRY_RUNTIME_BUILD_STAMP_V1="
end

rule "perry/same-build" {
  about = "every copy of the runtime carries the same build stamp",
  story = [[
A cached archive was seven months old.  It had every symbol, it linked, and the
values that it passed meant something else by then.]],
  each = ext, with = { stdlib = stdlib }, if_unknown = unreadable,
  check = function (archive, report, with)
    local right, here = stamps(with.stdlib), stamps(archive)
    if given.stamp ~= "" and not right:has(given.stamp) then
      report(with.stdlib, "was built as %s, and %s is wanted", right,
             given.stamp):hint("%s", rebuild(with.stdlib))
    elseif not (here - right):empty() then
      report(archive, "was built as %s, and %s as %s: it is stale", here,
             with.stdlib, right):hint("%s", rebuild(archive))
    elseif here:empty() and not archive:members(runtime):empty() then
      report(archive, "holds the runtime, and no build stamp")
        :hint("%s", rebuild(archive))
    end
  end,
}


-- -- link lines --------------------------------------------------------------

local is_perrys = "^perry_"

local function js(thing) return thing:defined "js_*" end


-- A repeated archive is of use where what stands between wants names of it.
local function repeated_in_vain(link, archive)
  local places, inputs = link:places(archive), link:inputs()
  for i = 2, #places do
    local useful = false
    for k = places[i - 1] + 1, places[i] - 1 do
      local wanted = inputs[k]:undefined "js_*" - js(inputs[k])
      useful = useful or not (wanted * js(archive)):empty()
    end
    if not useful then return true end
  end
  return false
end


rule "perry/line-is-complete" {
  about = "a link line has every archive that the program wants, and once",
  story = [[
The driver knew which archives a program's imports route to.  A fast path for
archives that were fresh left out all but those with a runtime of their own; a
crate that lacked a line in a manifest was built and not linked.  Users saw
"undefined symbol", and an archive that had it.]],
  each = symrun.links(),
  with = { ext = symrun.all(ext, "or none"),
           stdlib = symrun.all(stdlib, "or none") },
  check = function (link, report, with)
    local here, provided, told = {}, nil, {}
    for _, name in ipairs(link:elsewhere_named(is_perrys)) do
      here[name] = true
    end
    for _, archive in ipairs(link:archives()) do
      local name = crate(archive)
      local first, names = here[name], js(archive)
      here[name] = first or archive
      provided = provided and provided + names or names
      if first and not told[name] and name:find(is_perrys) then
        told[name] = true
        local other = first == true and "-l" .. name or link:path_of(first)
        if other ~= link:path_of(archive) then
          report(archive, "is on the line twice, the other time as %s", other)
            :hint("link one of them: they may be of two builds")
        elseif repeated_in_vain(link, archive) then
          report(archive, "is on the line twice, and nothing between wants "
                 .. "names of it"):hint("leave out the second one")
        end
      end
    end
    local known = #with.ext + #with.stdlib > 0
    for _, object in ipairs(known and link:objects() or {}) do
      local missing = object:undefined "js_*"
      if provided then missing = missing - provided end
      for _, list in ipairs { with.ext, with.stdlib } do
        for _, archive in ipairs(list) do
          local there = missing * js(archive)
          if not here[crate(archive)] and not there:empty() then
            report(archive, "is not on the line, and %s wants its %s", object,
                   there)
          end
        end
      end
    end
  end,
}


-- What archives of another name have.
local function of_others(link, archive)
  local names = js(archive) - js(archive)
  for _, other in ipairs(link:archives()) do
    if crate(other) ~= crate(archive) then names = names + js(other) end
  end
  return names
end


-- Each crate owns its own names; of an ext crate and the standard library the
-- ext crate is right, for it took them over.  What is in the runtime has no
-- owner, but under Windows: there each library brings a copy of it, and the one
-- that is meant is the runtime's own.
local function owners(link)
  local _, dialect = link:flavour()
  local claims, lists = {}, { {}, {}, {} }
  for _, archive in ipairs(link:archives()) do
    local name, names = crate(archive), own(archive, "js_*")
    local rank = name == given.stdlib and 2 or 1
    if name == "perry_runtime" and dialect == "msvc" then
      rank, names = 3, js(archive)
    end
    if merged(archive) then names = names - of_others(link, archive) end
    table.insert(lists[rank], { names = names, from = archive })
  end
  for _, list in ipairs(lists) do
    for _, claim in ipairs(list) do
      if not claim.names:empty() then claims[#claims + 1] = claim end
    end
  end
  return claims, lists[2]
end


-- A crate whose runtime was merged into it has names that look like its own.
local function report_unclear(link, libraries, report)
  for _, library in ipairs(libraries) do
    if merged(library.from) then
      report.unknown(library.from, "is one member, in which nobody can tell "
                     .. "the runtime's names from its own")
        :hint("build it as staticlib and rlib, or without fat LTO")
    end
    for _, archive in ipairs(link:archives()) do
      local names = unclear(archive, library.from)
      if crate(archive) ~= given.stdlib and not names:empty() then
        report.unknown(archive, "is one member that defines %s too, as stub or "
                       .. "not: nobody can tell", names)
          :hint("build it as staticlib and rlib, or without fat LTO")
      end
    end
  end
end


-- Where a stub wins, another cure is not to build it.
local function without_stubs(group)
  return group.winner and stubs(group.winner):has(group.list[1])
         and ("or build it without the stubs: cargo build --release -p %s "
              .. "--features stdlib"):format(crate(group.winner))
end


rule "perry/line-gives-owners" {
  about = "on a link line, each js_* name comes from the archive that owns it",
  story = [[
A fast path of the driver put archives on the line in another order.  Programs
linked with the old zlib of the standard library, or with a stub for it, and
the archives themselves were all right.  Under Windows a user interface library
brought an old runtime, and a bug that had been fixed was back.]],
  each = symrun.links(),
  check = function (link, report)
    local claims, libraries = owners(link)
    report_unclear(link, libraries, report)
    if #claims > 0 then link:provided(claims):report(report, without_stubs) end
    for _, name in ipairs(link:elsewhere_named(is_perrys)) do
      report.unknown(link, "-l%s is in no folder of the line", name)
        :hint("name the archive, or its folder with -L")
    end
  end,
}


rule "perry/line-hides-nothing" (symrun.must.not_use {
  options = given.forbidden,
})
