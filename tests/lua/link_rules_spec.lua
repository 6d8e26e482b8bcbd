--- Rules about link lines: what they may ask, what they may want changed, and
--- what becomes of it.

local helper = require "helper"
local make = require "symrun.make"
local tiny = require "tiny"

local folder = helper.folder "link-rules"
for name, words in pairs { app = "T main", more = "T f T g:hidden U h" } do
  helper.write(("%s/%s.o"):format(folder, name), make.object(words))
end
helper.write(folder .. "/libx.a", make.archive { { "x.o", "T x T f2" } })
helper.write(folder .. "/v.map", "{ global: f; local: *; };\n")


local function words_of(line)
  if type(line) == "table" then return line end
  local out = {}
  for word in line:gmatch "%S+" do out[#out + 1] = word end
  return out
end


-- A rule file whose check is `body`, with `link` and `report`.
local function rule(body, name)
  return tiny.policy(folder, "local link = subject local _ = link " .. body,
                     " each = symrun.links(),", nil, name or "rule.lua")
end


-- What a rule says of a line: its findings, the status, the plan.
local function says(line, body)
  rule(body)
  local plan, status = tiny.plan(folder, { "rule.lua", "--",
                                           table.unpack(words_of(line)) })
  local out = {}
  for i, f in ipairs(plan.findings) do out[i] = f.message end
  return out, status, plan
end


-- The line that comes out: its words as one string; the status; what was said.
local function edited(line, body)
  rule(body)
  local status, out, err = helper.symrun({ "--format", "argv", "rule.lua", "--",
                                           table.unpack(words_of(line)) },
                                         folder)
  return (out:gsub("\n", " "):gsub(" $", "")), status, err
end


describe("options", function ()
  local function values(line, name)
    local out = says(line, ([[
      local list = {}
      for part in link:options %q do
        list[#list + 1] = ("%%d=%%s"):format(part:word(), part:value())
      end
      report(link, "%%s", table.concat(list, " "))]]):format(name))
    return table.unpack(out)
  end

  it("are found in every spelling", function ()
    for line, found in pairs {
      ["cc app.o -Wl,--version-script=a"] = "2=a",
      ["cc app.o -Wl,--version-script -Wl,a"] = "2=a",
      ["cc app.o -Xlinker -version-script -Xlinker a"] = "3=a",
      ["ld app.o --version-script a -version-script=b"] = "2=a 4=b",
      ["cc app.o -Wl,-O1,--version-script,a,--version-script,b"] = "2=a 2=b",
    } do
      for _, name in ipairs { "--version-script", "-version-script",
                              "version-script" } do
        assert.equal(found, values(line, name), line)
      end
    end
    assert.equal("2=a 3=b 4=c", values("cc app.o -ua -Wl,--undefined=b -u c",
                                       "--undefined"))
    assert.equal("2=a", values("lld-link app.o -include:a /out:x", "/INCLUDE"))
    assert.equal("2=now", values("cc app.o -Wl,-z,now,-z,relro", "-z now"))
  end)

  it("are found by each of their names", function ()
    for line, names in pairs {
      ["cc app.o -Wl,-z,defs"] = { "--no-undefined", "-z defs" },
      ["ld app.o -z defs"] = { "--no-undefined", "-z defs", "no-undefined" },
      ["cc app.o -Wl,--no-undefined"] = { "--no-undefined", "-z defs" },
      ["ld app.o -zmuldefs"] = { "--allow-multiple-definition", "-z muldefs" },
      ["clang app.o -rdynamic"] = { "--export-dynamic", "-E", "-rdynamic" },
      ["gcc app.o -Wl,-E"] = { "--export-dynamic", "-E", "-rdynamic" },
      ["gcc -shared app.o -symbolic"] = { "-Bsymbolic", "-symbolic" },
      ["ld -n app.o"] = { "--nmagic", "-n" },
      ["ld --emit-relocs app.o"] = { "--emit-relocs", "-q" },
      ["ld -y main app.o"] = { "--trace-symbol", "-y", "--trace-symbol=main" },
      ["ld --unresolved-symbols=ignore-all app.o"] = {
        "--unresolved-symbols=ignore-all", "--unresolved-symbols ignore-all" },
      ["link app.o -Force:Unresolved"] = { "/FORCE", "/FORCE:UNRESOLVED",
                                           "/FORCE UNRESOLVED" },
      ["link app.o /force"] = { "/FORCE", "/FORCE:UNRESOLVED",
                                "/FORCE:MULTIPLE" },
    } do
      for _, name in ipairs(names) do
        assert.same({ "true" }, (says(line, ("report(link, '%%s', "
          .. "tostring(link:has %q))"):format(name))), line .. " " .. name)
      end
    end
    for line, name in pairs {
      ["cc app.o -Wl,-z,undefs"] = "--no-undefined",
      ["cc app.o -Wl,-z,now"] = "--no-undefined",
      ["cc app.o -Wl,--no-undefined"] = "-z now",
      ["ld app.o --no-undefined "] = "-z muldefs",
      ["ld app.o -Bsymbolic-functions"] = "-symbolic",
      ["link app.o /force:multiple"] = "/FORCE:UNRESOLVED",
      ["link app.o /include:A"] = "/INCLUDE:a",
    } do
      assert.same({ "false" }, (says(line, ("report(link, '%%s', "
        .. "tostring(link:has %q))"):format(name))), line .. " " .. name)
    end
    -- short for one of them, perhaps
    local _, status = says("ld app.o --no-undef", "link:has '-z defs'")
    assert.equal(2, status)
  end)

  it("that no linker knows are a mistake of the rule", function ()
    local out, status = says("cc app.o", 'link:has "--warn-unresolved-symbol"')
    assert.equal(2, status)
    assert.truthy(out[1]:find("rule.lua:7: no linker that is known has an "
      .. "option '--warn-unresolved-symbol' (did you mean "
      .. "'--warn-unresolved-symbols'?)", 1, true), out[1])
    -- but a driver takes any that begins so
    assert.same({ "true false" }, (says("cc -Wall app.o", [[
      report(link, "%s %s", tostring(link:has "-Wall"),
             tostring(link:has "-fnever-heard-of"))]])))
  end)

  it("may be unknown, and those that are sure come first", function ()
    local body = [[
      for part in link:options "-u" do report(part, "is there") end
      report(link, "unheard")]]
    local out, status = says("ld app.o -u a --frob -u b", body)
    assert.same({ "word 2, -u a: is there",
                  "the option --frob is not one that is known, so -u may be "
                  .. "its value" }, out)
    assert.equal(2, status)
    -- what is strange matters for what it may be only
    assert.same({ "word 2, -u a: is there", "unheard" },
                (says("ld app.o -u a --frob", body)))
    assert.same({ "word 2, -u a: is there", "unheard" },
                (says("ld app.o -u a --frob=x libx.a", body)))
  end)

  it("are on the line or not", function ()
    for line, yes in pairs {
      ["cc app.o -Wl,--gc-sections"] = "true", ["cc app.o"] = "false",
      ["ld --frob --gc-sections app.o"] = "unknown",
      ["ld --gc-section app.o"] = "unknown",
    } do
      local out, status = says(line,
        'report(link, "%s", tostring(link:has "--gc-sections"))')
      if yes == "unknown" then assert.equal(2, status)
      else assert.same({ yes }, out) end
    end
  end)

  it("of any kind are parts", function ()
    assert.same({ "app.o=nil -Wl,-z,now=nil" }, (says("cc app.o", [[
      local out = {}
      for part in link:parts() do out[#out + 1] = part:text() end
      report(link, "%s=nil -Wl,-z,now=nil", table.concat(out, " "))]])))
  end)
end)


describe("a link", function ()
  local function tells(line, expression)
    return table.unpack((says(line, ('report(link, "%%s", %s)'):format(
      expression))))
  end

  it("is of some program, and some linker", function ()
    local flavour = [[(function ()
      local name, dialect, driver = link:flavour()
      return ("%s %s %s %s"):format(name, dialect, tostring(driver),
                                    tostring(link:linker()))
    end)()]]
    for line, told in pairs {
      ["gcc app.o"] = "gcc gnu true nil",
      ["gcc -fuse-ld=lld app.o"] = "gcc gnu true lld",
      ["gcc -fuse-ld=bfd -fuse-ld=gold app.o"] = "gcc gnu true gold",
      ["clang -fuse-ld=/x/ld.lld-19 app.o"] = "clang gnu true lld",
      ["ld.bfd app.o"] = "bfd gnu false bfd", ["ld app.o"] = "ld gnu false nil",
      ["ld64.lld app.o"] = "ld64.lld apple false lld",
      ["lld-link app.o"] = "lld-link msvc false lld-link",
    } do
      assert.equal(told, tells(line, flavour), line)
    end
    assert.equal("mylink is no linker that is known; say which it is like",
                 tells("mylink app.o", "link:flavour()"))
  end)

  it("has inputs of all kinds", function ()
    local body = [[
      local out = {}
      for _, file in ipairs(link:inputs()) do
        out[#out + 1] = ("%d:%s"):format(link:part_of(file):word(),
                                         link:path_of(file))
      end
      report(link, "%s", table.concat(out, " "))]]
    assert.same({ "2:app.o 3:./libx.a 4:more.o" },
                (says("cc -L. app.o -lx more.o", body)))
    assert.same({ "2 1" }, (says("cc app.o libx.a app.o", [[
      report(link, "%d %d", #link:places(link:objects()[1]),
             #link:places(link:archives()[1]))]])))
  end)

  it("exports names, or not, or nobody knows", function ()
    for line, yes in pairs {
      ["cc -shared more.o"] = "true",
      ["cc -shared more.o -Wl,--version-script=v.map"] = "true",
      ["cc more.o"] = "false", ["cc -rdynamic more.o"] = "true",
      ["cc more.o -Wl,-E"] = "true", ["cc -static more.o"] = "false",
      ["cc more.o -Wl,--export-dynamic-symbol=f"] = "true",
      ["cc more.o -Wl,--export-dynamic-symbol=g"] = "false",
      ["ld64 -dylib more.o"] = "true",
      ["ld64 -dylib more.o -exported_symbol _f"] = "true",
      ["ld64 -dylib more.o -exported_symbol f"] = "false",
      ["ld64 -dylib more.o -unexported_symbol _f"] = "false",
      ["ld64 -dylib more.o -exported_symbol _*"] = "true",
      ["lld-link /dll more.o /out:x /export:f,DATA"] = "true",
      ["wasm-ld more.o --export=f -o x"] = "true",
      ["wasm-ld more.o --export-all -o x"] = "true",
    } do
      assert.equal(yes, tells(line, 'tostring(link:exports "f")'), line)
    end
    for line, why in pairs {
      ["cc -r more.o"] = "an object file exports nothing; what is made of it "
                         .. "will",
      ["lld-link /dll more.o /out:x"] = "whether an object exports f itself is "
                                        .. "not read by this version",
      ["cc -shared more.o -Wl,--exclude-libs,ALL"] = "what --exclude-libs "
        .. "takes away is not told by the line",
      ["cc -shared more.o -Wl,--version-script=gone"] = "gone cannot be "
        .. "opened: No such file or directory",
      ["ld -shared more.o --frob -E"] = nil,
      ["x86_64-w64-mingw32-gcc -shared more.o"] = "what linkers for Windows "
        .. "export of GNU's objects is not known to this version",
    } do
      assert.equal(why, tells(line, 'tostring(link:exports "f")'), line)
    end
    local out, status = says("cc more.o", [[
      report(link, "%s", tostring(link:exports "malloc"))]])
    assert.equal("whether a library of the system wants malloc is not told by "
                 .. "the line", out[1])
    assert.equal(2, status)
  end)

  it("exports of what its inputs show", function ()
    assert.equal("f, f2 and x", tells("cc -shared more.o libx.a",
                                      'link:exported()'))
    assert.equal("f", tells("cc -shared more.o libx.a -Wl,--version-script="
                            .. "v.map", "link:exported()"))
    assert.equal("f2", tells("cc -shared more.o libx.a -Wl,--version-script="
      .. "v.map", 'link:offered "f*" - link:exported()'))
    assert.equal("no name", tells("cc more.o", 'link:exported "f*"'))
  end)

  it("is a subject with a place", function ()
    local _, _, plan = says("cc -o out -Wl,--gc-sections app.o", [[
      for part in link:options "--gc-sections" do report(part, "a") end
      report(link, "b") report(link:objects()[1], "c")]])
    assert.same({ output = "out", word = 3 }, plan.findings[1].link)
    assert.equal("word 3, --gc-sections: a", plan.findings[1].message)
    assert.same({ output = "out" }, plan.findings[2].link)
    assert.equal("app.o", plan.findings[3].file)
    local _, text = helper.symrun({ "rule.lua", "--", "cc", "-o", "out",
                                    "-Wl,--gc-sections", "app.o" }, folder)
    assert.truthy(text:find("error: mine/one: the link of out\n    word 3, "
                            .. "--gc-sections: a\n", 1, true), text)
  end)
end)


describe("an edit", function ()
  it("drops, sets and adds", function ()
    for body, line in pairs {
      [ [[for p in link:options "-u" do
         report.note(p, ""):fix(link:drop(p)) end]] ]
        = "cc app.o -Wl,-O1 libx.a -o out",
      [ [[for p in link:options "-u" do report.note(p, ""):fix(link:set(p, "b"))
         end]] ] = "cc app.o -Wl,-O1,-u,b libx.a -o out",
      [ [[for p in link:options "-o" do
         report.note(p, ""):fix(link:set(p, "b c")) end]] ]
        = "cc app.o -Wl,-O1,-u,a libx.a -o b c",
      [ [[report.note(link, ""):fix(link:add { "--gc-sections" })]] ]
        = "cc app.o -Wl,-O1,-u,a libx.a -o out -Wl,--gc-sections",
      [ [[report.note(link, ""):fix(link:add { "--soname", "a,b",
                                               at = "first" })]] ]
        = "cc -Wl,--soname -Xlinker a,b app.o -Wl,-O1,-u,a libx.a -o out",
      [ [[local p = link:part_of(link:archives()[1])
          report.note(p, ""):fix(link:add { input = "more.o", before = p },
            link:add { "-shared", after = p })]] ]
        = "cc app.o -Wl,-O1,-u,a more.o libx.a -shared -o out",
      [ [[report.note(link, ""):fix(link:drop(link:part_of(link:objects()[1])))
        ]] ] = "cc -Wl,-O1,-u,a libx.a -o out",
    } do
      local out, status, err = edited("cc app.o -Wl,-O1,-u,a libx.a -o out",
                                      body)
      assert.equal(line, out, err)
      assert.equal(0, status)
    end
  end)

  it("that cannot be is an error of the rule", function ()
    for body, why in pairs {
      ['link:add { "--frob" }'] = "this linker has no option --frob that is "
                                  .. "known",
      ['link:add { "--gc-sections", "x" }'] = "the option --gc-sections takes "
                                              .. "no value",
      ['link:add { "-u" }'] = "the option -u needs a value",
      ['link:add { "-u", "x", beside = 1 }'] = "add has no field 'beside'",
      ['link:add { "-u", "x", at = "end" }'] = "'at' is \"first\" or \"last\"",
      ['link:add { input = "-x" }'] = "",
      ['link:drop "-u"'] = "drop takes a part of the line",
      ['link:set(link:parts()(), nil)'] = "set takes a part and its new value",
      ['link:replace(link:parts()(), "x")'] = "app.o names no text",
      ['report(link, "x"):fix { op = "link" }'] = "the edit is of another link",
      ['report(link, "x"):fix "x"'] = "an edit is expected",
      ['link:use "x"'] = "use takes what link:script or link:export_list gave",
    } do
      local out, status = says("cc app.o", body)
      if why ~= "" then
        assert.equal(2, status, body)
        assert.truthy(out[#out]:find(why, 1, true), out[#out])
        assert.truthy(out[#out]:find("rule.lua:7", 1, true), out[#out])
      end
    end
  end)

  it("that nobody can judge is unknown", function ()
    local out, status = says("ld app.o --frob", 'link:add { "-u", "x" }')
    assert.equal(2, status)
    assert.truthy(out[1]:find("so nothing can be put behind it", 1, true),
                  out[1])
    out, status = says("ld --frob app.o", [[
      for part in link:parts() do
        if part:text() == "app.o" then link:drop(part) end
      end]])
    assert.equal(2, status)
    assert.truthy(out[1]:find "cannot be changed", out[1])
  end)

  it("of a text is a copy in its place", function ()
    local body = [[
      for part in link:options "--version-script" do
        local script = link:script(part)
        report.note(part, "f2 too"):fix(link:replace(part, script:add { "f2" }))
      end]]
    local out, status = edited("cc -shared more.o -Wl,--version-script=v.map "
                               .. "-o out", body)
    local path = out:match("^cc %-shared more.o %-Wl,%-%-version%-script=(%S+) "
                           .. "%-o out$")
    assert.truthy((path or ""):find "^out%.symrun/%x+%.map$", out)
    assert.equal("{ global: f; f2; local: *; };\n",
                 helper.read(folder .. "/" .. path))
    assert.equal("{ global: f; local: *; };\n",
                 helper.read(folder .. "/v.map"))
    assert.equal(0, status)
    -- the same again gives the same
    assert.equal(out, (edited("cc -shared more.o -Wl,--version-script=v.map "
                              .. "-o out", body)))
    helper.must({ "rm", "-r", "out.symrun" }, folder)
  end)

  it("writes nothing when rules are only asked", function ()
    says("cc -shared more.o -Wl,--version-script=v.map -o out", [[
      report.note(link, ""):fix(link:export { "f2" })]])
    assert.is_nil(io.open(folder .. "/out.symrun"))
  end)

  it("is in a response file, too", function ()
    helper.write(folder .. "/rest", "app.o\n-Wl,--gc-sections\n-o 'a b'\n")
    local out = edited("cc @rest -lm", [[
      for part in link:options "--gc-sections" do
        report.note(part, ""):fix(link:drop(part))
      end]])
    local path = out:match "^cc @(%S+ b%.symrun/%x+%.rsp) %-lm$"
    assert.is_string(path, out)
    assert.equal("app.o\n-o 'a b'\n", helper.read(folder .. "/" .. path))
    helper.must({ "rm", "-r", "a b.symrun", "rest" }, folder)
  end)

  it("is in the report, and says whether it was made", function ()
    local body = [[
      for part in link:options "-u" do report(part, "no"):fix(link:drop(part))
      end]]
    local _, status, plan = says("cc app.o -u a", body)
    assert.equal(1, status)
    assert.same({ output = "a.out", change = "drop -u a" }, plan.edits[1].link)
    assert.equal("link", plan.edits[1].op)
    assert.is_false(plan.edits[1].applied)
    local words = { "--format", "argv", "--output", "json=plan.json",
                    "rule.lua", "--", "cc", "app.o", "-u", "a" }
    local out
    status, out = helper.symrun(words, folder)
    assert.equal("cc\napp.o\n", out)
    assert.equal(1, status)
    assert.truthy(helper.read(folder .. "/plan.json"):find '"applied":true')
  end)

  it("may use a list that was made", function ()
    local body = [[
      local list = link:export_list { "x" }
      report.note(link, "hides x"):fix(list, link:use(list))]]
    for line, made in pairs {
      ["cc more.o -o out"] = "cc more.o -o out -Wl,--dynamic-list=F",
      ["cc -shared more.o -o out -Wl,--version-script,v.map"]
        = "cc -shared more.o -o out -Wl,--version-script,F",
      ["ld64 -dylib more.o -o out"]
        = "ld64 -dylib more.o -o out -exported_symbols_list F",
      ["lld-link /dll more.o /out:out /def:d.def,0x10"] = false,
    } do
      local out, status, err = edited(line, body)
      if made then
        assert.equal(made, (out:gsub("out%.symrun/%x+%.%l+", "F")), err)
        assert.equal(0, status)
      else
        assert.equal(2, status)  -- there is no such file
      end
    end
    helper.must({ "rm", "-r", "out.symrun" }, folder)
  end)

  it("makes what a list of exports is for each linker", function ()
    for line, kind in pairs {
      ["cc -shared more.o"] = "version-script { global: *; x; };",
      ["cc more.o"] = "dynamic-list { x; };",
      ["cc -shared more.o -Wl,--version-script=v.map"]
        = "version-script { global: f; x; local: *; };",
      ["ld64 -dylib more.o -o x"] = "export-list _x",
      ["lld-link /dll more.o /out:x"] = "def EXPORTS\n  x",
    } do
      local out = says(line, [[
        local list = link:export_list { "x" }
        report(link, "%s %s", list.kind, tostring(list))]])
      assert.equal(kind:gsub("%s+", " "), (out[1]:gsub("%s+", " "):gsub(" $",
                                                                        "")))
    end
  end)
end)


describe("edits of several rules", function ()
  local function rules(first, second)
    local text = { 'local symrun = require "symrun"' }
    for name, body in pairs { a = first, b = second } do
      text[name == "a" and 2 or 3] = ([[
        symrun.rule "test/%s" { about = "x", each = symrun.links(),
          check = function (link, report) local _ = link, report %s end }]])
        :format(name, body)
    end
    helper.write(folder .. "/two.lua", table.concat(text, "\n"))
  end

  local function run(...)
    return helper.symrun({ "--format", "argv", "two.lua", "--", "cc", ... },
                         folder)
  end

  local set = [[for p in link:options "-o" do
    report.note(p, "x"):fix(link:set(p, %q)) end]]

  it("are done in the order of the rules, equal ones once", function ()
    rules([[report.note(link, "x"):fix(link:add { "-u", "a" })]],
          [[report.note(link, "x"):fix(link:add { "-u", "a" },
                                       link:add { "-u", "b" })]])
    local status, out = run("app.o")
    assert.equal("cc\napp.o\n-u\na\n-u\nb\n", out)
    assert.equal(0, status)
    rules(set:format "y", set:format "y")
    status, out = run("app.o", "-o", "x")
    assert.equal("cc\napp.o\n-o\ny\n", out)
    assert.equal(0, status)
  end)

  it("are not seen by each other", function ()
    rules([[for p in link:options "-u" do
              report.note(p, "x"):fix(link:drop(p)) end]],
          [[report.note(link, "%s", tostring(link:has "-u"))]])
    local _, out, err = run("app.o", "-u", "a")
    assert.equal("cc\napp.o\n", out)
    assert.truthy(err:find("    true\n", 1, true), err)
  end)

  it("that differ end the run, and both rules are named", function ()
    rules(set:format "y", set:format "z")
    local status, out, err = run("app.o", "-o", "x")
    assert.equal("", out)
    assert.equal(2, status)
    assert.truthy(err:find("test/a and test/b want to change -o in different "
                           .. "ways", 1, true), err)
    -- also where nobody wants the line
    local plan
    plan, status = tiny.plan(folder, { "two.lua", "--", "cc", "app.o", "-o",
                                       "x" })
    assert.equal(2, status)
    assert.equal("symrun/edit", plan.findings[#plan.findings].rule)
  end)

  it("are none when anything is unknown", function ()
    rules(set:format "y", [[report.unknown(link, "who knows")]])
    local status, out = run("app.o", "-o", "x")
    assert.equal("", out)
    assert.equal(2, status)
    local _, _, linked = helper.symrun({ "--run", "--link-anyway", "two.lua",
      "--", "echo", "-o", "x" }, folder)
    assert.is_string(linked)
  end)
end)


describe("the linker, after an edit,", function ()
  local real = helper.folder "link-run"
  helper.write(real .. "/v.map", "{ global: f; local: *; };\n")
  helper.cc(real, "a", "int f(void) { return 1; } int g(void) { return 2; }",
            "-fPIC")

  local words = { "gcc", "-shared", "-o", "out.so", "a.o",
                  "-Wl,--version-script=v.map" }

  local function exported()
    local out = helper.must({ "sh", "-c",
      "llvm-nm-19 -D --defined-only -j out.so; rm -f out.so" }, real)
    return (out:gsub("\n", " "))
  end

  local function write(body)
    tiny.policy(real, body, " each = symrun.links(),")
  end

  local function no_traces()
    assert.equal("a.c\na.o\nrule.lua\nv.map\n", helper.must({ "ls" }, real))
  end

  it("runs as it was wanted", function ()
    write [[report.note(subject, "g too"):fix(subject:export { "g" })]]
    for _, how in ipairs {
      { "rule.lua", "--run", "--", table.unpack(words) },
      { "ld", "--rules", "rule.lua", table.unpack(words) },
    } do
      local status, _, err = helper.symrun(how, real)
      assert.equal(0, status, err)
      local _, count = err:gsub("symrun: the line is linked as mine/one wants "
                                .. "it\n", "")
      assert.equal(1, count, err)
      assert.equal("f g ", exported())
      no_traces()
    end
    write "return nil"
    local status, _, err = helper.symrun({ "ld", "--rules", "rule.lua",
                                           table.unpack(words) }, real)
    assert.same({ 0, "" }, { status, err })
    assert.equal("f ", exported())
  end)

  it("runs when an error is gone with the edit", function ()
    write [[if not subject:exports "g" then
      report(subject, "hides g"):fix(subject:export { "g" }) end]]
    local status, _, err = helper.symrun({ "ld", "--rules", "rule.lua",
                                           table.unpack(words) }, real)
    assert.equal(0, status, err)
    assert.truthy(err:find("hides g", 1, true), err)
    assert.truthy(err:find("the line is linked as mine/one wants it, and "
                           .. "then the rules hold\n", 1, true), err)
    assert.equal("f g ", exported())
    no_traces()
  end)

  it("does not run when one is left", function ()
    write [[report(subject, "wrong"):fix(subject:export { "g" })]]
    for _, how in ipairs {
      { "rule.lua", "--run", "--", table.unpack(words) },
      { "ld", "--rules", "rule.lua", table.unpack(words) },
    } do
      assert.equal(1, (helper.symrun(how, real)))
      no_traces()
      table.insert(how, 1 + (how[1] == "ld" and 1 or 0), "--link-anyway")
      assert.equal(0, (helper.symrun(how, real)))
      assert.equal("f g ", exported())
    end
  end)

  it("runs as the line was where anything is unknown, if it must", function ()
    write [[report.note(subject, "g too"):fix(subject:export { "g" })
            report.unknown(subject, "who knows")]]
    local how = { "ld", "--rules", "rule.lua", table.unpack(words) }
    assert.equal(2, (helper.symrun(how, real)))
    no_traces()
    table.insert(how, 2, "--link-anyway")
    assert.equal(0, (helper.symrun(how, real)))
    assert.equal("f ", exported())
  end)

  it("does not run on a line that cannot be linked", function ()
    write "return nil"
    for _, more in ipairs { "@gone", "-lgone", "libgone.a", "-o" } do
      local how = { "ld", "--rules", "rule.lua", table.unpack(words) }
      how[#how + 1] = more
      local status, _, err = helper.symrun(how, real)
      assert.equal(2, status, more)
      assert.truthy(err:find("unknown: symrun/line", 1, true), err)
      no_traces()
    end
  end)

  it("may be asked about in a capture", function ()
    helper.must({ helper.tool, "ld", "--capture", "captures",
                  table.unpack(words) }, real)
    helper.must({ "rm", "out.so" }, real)
    write [[report(subject, "%s %s", tostring(subject:exports "f"),
                   tostring(subject:exports "g"))]]
    local name = helper.must({ "ls", "captures" }, real):match "%S+"
    local plan = tiny.plan(real, { "rule.lua", "captures/" .. name })
    assert.equal("true false", plan.findings[1].message)
    assert.truthy(plan.findings[1].link.output:find "out%.so$")
    helper.must({ "rm", "-r", "captures" }, real)
  end)
end)


describe("a ready policy", function ()
  it("is checked when it is loaded", function ()
    for given, told in pairs {
      ["not_use { options = { '--frob' } }"] = "no linker that is known has an "
                                               .. "option '--frob'",
      ["not_use { options = '--frob' }"] = "option 'options' is a list",
      ["not_use { names = {} }"] = "there is no option 'names' here; there are "
                                   .. "each, options",
      ["not_use()"] = "a table is expected, such as { options = ... }",
      ["link {}"] = "option 'files' is missing",
      ["link { files = { '[[:no:]]' } }"] = "pattern '",
      ["link { files = {}, every = 'x' }"] = "option 'every' is a selector",
      ["link_in_order { files = {}, each = symrun.archives() }"]
        = "option 'each' is links",
      ["link_exporting { name = 'x' }"] = "there is no option 'name' here",
    } do
      helper.write(folder .. "/wrong.lua", "local symrun = require 'symrun'\n"
                   .. "symrun.rule 'a/b' (symrun.must." .. given .. ")\n")
      local status, _, err = helper.symrun({ "wrong.lua", "." }, folder)
      assert.equal(2, status)
      assert.truthy(err:find("wrong.lua:2: " .. told, 1, true), err)
    end
  end)

  it("for files takes links too, where it asks what they answer", function ()
    helper.write(folder .. "/export.lua", [[
      local symrun = require "symrun"
      symrun.rule "a/b" (symrun.must.export {
        each = symrun.links { makes = "library" }, names = { "f", "x" } })]])
    local plan = tiny.plan(folder, { "export.lua", "--", "cc", "-shared",
      "more.o", "libx.a", "-Wl,--version-script=v.map" })
    assert.equal(1, #plan.findings)
    assert.equal("does not export x", plan.findings[1].message)
    plan = tiny.plan(folder, { "export.lua", "--", "cc", "-shared", "more.o",
                               "libx.a" })
    assert.equal("exports f2, which is not on the list",
                 plan.findings[1].message)
  end)
end)


describe("from a stock Lua", function ()
  it("the line comes with the plan", function ()
    rule [[report.note(link, "x"):fix(link:add { "-u", "a" })]]
    helper.write(folder .. "/stock.lua", [[
      local symrun = require "symrun"
      local plan = symrun.check { rules = { "rule.lua" }, inputs = {},
                                  line = { "cc", "app.o" } }
      print(plan.status, table.concat(plan.line, " "), #plan.made)]])
    local lib = os.getenv "SYMRUN_LIB"
    local words = helper.stock()
    table.move({ "LUA_CPATH=" .. lib .. "/lua/5.4/?.so;;", "LUA_PATH="
      .. helper.top .. "/lua/?.lua;" .. helper.top .. "/lua/?/init.lua;;",
      "lua5.4", "stock.lua" }, 1, 4, #words + 1, words)
    local status, out, err = helper.run(words, folder)
    assert.equal("0\tcc app.o -u a\t0\n", out, err)
    assert.equal(0, status)
  end)
end)
