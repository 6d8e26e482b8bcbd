--- What a rule may declare.  Each mistake is told when the file is loaded,
--- with the file, the line, the field, what was given and what was expected;
--- nothing is checked then, and the status is 2.

local helper = require "helper"
local tiny = require "tiny"

local good = [[about = "a", each = symrun.archives(), check = function () end]]


-- Loads a policy text; must fail with a sentence that holds `expected`.
local function wrong(text, expected)
  local folder = tiny.folder "rule"
  local status, out, err = tiny.run(folder,
    "local symrun = require 'symrun'\n" .. text)
  assert.equal(2, status)
  assert.equal("", out)
  assert.truthy(err:find(expected, 1, true), err)
  assert.falsy(err:find("stack traceback", 1, true), err)
end


describe("a rule", function ()
  it("with the fields it needs, and all it may have, is taken", function ()
    local folder = tiny.folder "rule"
    for _, more in ipairs { "", [[, with = { x = symrun.every(
        symrun.objects "**/*.o", "or none") },
        may_be_empty = false, story = "s",
        if_unknown = function () return "advice" end]] } do
      local status, out = tiny.run(folder, [[
        local symrun = require "symrun"
        symrun.rule "a/b.c_d-1" {]] .. good .. more .. "}")
      assert.equal(0, status)
      assert.truthy(out:find("^pass: 1 rule over %d files?"), out)
    end
  end)

  it("has fields of the right type", function ()
    local types = {
      about = { "5", "number", "string" }, story = { "{}", "table", "string" },
      each = { "'**/*.a'", "string", "selector" },
      check = { "'f'", "string", "function" },
      with = { "symrun.tree", "selector", "table" },
      may_be_empty = { "1", "number", "boolean" },
      if_unknown = { "'x'", "string", "function" },
    }
    for field, t in pairs(types) do
      wrong(("symrun.rule 'r' {%s, %s = %s}"):format(good, field, t[1]),
            ("rule.lua:2: field '%s' of rule \"r\" is a %s, and a %s is "
             .. "expected: "):format(field, t[2], t[3]))
    end
  end)

  it("lacks none that it needs", function ()
    for field, about in pairs { about = "one sentence", each = "what it is",
                                check = "decides and reports" } do
      wrong(("local t = {%s}\nt.%s = nil\nsymrun.rule 'r' (t)")
            :format(good, field),
            ("rule.lua:4: rule \"r\" lacks the field '%s': %s"):format(field,
                                                                        about))
    end
    wrong("symrun.rule 'r' {about = '', each = symrun.tree, "
          .. "check = function () end}", "rule \"r\" has an empty 'about'")
  end)

  it("has no other field, and is told the nearest", function ()
    wrong("symrun.rule 'r' {" .. good .. ",\n  may_be_emty = true}",
          "rule.lua:2: rule \"r\" has no field 'may_be_emty' (did you mean "
          .. "'may_be_empty'?); the fields are about, check, each,")
    wrong("symrun.rule 'r' {" .. good .. ", zzzzzzzz = 1}",
          "rule \"r\" has no field 'zzzzzzzz'; the fields are")
    wrong("symrun.rule 'r' {" .. good .. ", 'stray'}",
          "rule \"r\" has no field '1'; the fields are")
    wrong("symrun.rule 'r' {" .. good .. ", [true] = 1}",
          "rule \"r\" has no field 'true'; the fields are")
  end)

  it("has a good name, once", function ()
    for given, shown in pairs { ["'a b'"] = '"a b"', ["''"] = '""',
        ["'-a'"] = '"-a"', ["'a:b'"] = '"a:b"', ["{}"] = "a table",
        ["nil"] = "a nil", ["7"] = "a number" } do
      wrong("symrun.rule(" .. given .. ") {" .. good .. "}",
            "rule.lua:2: a rule's name is letters, digits, '-', '_', '.' and "
            .. "'/', not " .. shown)
    end
    wrong(("symrun.rule 'r' {%s}\n"):rep(2):format(good, good),
          "rule.lua:3: rule \"r\" is declared twice")
    wrong("local r = symrun.rule 'r'\nr {" .. good .. "}\nr {" .. good .. "}",
          "rule.lua:4: rule \"r\" is declared twice")
  end)

  it("is not just a name", function ()
    wrong("symrun.rule 'good' {" .. good .. "}\nsymrun.rule 'forgotten'",
          "rule.lua:3: rule \"forgotten\" has a name and no table of fields")
    wrong("symrun.rule 'r' 'text'", "rule.lua:2: rule \"r\" is declared with a "
          .. "table of fields, not a string")
  end)

  it("has selectors by name beside it", function ()
    wrong("symrun.rule 'r' {" .. good .. ", with = { lib = '**/*.a' }}",
          "rule.lua:2: with.lib of rule \"r\" is a string, and a selector is "
          .. "expected")
    wrong("symrun.rule 'r' {" .. good .. ", with = { symrun.tree }}",
          "rule.lua:2: with of rule \"r\" has the key 1, and a name is "
          .. "expected")
  end)

  it("names the line of a module that declares it", function ()
    local folder = tiny.folder "rule"
    helper.write(folder .. "/mod.lua",
                 "\n\nrequire 'symrun'.rule 'r' { abut = 'x' }")
    local status, _, err = tiny.run(folder, "require 'mod'")
    assert.equal(2, status)
    assert.truthy(err:find("mod.lua:3: rule \"r\" has no field 'abut' (did "
                           .. "you mean 'about'?)", 1, true), err)
  end)
end)


-- Declares parameters and reports the value of `p`: messages, status, stderr.
local function given(declared, ...)
  local folder = tiny.folder "given"
  tiny.policy(folder, [[
    local p = given.p
    report(subject, "%s", type(p) == "table" and #p .. " "
           .. table.concat(p, "|") or math.type(p) or type(p))
    report.note(subject, "%s", p)]], nil,
    "local given = symrun.parameters { p = " .. declared .. " }")
  local status, out, err = helper.symrun({ "rule.lua", ".", ... }, folder)
  return out:match "error: [^\n]*\n    ([^\n]*)", status, err,
         out:match "note: [^\n]*\n    ([^\n]*)"
end


describe("a parameter", function ()
  it("has its default", function ()
    assert.equal("string", given "{ 'a,b', 'about' }")
    assert.equal("2 a|b", given "{ { 'a', 'b' }, 'about' }")
    assert.equal("0", given "{ {}, 'about' }")
    assert.equal("boolean", given "{ false, 'about' }")
    assert.equal("integer", given "{ 7, 'about' }")
  end)

  it("takes a value of the default's type", function ()
    local function value(...)
      return (select(4, given(...)))
    end
    assert.equal("x=y,z", value("{ 'a', 'about' }", "-D", "p=x=y,z"))
    assert.equal("true", value("{ false, 'about' }", "-Dp=true"))
    assert.equal("false", value("{ true, 'about' }", "--define=p=false"))
    assert.equal("16", value("{ 7, 'about' }", "-D", "rule.p=0x10"))
    assert.equal("-3", value("{ 7, 'about' }", "--define", "p=-3"))
  end)

  it("that is a list takes commas, or -D again and then no commas", function ()
    local list = "{ { 'a' }, 'about' }"
    assert.equal("3 x|y|z", given(list, "-D", "p=x,y,z"))
    assert.equal("0", given(list, "-D", "p="))
    assert.equal("2 x,y|z", given(list, "-D", "p=x,y", "-D", "p=z"))
  end)

  it("is nearer with its file's name, whatever the order", function ()
    for _, words in ipairs { { "-Dp=far", "-Drule.p=near" },
                             { "-Drule.p=near", "-Dp=far" } } do
      assert.equal("near", (select(4, given("{ 'a', 'b' }",
                                            table.unpack(words)))))
    end
  end)

  it("refuses another type", function ()
    for _, case in ipairs {
      { "{ false, 'x' }", "maybe", "parameter 'p' is true or false, not "
        .. "'maybe'" },
      { "{ 7, 'x' }", "many", "parameter 'p' is a whole number, not 'many'" },
      { "{ 7, 'x' }", "1.5", "parameter 'p' is a whole number, not '1.5'" },
      { "{ 7, 'x' }", "", "parameter 'p' is a whole number, not ''" },
    } do
      local _, status, err = given(case[1], "-D", "p=" .. case[2])
      assert.equal(2, status)
      assert.truthy(err:find("rule.lua:2: " .. case[3], 1, true), err)
    end
    local _, status, err = given("{ 'a', 'x' }", "-Dp=1", "-Dp=2")
    assert.equal(2, status)
    assert.truthy(err:find("parameter 'p' is not a list, and was given 2 times",
                           1, true), err)
  end)

  it("that nobody declares is an error that lists those there are", function ()
    local _, status, err = given("{ 'a', 'what it is for' }", "-D", "q=1")
    assert.equal(2, status)
    assert.truthy(err:find("no rule file declares a parameter 'q'; there are\n"
                           .. "  rule.p  what it is for", 1, true), err)
    _, status = given("{ 'a', 'x' }", "-D", "other.p=1")
    assert.equal(2, status)
    local folder = tiny.folder "given"
    tiny.policy(folder, "")
    status, _, err = helper.symrun({ "-Dq=1", "rule.lua", "." }, folder)
    assert.equal(2, status)
    assert.truthy(err:find("'q', and none declares any", 1, true), err)
  end)

  it("is NAME=VALUE", function ()
    for _, word in ipairs { "p", "=x", "" } do
      local _, status, err = given("{ 'a', 'x' }", "-D", word)
      assert.equal(2, status)
      assert.truthy(err:find("-D takes [FILE.]NAME=VALUE", 1, true), err)
    end
  end)

  it("is declared with a default and a sentence", function ()
    for _, declared in ipairs { "'a'", "{ 'a' }", "{ nil, 'x' }", "{}" } do
      local _, status, err = given(declared)
      assert.equal(2, status)
      assert.truthy(err:find("rule.lua:2: parameter 'p' is declared as "
                             .. "{ default, \"what it is for\" }", 1, true),
                    err)
    end
    for declared, kind in pairs { ["{ 1.5, 'x' }"] = "number",
        ["{ print, 'x' }"] = "function", ["{ { 1 }, 'x' }"] = "table" } do
      local _, status, err = given(declared)
      assert.equal(2, status)
      assert.truthy(err:find("rule.lua:2: the default of parameter 'p' is a "
                             .. kind, 1, true), err)
    end
    wrong("symrun.parameters()", "rule.lua:2: parameters are declared with a "
          .. "table, not a nil")
  end)

  it("that was misspelled in the file is told", function ()
    wrong("local given = symrun.parameters { ext = { 'a', 'x' } }\n"
          .. "symrun.archives(given.exd)",
          "rule.lua:3: no parameter 'exd' is declared here")
  end)

  it("is told by --list no less than by a run", function ()
    local folder = tiny.folder "given"
    tiny.policy(folder, "")
    local status, out = helper.symrun({ "-Dq=1", "--list", "rule.lua" },
                                      folder)
    assert.equal(2, status)
    assert.equal("", out)
  end)
end)
