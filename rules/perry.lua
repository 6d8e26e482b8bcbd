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
    elseif merged(archive) and not (archive:defined "js_*" * real):empty() then
      report.unknown(archive, "is one member that defines %s too, as stub or "
                     .. "not: nobody can tell", archive:defined "js_*" * real)
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

local function is_archive(file) return file:format():find "ar$" ~= nil end


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


-- What `archive` owns and `other` must not give.  Of an ext crate and the
-- standard library the crate is right; its stubs are not.
local function taken(archive, other)
  if crate(other) == crate(archive) then return nil end
  local given_up = crate(archive) == given.stdlib and stubs(other) or js(other)
  return own(archive, "js_*") * given_up
end


-- Linkers that may read the line, one of each kind.
local function linkers(link)
  local _, dialect = link:flavour()
  local known = link:linker()
  if known then return { known } end
  if dialect == "gnu" then return { "bfd", "lld" } end
  return { dialect == "msvc" and "link" or "lld" }
end


-- The names that a linker takes from `other`.  What nothing wants yet would
-- come from the first archive that has it.
local function given_by(link, other, names, how)
  local files = how.inputs or link:inputs()
  local from, out = link:givers(names, how), {}
  for name in names:each() do
    local text, giver = name:text(), from[name:text()]
    for _, file in ipairs(files) do
      if not giver and is_archive(file) and js(file):has(name) then
        giver = file
      end
    end
    if giver and link:path_of(giver) == link:path_of(other) then
      out[#out + 1] = text
    end
  end
  return out
end


-- Does every linker take each of the names from elsewhere?
local function cured(link, other, names, inputs, wanted)
  for _, linker in ipairs(linkers(link)) do
    if #given_by(link, other, names, { linker = linker, inputs = inputs,
                                       wanted = wanted }) > 0 then
      return false
    end
  end
  return true
end


-- The inputs with an archive before another.
local function put_first(link, archive, other)
  local out, put = {}, false
  for _, file in ipairs(link:inputs()) do
    local path = link:path_of(file)
    if path == link:path_of(other) and not put then
      out[#out + 1], put = archive, true
    end
    if path ~= link:path_of(archive) then out[#out + 1] = file end
  end
  return out
end


-- What helps, tried out.
local function advise(finding, link, archive, other, names)
  local _, _, driver = link:flavour()
  local order = put_first(link, archive, other)
  if cured(link, other, names, order) then
    finding:hint("put %s first", archive)
  elseif crate(archive) == given.stdlib then
    finding:hint("build it without the stubs: cargo build --release -p %s "
                 .. "--features stdlib", crate(other))
  elseif cured(link, other, names, order, names) then
    finding:hint("put %s first, and have each of these names linked from there "
                 .. "by %s", archive, driver and "-Wl,-u,NAME" or "-u NAME")
  end
end


-- The archives, each where it stands first.
local function each_once(link)
  local out, seen = {}, {}
  for _, archive in ipairs(link:archives()) do
    local path = link:path_of(archive)
    if not seen[path] then out[#out + 1] = archive end
    seen[path] = true
  end
  return out
end


-- An archive that gives what another owns, as linkers take it.
local function report_taken(link, archive, other, report)
  local names = taken(archive, other)
  if not names or names:empty() then return end
  local lists, texts = {}, {}
  for i, linker in ipairs(linkers(link)) do
    lists[i] = given_by(link, other, names, { linker = linker })
    for _, text in ipairs(lists[i]) do texts[text] = (texts[text] or 0) + 1 end
  end
  local sure, open = names - names, names - names
  for name in names:each() do
    local text = name:text()
    local one = archive:defined(text)
    if texts[text] == #lists then sure = sure + one
    elseif texts[text] then open = open + one end
  end
  local before = link:places(other)[1] < link:places(archive)[1]
  if not sure:empty() then
    advise(report(other, "stands %s %s on the line, and gives its own %s",
                  before and "before" or "behind", archive, sure),
           link, archive, other, sure)
  end
  if not open:empty() then
    advise(report.unknown(other, "may give its own %s in the place of those "
                          .. "of %s: GNU ld and gold read archives once, lld "
                          .. "and mold look back, and the line does not say "
                          .. "which it is", open, archive),
           link, archive, other, open)
  end
end


-- Linkers that go on where they stand, and do not look back; "cc" may be one.
local function reads_once(link)
  local _, dialect = link:flavour()
  local linker = link:linker()
  return dialect == "gnu" and linker ~= "lld" and linker ~= "mold"
end


-- Of some names, those that an archive has in members which nothing that was
-- wanted before pulled in.
local function left_behind(link, archive, names, wanted)
  local part = link:part_of(archive)
  local lost = names - names
  if part:is_in "whole" or part:is_in "group" then return lost end
  for member in (js(archive) * names):by_member() do
    if (member:defined() * wanted):empty() then
      lost = lost + js(member) * names
    end
  end
  return lost
end

-- An archive stands before an object that wants it, and not behind it too.
local function report_passed_by(link, report)
  local inputs, wanted = link:inputs(), {}
  if #link:archives() == 0 then return end
  for i, file in ipairs(inputs) do
    wanted[i] = file:undefined()
    if i > 1 then wanted[i] = wanted[i] + wanted[i - 1] end
  end
  for i, object in ipairs(inputs) do
    local missing = object:undefined "js_*"
    for k, file in ipairs(inputs) do
      if k >= i or not is_archive(file) then missing = missing - js(file) end
    end
    for k = 1, is_archive(object) and 0 or i - 1 do
      local archive = inputs[k]
      if is_archive(archive) then
        local lost = left_behind(link, archive, missing, wanted[k])
        if not lost:empty() then
          report(archive, "stands before %s, which wants its %s: a linker that "
                 .. "reads archives once does not come back", object, lost)
            :hint("put it behind")
        end
      end
    end
  end
end


-- Under Windows the first definition counts, and every library brings one.
local function report_late_runtime(link, report)
  local first
  for _, archive in ipairs(link:archives()) do
    local name = crate(archive)
    if name == "perry_runtime" and first then
      report(archive, "stands behind %s, whose copy of the runtime comes first",
             first):hint("put the runtime first")
    end
    if name:find(is_perrys) then first = first or archive end
  end
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
    for _, archive in ipairs(each_once(link)) do
      for _, other in ipairs(each_once(link)) do
        report_taken(link, archive, other, report)
      end
    end
    local _, dialect = link:flavour()
    if dialect == "msvc" then report_late_runtime(link, report) end
    if reads_once(link) then report_passed_by(link, report) end
    for _, name in ipairs(link:elsewhere_named(is_perrys)) do
      report.unknown(link, "-l%s is in no folder of the line", name)
        :hint("name the archive, or its folder with -L")
    end
  end,
}


rule "perry/line-hides-nothing" (symrun.must.not_use {
  options = given.forbidden,
})
