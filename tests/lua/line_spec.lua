--- Link lines: which words are inputs, in which order, and when that cannot be
--- told.

local helper = require "helper"
local make = require "symrun.make"
local tiny = require "tiny"

local folder = helper.folder "line"
helper.must({ "mkdir", "-p", "lib", "other" }, folder)
for path, words in pairs {
  ["app.o"] = "T main", ["more.o"] = "T more",
} do
  helper.write(folder .. "/" .. path, make.object(words))
end
for _, path in ipairs { "libx.a", "lib/libx.a", "lib/liby.a",
                        "other/libx.a" } do
  helper.write(folder .. "/" .. path, make.archive { { "a.o", "T x" } })
end
helper.cc(folder, "shared", "int shared(void) { return 1; }", "-fPIC")
helper.must({ "gcc", "-shared", "-o", "lib/liby.so", "shared.o" }, folder)
helper.write(folder .. "/plain.ld",
             "SECTIONS { .text : { *(.text) } }\nENTRY(main)\n")
tiny.policy(folder, [[
  local names = {}
  for _, kind in ipairs { "objects", "archives" } do
    for _, file in ipairs(subject[kind](subject)) do
      names[#names + 1] = file:input()
    end
  end
  report(subject, "%s -> %s; elsewhere %s", table.concat(names, " "),
         subject:output(), table.concat(subject:elsewhere_named "", " "))]],
  " each = symrun.links(),")

-- What a line says: the sentence, and the status.
local function read(...)
  local words = { "rule.lua", "--" }
  for word in table.concat({ ... }, " "):gmatch "%S+" do
    words[#words + 1] = word
  end
  local plan, status = tiny.plan(folder, words)
  assert.equal(1, #plan.findings)
  return plan.findings[1].message, status
end

local function inputs(...)
  local message, status = read(...)
  assert.equal(1, status, message)
  return (message:match "^(.*) %->")
end

-- A line whose inputs cannot be told, for this reason.
local function unknown(reason, ...)
  local message, status = read(...)
  assert.equal(reason, message)
  assert.equal(2, status)
end


describe("the inputs of a line", function ()
  it("come in its order, as they were typed", function ()
    assert.equal("more.o app.o other/libx.a libx.a lib/libx.a",
      inputs "cc more.o other/libx.a app.o libx.a lib/libx.a")
    assert.equal("./app.o libx.a libx.a", inputs "cc ./app.o libx.a libx.a")
  end)

  it("are not what it makes, nor values of options", function ()
    assert.equal("app.o -> app; elsewhere ", (read "cc app.o -o app"))
    assert.equal("app.o -> app; elsewhere ", (read "cc -oapp app.o"))
    assert.equal("app.o -> app; elsewhere ",
                 (read "ld --output=app app.o -e main"))
    assert.equal("app.o -> a.out; elsewhere ", (read "cc app.o"))
    for _, option in ipairs { "-o more.o", "-T plain.ld", "-u more.o",
        "-Xlinker -rpath -Xlinker more.o", "-Wl,-rpath,more.o",
        "-Wl,-soname -Wl,more.o", "-include more.o", "-z now", "-x none",
        "-L more.o", "-isystem lib", "-Wl,--version-script=more.o",
        "-Wl,-Map,more.o", "-arch x86_64", "-MF more.o" } do
      assert.equal("app.o", inputs("cc " .. option .. " app.o"), option)
    end
  end)

  it("may be behind -Wl and -Xlinker", function ()
    assert.equal("app.o libx.a lib/libx.a", inputs("cc app.o "
      .. "-Wl,--whole-archive,libx.a,--no-whole-archive -Xlinker lib/libx.a"))
    assert.equal("app.o lib/libx.a", inputs "cc app.o -Llib -Wl,-lx")
  end)

  it("are the same for linkers of any name", function ()
    for _, program in ipairs { "cc", "ld", "ld.lld", "/usr/bin/x86_64-ld",
                               "clang++-19", "mold" } do
      assert.equal("app.o lib/libx.a",
                   inputs(program .. " -L lib app.o -lx"), program)
    end
    -- but -x has a value for a driver only, and -m for a linker only
    assert.equal("app.o more.o", inputs "ld -x app.o -m elf_x86_64 more.o")
  end)
end)


describe("-l", function ()
  it("is looked up in the folders of -L, in their order", function ()
    assert.equal("lib/libx.a", inputs "cc -Llib -Lother -lx")
    assert.equal("other/libx.a", inputs "cc -L other -L lib -l x")
    assert.equal("other/libx.a", inputs "ld --library-path=other --library=x")
  end)

  it("finds those of later -L too, as linkers do", function ()
    assert.equal("lib/libx.a", inputs "cc -lx -Llib")
  end)

  it("takes a shared library first, unless the line says static", function ()
    assert.equal("app.o", inputs "cc app.o -Llib -ly")  -- no archive
    assert.equal("app.o lib/liby.a", inputs "cc app.o -Llib -Wl,-Bstatic -ly")
    assert.equal("app.o", inputs "cc app.o -Llib -Wl,-Bstatic,-Bdynamic -ly")
    assert.equal("app.o lib/liby.a", inputs "cc app.o -Llib -ly -static")
    assert.equal("app.o lib/liby.a", inputs "cc app.o -Llib -static-pie -ly")
    assert.equal("app.o", inputs "ld app.o -Llib -ly -static")  -- too late
    assert.equal("app.o lib/liby.a", inputs "ld -Llib app.o -Bstatic -ly")
  end)

  it("takes a whole name after a colon", function ()
    assert.equal("lib/liby.a", inputs "cc -Llib -l:liby.a")
  end)

  it("that is in none of them is elsewhere, by name", function ()
    assert.equal("app.o lib/libx.a -> a.out; elsewhere m gcc_s",
                 (read "cc app.o -Llib -lm -lgcc_s -lx"))
  end)

  it("that is nowhere is missing", function ()
    unknown("the library -lnone is in no folder of the line, and in none of "
            .. "the system's", "cc app.o -Llib -lm -lnone -lx")
    unknown("the library -l is in no folder of the line, and in none of the "
            .. "system's", "cc app.o -l none")
    -- but who knows where another machine's are
    for _, line in ipairs { "aarch64-linux-gnu-gcc app.o -lnone",
        "cc --sysroot=/x app.o -lnone", "clang --target=x app.o -lnone",
        "cc -m32 app.o -lnone" } do
      assert.equal("app.o -> a.out; elsewhere none", (read(line)))
    end
  end)
end)


describe("words in a file", function ()
  it("are words of the line", function ()
    helper.write(folder .. "/rest", "'libx.a'\n@more\n-o out\n")
    helper.write(folder .. "/more", "lib/lib\\x.a")
    assert.equal("app.o libx.a lib/libx.a -> out; elsewhere ",
                 (read "cc app.o @rest"))
    assert.equal("app.o libx.a lib/libx.a -> out; elsewhere ",
                 (read "cc app.o -Wl,@rest"))
    helper.must({ "rm", "rest", "more" }, folder)
  end)
end)


describe("a script", function ()
  tiny.policy(folder, [[
    local names = {}
    for _, file in ipairs(subject:inputs()) do
      names[#names + 1] = file:input()
    end
    report(subject, "%s", table.concat(names, " "))]],
    " each = symrun.links(),", nil, "order.lua")

  local function order(line)
    local words = { "order.lua", "--" }
    for word in line:gmatch "%S+" do words[#words + 1] = word end
    return tiny.plan(folder, words).findings[1].message
  end

  local function script(name, text)
    helper.write(folder .. "/" .. name, text)
  end

  it("says where sections go", function ()
    assert.equal("app.o", inputs "cc -T plain.ld app.o")
  end)

  it("brings the files that it names, where it stands", function ()
    script("script.ld", "/* x */ INPUT(libx.a)\n")
    assert.equal("libx.a app.o", order "cc -T script.ld app.o")
    assert.equal("app.o libx.a", order "cc app.o -Wl,--script=script.ld")
    assert.equal("app.o libx.a more.o", order "cc app.o script.ld more.o")
  end)

  it("may be what -l finds, and name others", function ()
    script("lib/libs.so", "/* GNU ld script */\nGROUP ( libx.a -ly "
           .. "AS_NEEDED ( ../more.o ) )\n")
    script("deep", "INPUT(-ls)")
    for _, line in ipairs { "cc app.o -Llib -ls", "cc app.o -Llib deep" } do
      assert.equal("app.o libx.a lib/liby.so lib/../more.o", order(line))
    end
    assert.equal("app.o libx.a lib/liby.a lib/../more.o",
                 order "cc -static app.o -Llib lib/libs.so")
    script("lib/libs.so", "INPUT(loop)")
    script("loop", "INPUT(loop)")
    unknown("scripts name scripts, more than 16 deep", "cc app.o -Llib -ls")
    helper.must({ "rm", "lib/libs.so", "deep", "loop" }, folder)
  end)

  it("that is none is told", function ()
    script("text.o", "once upon a time")
    unknown("text.o, line 1, column 6: '(', '{' or '=' after once is expected, "
            .. "not 'upon'", "cc app.o text.o")
  end)
end)


describe("what a driver compiles and links at once", function ()
  local function says(line, body)
    tiny.policy(folder, body, " each = symrun.links(),", nil, "sources.lua")
    local words = { "sources.lua", "--" }
    for word in line:gmatch "%S+" do words[#words + 1] = word end
    local plan, status = tiny.plan(folder, words)
    local out = {}
    for i, f in ipairs(plan.findings) do
      out[i] = (f.file and f.file .. " " or "") .. f.message
    end
    return table.concat(out, "; "), status
  end
  local list = [[
    local out = {}
    for i, file in ipairs(subject:inputs()) do
      out[i] = subject:path_of(file)
    end
    report(subject, "%s, %d", table.concat(out, " "), #subject:archives())]]

  it("is an input, and no script", function ()
    for _, name in ipairs { "one.c", "two.cpp", "three.S", "four.f90",
                            "five.ii", "six.weird" } do
      helper.write(folder .. "/" .. name, "int x = 1;\n")
    end
    for line, list_of in pairs {
      ["cc one.c app.o libx.a"] = "one.c app.o libx.a, 1",
      ["c++ app.o two.cpp"] = "app.o two.cpp, 0",
      ["clang three.S four.f90 five.ii"] = "three.S four.f90 five.ii, 0",
      ["gcc -x c six.weird -x none app.o"] = "six.weird app.o, 0",
      ["gcc -xc six.weird"] = "six.weird, 0",
    } do
      assert.same({ list_of, 1 }, { says(line, list) }, line)
    end
  end)

  it("has an object of which nothing is known", function ()
    for _, body in ipairs {
      "return #subject:objects()", "return subject:offered():empty()",
      "return subject:exported():empty()", "return subject:keeps 'f'",
      "return subject:export { 'main' }",
    } do
      local why, status = says("cc one.c libx.a", body)
      assert.same({ "one.c is compiled and linked at once, so there is no "
                    .. "object yet", 2 }, { why, status }, body)
    end
    local why, status = says("cc one.c libx.a", [[
      for _, file in ipairs(subject:inputs()) do
        if file:wants "f" then report(file, "wants f") end
      end]])
    assert.equal(2, status)
    assert.truthy(why:find("^one.c is of no format"), why)
  end)

  it("depends on the driver, for some", function ()
    helper.write(folder .. "/one.ll", "target = once\n")
    local why, status = says("cc one.ll", list)
    assert.equal(2, status)
    assert.equal("whether one.ll is compiled depends on the driver, and which "
                 .. "it is nobody said", why)
    assert.equal("one.ll, 0", (says("clang one.ll", list)))
    why, status = says("gcc one.ll", list)  -- a script, as ld has it
    assert.equal(2, status)
    assert.truthy(why:find("one.ll, line ", 1, true), why)
    -- a linker compiles nothing
    why, status = says("ld one.c", list)
    assert.equal(2, status)
    assert.truthy(why:find("one.c, line 1", 1, true), why)
    why, status = says("gcc -Wl,one.c app.o", list)
    assert.equal(2, status)
    assert.truthy(why:find("one.c, line 1", 1, true), why)
  end)
end)


describe("the inputs are unknown", function ()
  it("when words stand in a file that is not there", function ()
    local gone = "the response file rest cannot be opened: No such file or "
                 .. "directory"
    unknown(gone, "cc app.o @rest")
    unknown(gone, "cc app.o -Wl,@rest")
  end)

  it("when one is not there, whatever stands before it", function ()
    unknown("the input gone.a is not there", "cc app.o gone.a")
    unknown("the input gone.a is not there", "cc gone.a app.o")
    unknown("the input gone.a is not there", "cc -O2 gone.a app.o")
    unknown("the input gone.a is not there", "cc -Llib -lx gone.a")
    unknown("the input gone.a is not there",
            "cc -Wl,--whole-archive,gone.a app.o")
  end)

  it("when one may be the value of an option that nobody knows", function ()
    for _, name in ipairs { "gone.a", "libx.a" } do
      unknown("the option --what-is-this is not one that is known, so " .. name
              .. " may be its value", "ld app.o --what-is-this " .. name)
    end
    -- but one that has its value takes no other
    assert.equal("app.o libx.a", inputs "ld app.o --what-is-this=3 libx.a")
  end)

  it("when an option lacks its value", function ()
    unknown("the option -o lacks its value", "cc app.o -o")
    unknown("the option -Xlinker lacks its value", "cc app.o -Xlinker")
  end)

  it("when nobody knows the linker", function ()
    unknown("mylink is no linker that is known; say which it is like",
            "mylink app.o")
  end)

  it("when a script names some that are not there", function ()
    helper.write(folder .. "/script.ld", "/* x */ INPUT(gone.a)\n")
    unknown("the input gone.a, which the script script.ld names, is not there",
            "cc -T script.ld app.o")
    unknown("the script gone.ld cannot be opened: No such file or directory",
            "cc -Tgone.ld app.o")
  end)

  it("but a folder is no input", function ()
    assert.equal("app.o", inputs "cc --unheard-of lib app.o")
  end)

  it("and none is pulled out of nowhere", function ()
    local plan, status = tiny.plan(folder, { "rule.lua", "--", "cc" })
    assert.equal(2, status)
    assert.equal("the line names no input", plan.findings[1].message)
  end)
end)


describe("a line", function ()
  it("is one that a rule cannot change for the next", function ()
    local path = helper.folder "line"
    helper.write(path .. "/app.o", make.object "T main")
    helper.write(path .. "/rule.lua", [[
      local symrun = require "symrun"
      symrun.rule "a" { about = "a", each = symrun.links(),
        check = function (link, report)
          link.why, link.missing, link.unread = nil, nil, nil
          rawset(link, "objects", function () return {} end)
          report(link, "%s %s", getmetatable(link), #link:objects())
        end }
      symrun.rule "b" { about = "b", each = symrun.links(),
        check = function (link, report)
          report(link, "%s", #link:objects())
        end }]])
    local plan, status = tiny.plan(path, { "rule.lua", "--", "cc", "app.o",
                                           "@rest" })
    assert.equal("false 0", plan.findings[1].message)
    assert.equal("the response file rest cannot be opened: No such file or "
                 .. "directory", plan.findings[2].message)
    assert.equal(2, status)
  end)

  it("is checked beside a tree, when there is one", function ()
    local path = tiny.folder "line"
    tiny.policy(path, "report(subject, '%s', #with.all)", [[
      each = symrun.links(), with = { all = symrun.all(symrun.archives()) },]])
    local plan = tiny.plan(path, { "rule.lua", ".", "--", "cc" })
    assert.equal("1", plan.findings[1].message)
    plan = tiny.plan(path, { "rule.lua", "--", "cc", "libx.a", "libx.a" })
    assert.equal("2", plan.findings[1].message)
  end)
end)
