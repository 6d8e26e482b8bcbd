--- Selectors: which files a rule is evaluated for, and what stands beside them.

local helper = require "helper"
local make = require "symrun.make"
local tiny = require "tiny"

local function write(folder, path, bytes)
  local below = path:match "^(.*)/"
  if below then helper.must({ "mkdir", "-p", below }, folder) end
  helper.write(folder .. "/" .. path, bytes)
end


-- A tree of each kind, in two folders.
local kinds = helper.folder "kinds"
helper.cc(kinds, "obj", "int main(void) { return 0; }")
helper.must({ "gcc", "-shared", "-o", "lib.so", "obj.o" }, kinds)
helper.must({ "gcc", "-o", "program", "obj.o" }, kinds)
helper.must({ "rm", "obj.c" }, kinds)
write(kinds, "deep/er/libx.a", make.archive { { "a.o", "T js_a" } })
write(kinds, "deep/notes.txt", "words")
write(kinds, "deep/empty", "")


-- What a selector picks: paths; and the status.
local function picks(selector, ...)
  tiny.policy(kinds, 'report(subject, "%s", subject)',
              " each = " .. selector .. ",")
  local plan, status = tiny.plan(kinds, { "rule.lua", ".", "--exclude",
                                          "rule.lua", ... })
  local out = {}
  for i, f in ipairs(plan.findings) do out[i] = f.message end
  return out, status
end


describe("a selector", function ()
  it("takes files by what they are", function ()
    assert.same({ "deep/er/libx.a" }, picks "symrun.archives()")
    assert.same({ "obj.o" }, picks "symrun.objects()")
    assert.same({ "lib.so" }, picks "symrun.libraries()")
    assert.same({ "program" }, picks "symrun.executables()")
    assert.same({ "deep/empty", "deep/er/libx.a", "deep/notes.txt", "lib.so",
                  "obj.o", "program" }, picks "symrun.files()")
  end)

  it("takes the tree as one", function ()
    assert.same({ "." }, picks "symrun.tree")
  end)

  it("takes a path below the input", function ()
    assert.same({ "deep/er/libx.a" }, picks "symrun.archives 'deep/er/*'")
    assert.same({ "deep/er/libx.a" }, picks "symrun.archives '**/lib*.{a,lib}'")
    assert.same({ "deep/empty", "deep/notes.txt" },
                picks "symrun.files 'deep/*'")
    assert.same({ "lib.so" }, picks "symrun.libraries '*.so'")
  end)

  it("that takes nothing is unknown, and says what there is not", function ()
    local says, status = picks "symrun.archives '*.none'"
    assert.same({ "nothing was checked: there is no archive named *.none" },
                says)
    assert.equal(2, status)
    says, status = picks("symrun.archives()", "--exclude", "deep")
    assert.same({ "nothing was checked: there is no archive" }, says)
    assert.equal(2, status)
  end)

  it("gives what is named so and is something else, as damage", function ()
    local says, status = picks "symrun.archives '**/*.{o,txt}'"
    assert.equal(2, status)
    assert.equal(4, #says)  -- both told, and both unknown
    says = table.concat(says, "\n")
    assert.truthy(says:find("not an archive as its name says", 1, true), says)
  end)

  it("wants a pattern", function ()
    for given, shown in pairs { ["symrun.archives(nil)"] = "nil",
        ["symrun.objects(7)"] = "a number", ["symrun.files {}"] = "a table" } do
      local status, _, err = tiny.run(kinds, "local symrun = require 'symrun'\n"
                                      .. "local _ = " .. given)
      assert.equal(2, status)
      assert.truthy(err:find("rule.lua:2: a path pattern is expected, not "
                             .. shown, 1, true), err)
    end
    local status, _, err = tiny.run(kinds, "local symrun = require 'symrun'\n"
                                    .. "local _ = symrun.archives '[[:no:]]'")
    assert.equal(2, status)
    assert.truthy(err:find("rule.lua:2: pattern '", 1, true), err)
    assert.falsy(err:find("symrun.select", 1, true), err)
  end)

  it("of link lines takes no options that it would not heed", function ()
    for given, told in pairs {
      ["{ maks = 'library' }"] = "links has no option 'maks'; there are "
                                 .. "flavour, makes and output",
      ["{ makes = 'program' }"] = "'makes' is executable, library, object, not "
                                  .. "'program'",
      ["{ makes = true }"] = "'makes' is executable, library, object, not a "
                             .. "boolean",
      ["{ flavour = 'gc' }"] = "'flavour' is cc, gcc, clang,",
      ["{ output = '[[:no:]]' }"] = "pattern '",
      ["{ output = 1 }"] = "'output' is a path pattern, not a number",
      ["'library'"] = "links takes a table, such as { makes = \"library\" }, "
                      .. "not a string",
      ["nil"] = "links takes a table, such as { makes = \"library\" }, not nil",
    } do
      local status, _, err = tiny.run(kinds, "local symrun = require 'symrun'\n"
        .. "local _ = symrun.links(" .. given .. ")")
      assert.equal(2, status)
      assert.truthy(err:find("rule.lua:2: " .. told, 1, true), err)
    end
  end)

  it("every and all take selectors", function ()
    for _, name in ipairs { "every", "all" } do
      local status, _, err = tiny.run(kinds, ("local symrun = require 'symrun'"
        .. "\nlocal _ = symrun.%s '**/*.a'"):format(name))
      assert.equal(2, status)
      assert.truthy(err:find("rule.lua:2: " .. name .. " takes a selector", 1,
                             true), err)
    end
  end)
end)


-- "subject: what stands beside it" for each subject, and the status.
local function beside(folder, with, words)
  tiny.policy(folder, [[
    local names, list = {}, with.x
    if type(list) ~= "table" then list = { list } end
    for i, file in ipairs(list) do
      names[i] = file:input() .. " " .. file:path()
    end
    report(subject, "%s: %s", subject:path(), table.concat(names, ", "))]],
    " each = symrun.archives '**/libx.a', with = { x = " .. with .. " },")
  local plan, status = tiny.plan(folder, { "rule.lua",
                                           table.unpack(words or { "." }) })
  local out = {}
  for i, f in ipairs(plan.findings) do
    out[i] = (f.state == "unknown" and f.file .. " unknown " or "") .. f.message
  end
  return out, status
end


describe("what stands beside a subject", function ()
  local folder = helper.folder "beside"
  for _, below in ipairs { "debug", "release" } do
    write(folder, below .. "/libx.a", make.archive { { "a.o", "T x" } })
    write(folder, below .. "/liby.a", make.archive { { "a.o", "T y" } })
  end
  write(folder, "release/libz.a", make.archive { { "a.o", "T z" } })

  it("is one file of the same folder, for each its own", function ()
    local says, status = beside(folder, "symrun.archives '**/liby.a'")
    assert.same({ "debug/libx.a: . debug/liby.a",
                  "release/libx.a: . release/liby.a" }, says)
    assert.equal(1, status)
  end)

  it("is of the same input, too", function ()
    helper.must({ "rm", "-rf", "copy" }, folder)
    helper.must({ "mkdir", "copy" }, folder)
    helper.must({ "cp", "-r", "debug", "release", "copy" }, folder)
    local says = beside(folder, "symrun.archives '**/liby.a'",
                        { "copy/debug", "copy/release" })
    helper.must({ "rm", "-r", "copy" }, folder)
    assert.same({ "libx.a: copy/debug liby.a", "libx.a: copy/release liby.a" },
                says)
  end)

  it("is unknown when there is none", function ()
    local says, status = beside(folder, "symrun.archives '**/libz.a'")
    assert.same({ "debug/libx.a unknown cannot be checked: no archive named "
                  .. "**/libz.a stands beside it",
                  "release/libx.a: . release/libz.a" }, says)
    assert.equal(2, status)
  end)

  it("is unknown when there are two", function ()
    local says, status = beside(folder, "symrun.archives '**/lib{y,z}.a'")
    assert.same({ "debug/libx.a: . debug/liby.a", "release/libx.a unknown "
      .. "cannot be checked: 2 files beside it are each an archive named "
      .. "**/lib{y,z}.a: release/liby.a and release/libz.a" }, says)
    assert.equal(2, status)
    says = beside(folder, "symrun.files '**/lib{y,z}.a'")
    assert.truthy(says[2]:find("each a file named", 1, true), says[2])
  end)

  it("is every file of the folder, or all of the tree", function ()
    assert.same({ "debug/libx.a: ", "release/libx.a: . release/libz.a" },
                beside(folder, "symrun.every(symrun.archives '**/libz.a', "
                               .. "'or none')"))
    local all = ". debug/liby.a, . release/liby.a, . release/libz.a"
    assert.same({ "debug/libx.a: " .. all, "release/libx.a: " .. all },
                beside(folder, "symrun.all(symrun.archives '**/lib{y,z}.a')"))
    assert.same({ "debug/libx.a: ", "release/libx.a: " },
                beside(folder, "symrun.all(symrun.objects(), 'or none')"))
  end)

  it("is unknown when a list is empty that may not be", function ()
    local says, status = beside(folder,
                                "symrun.every(symrun.archives '**/libz.a')")
    assert.same({ "debug/libx.a unknown cannot be checked: there is no archive "
                  .. "named **/libz.a beside it",
                  "release/libx.a: . release/libz.a" }, says)
    assert.equal(2, status)
    says, status = beside(folder, "symrun.all(symrun.objects())")
    assert.equal(2, #says)
    assert.truthy(says[1]:find("there is no object", 1, true), says[1])
    assert.equal(2, status)
  end)

  it("may be the tree", function ()
    tiny.policy(folder, "report(subject, '%s', with.t:defines 'z')",
      " each = symrun.archives '**/libx.a', with = { t = symrun.tree },")
    local plan = tiny.plan(folder, { "rule.lua", "." })
    assert.equal("true", plan.findings[1].message)
    assert.equal(2, #plan.findings)
  end)
end)


describe("a selector of links", function ()
  local path = helper.folder "links"
  helper.write(path .. "/a.o", make.object "T main")

  -- What a rule about such links does with a line: "looks", "not", or why it
  -- cannot tell; and the status.
  local function about(which, line)
    tiny.policy(path, "report(subject, 'looks')",
                (" each = symrun.links { %s },"):format(which))
    local words = { "--select", "mine/one", "rule.lua", "--" }
    for word in line:gmatch "%S+" do words[#words + 1] = word end
    local plan, status = tiny.plan(path, words)
    local said = plan.findings[1].message
    if said:find "^nothing was checked: there is no link line with " then
      return "not", status
    end
    return said, status
  end

  it("takes those that make such a thing", function ()
    for line, makes in pairs {
      ["cc a.o"] = "executable", ["cc -shared a.o"] = "library",
      ["cc -r a.o"] = "object", ["ld -shared a.o"] = "library",
      ["ld -r a.o"] = "object", ["cc -static-pie a.o"] = "executable",
      ["lld-link /dll a.o /out:x"] = "library", ["ld64 -dylib a.o"] = "library",
      ["ld64 -bundle a.o"] = "library", ["wasm-ld a.o -o x"] = "executable",
    } do
      for _, kind in ipairs { "executable", "library", "object" } do
        local said = about(("makes = '%s'"):format(kind), line)
        assert.equal(kind == makes and "looks" or "not", said, line)
      end
    end
    local said, status = about("makes = 'library'", "ld --frob -shared a.o")
    assert.equal("the option --frob is not one that is known, so -shared may "
                 .. "be its value", said)
    assert.equal(2, status)
    assert.equal("the line wants an object and a library at once",
                 (about("makes = 'object'", "ld -r -shared a.o")))
  end)

  it("takes those with such an output", function ()
    assert.equal("looks", (about("output = '**/lib*.so'", "cc a.o -o libx.so")))
    assert.equal("looks", (about("output = '**/lib*.so'",
                                 "cc a.o -o /tmp/y/libx.so")))
    assert.equal("not", (about("output = '*.so'", "cc a.o -o y/libx.so")))
    assert.equal("not", (about("output = 'x*'", "cc a.o")))
    assert.equal("the line names no output",
                 (about("output = 'x*'", "lld-link a.o")))
  end)

  it("takes those of such a program", function ()
    assert.equal("looks", (about("flavour = 'gcc'", "gcc a.o")))
    assert.equal("looks", (about("flavour = 'gnu'", "clang a.o")))
    assert.equal("not", (about("flavour = 'clang'", "gcc a.o")))
    assert.equal("not", (about("flavour = 'apple'", "gcc a.o")))
    assert.equal("cc may be gcc, and may not",
                 (about("flavour = 'gcc'", "cc a.o")))
    assert.equal("looks", (about("flavour = 'lld'", "ld.lld a.o")))
    assert.equal("ld may be bfd, and may not",
                 (about("flavour = 'bfd'", "ld a.o")))
    assert.equal("mylink is no linker that is known; say which it is like",
                 (about("flavour = 'gcc'", "mylink a.o")))
  end)

  it("takes all of these at once", function ()
    local which = "makes = 'library', output = '*.so', flavour = 'gcc'"
    assert.equal("looks", (about(which, "gcc -shared a.o -o x.so")))
    assert.equal("not", (about(which, "gcc a.o -o x.so")))
    -- a surely wrong one counts more than one that nobody knows
    assert.equal("not", (about(which, "cc -shared a.o -o x")))
  end)

  it("whose links are none is not run, unless it was named", function ()
    tiny.policy(path, "report(subject, 'looks')",
                " each = symrun.links { makes = 'library' },")
    local _, out = helper.symrun({ "rule.lua", "--", "cc", "a.o" }, path)
    assert.truthy(out:find("not run: mine/one: there is no link line with "
                           .. "makes = library", 1, true), out)
  end)
end)
