--- rules/perry.lua over link lines of archives that cargo really builds: the
--- captured line of a right build holds, and a harmed one blames who is wrong.

local helper = require "helper"
local json = require "dkjson"

local example = helper.top .. "/examples/perry"
local rules = helper.top .. "/rules/perry.lua"
local bin = helper.tool:match "^(.*)/[^/]*$"
local mine = "perry/line-*"


local function plan_of(words, folder)
  local status, out, err = helper.symrun({ "--format", "json", "--select", mine,
                                           rules, table.unpack(words) }, folder)
  local plan = assert(json.decode(out, 1, nil), out .. err)
  local lines = {}
  for i, f in ipairs(plan.findings) do
    lines[i] = ("%s %s %s: %s"):format(f.state == "unknown" and "unknown"
      or f.level, f.rule:match "/(.*)", f.file and f.file:match "[^/]*$"
      or f.link and f.link.word or "-", f.message)
  end
  return lines, status, plan
end


local function made(name)
  local folder = helper.folder(name)
  helper.must { example .. "/build.sh", name, folder }
  return folder
end


local http, events, zlib, stdlib = "release/libperry_ext_http.a",
  "release/libperry_ext_events.a", "release/libperry_ext_zlib.a",
  "release/libperry_stdlib.a"

-- A line over a tree, with what stands for the archives in this order.
local function line(tree, ...)
  local words = { tree, "--", "cc", "-o", "app", "app.o" }
  for _, word in ipairs { ... } do words[#words + 1] = word end
  return table.move({ "-lpthread", "-ldl", "-lm" }, 1, 3, #words + 1, words)
end


describe("the line of a right tree", function ()
  local tree, captures

  setup(function ()
    tree = made "thin"
    captures = tree .. "/captures"
    helper.must({ "env", "CC=" .. bin .. "/symrun-cc",
                  "SYMRUN_CAPTURE=" .. captures, example .. "/link.sh", tree })
  end)
  teardown(function () helper.must { "rm", "-rf", tree } end)

  local function captured()
    return helper.must({ "ls", captures }):match "%S+"
  end

  local function says(...)
    return (plan_of(line(".", ...), tree))
  end

  it("holds as it was captured", function ()
    local lines, status, plan = plan_of { tree, captures .. "/" .. captured() }
    assert.same({}, lines)
    assert.equal(0, status)
    assert.equal(3, plan.checked.rules)
    assert.is_true(plan.checked.symbols > 20000)
  end)

  it("holds without the tree beside it", function ()
    assert.same({}, (plan_of { captures .. "/" .. captured() }))
  end)

  it("holds while the linker is stood in for", function ()
    helper.must({ "rm", "-f", tree .. "/app" })
    local out = helper.must({ "env", "CC=" .. bin .. "/symrun-cc",
      "SYMRUN_RULES=" .. rules, example .. "/link.sh", tree })
    assert.equal("dispatch=1 server=4208080 status=200 gzip=294 heard=2 "
                 .. "state=42\n", out)
  end)

  it("holds in other orders that are right", function ()
    assert.same({}, says(zlib, http, events, stdlib))
    assert.same({}, says("-Lrelease", "-lperry_ext_zlib", "-lperry_ext_http",
                         "-lperry_ext_events", "-lperry_stdlib"))
    helper.write(tree .. "/rest", table.concat({ events, zlib, http, stdlib },
                                               "\n"))
    assert.same({}, says "@rest")
  end)

  it("that lacks an archive names it", function ()
    for _, lost in ipairs { http, events, zlib, stdlib } do
      local words = {}
      for _, each in ipairs { http, events, zlib, stdlib } do
        if each ~= lost then words[#words + 1] = each end
      end
      local lines = says(table.unpack(words))
      local name = lost:match "[^/]*$"
      assert.equal(1, #lines, table.concat(lines, "\n"))
      assert.truthy(lines[1]:find("error line-is-complete " .. name
        .. ": is not on the line, and app.o wants its js_", 1, true), lines[1])
    end
  end)

  it("that has one twice names it", function ()
    assert.same({ "error line-is-complete libperry_ext_http.a: is on the line "
                  .. "twice, and nothing between wants names of it" },
                says(http, http, events, zlib, stdlib))
    helper.must({ "cp", http, "libperry_ext_http.a" }, tree)
    local lines = says(http, events, zlib, stdlib, "libperry_ext_http.a")
    helper.must({ "rm", "libperry_ext_http.a" }, tree)
    assert.same({ "error line-is-complete libperry_ext_http.a: is on the line "
                  .. "twice, the other time as " .. http }, lines)
  end)

  it("with the archives before the program names them", function ()
    local lines, _, plan = plan_of({ ".", "--", "cc", "-o", "app", http, events,
                                     zlib, stdlib, "app.o", "-lm" }, tree)
    for i, one in ipairs {
      { "ext_events", "js_events_emit, js_events_on are" },
      { "ext_http", "js_node_http_create_server, js_node_http_status are" },
      { "ext_zlib", "js_zlib_gzip_sync is" },
      { "stdlib", "js_http_init_dispatch is" } } do
      assert.equal(("error line-gives-owners libperry_%s.a: is on the line, "
        .. "and its %s wanted and not taken"):format(table.unpack(one)),
        lines[i])
    end
    assert.equal(4, #lines)
    local order = table.concat({ http, events, zlib, stdlib }, ", ")
    assert.equal("put them behind the other inputs, in this order: "
                 .. order:gsub("release/", ""), plan.findings[1].hint)
    -- and that is what ld has to say of it, and lld does not
    local words = { "cc", "-o", "app", http, events, zlib, stdlib, "app.o",
                    "-lpthread", "-ldl", "-lm" }
    local status, _, err = helper.run(words, tree)
    assert.is_true(status ~= 0 and err:find "undefined reference" ~= nil)
    table.insert(words, "-fuse-ld=lld")
    helper.must(words, tree)
    assert.same({}, (plan_of({ ".", "--", table.unpack(words) }, tree)))
  end)

  it("that hides what is missing is told, word by word", function ()
    local lines, _, plan = plan_of(line(".", http, events,
      "-Wl,--gc-sections,--warn-unresolved-symbols", zlib, stdlib), tree)
    assert.same({ "error line-hides-nothing 6: word 6, "
                  .. "--warn-unresolved-symbols: must not be on the line" },
                lines)
    assert.equal("app", plan.findings[1].link.output)
    assert.equal("drop --warn-unresolved-symbols", plan.edits[1].link.change)
  end)

  it("of which something cannot be read is unknown", function ()
    for word, why in pairs {
      ["@gone"] = "the response file gone cannot be opened: No such file or "
                  .. "directory",
      ["libgone.a"] = "the input libgone.a is not there",
      ["-lgone"] = "the library -lgone is in no folder of the line, and in "
                   .. "none of the system's",
    } do
      local lines, status = plan_of(line(".", http, events, zlib, stdlib, word),
                                    tree)
      assert.equal(2, status)
      for i, name in ipairs { "line-is-complete", "line-gives-owners" } do
        assert.equal(("unknown %s -: %s"):format(name, why), lines[i])
      end
    end
  end)
end)


describe("the line of a wrong tree", function ()
  it("blames the stub that comes first", function ()
    local tree = made "shadow"
    local lines = plan_of(line(".", http, events, zlib, stdlib), tree)
    assert.equal(1, #lines)
    assert.equal("error line-gives-owners libperry_ext_http.a: gives "
      .. "js_fetch_start, js_http_init_dispatch, js_timer_next, which "
      .. "libperry_stdlib.a owns", lines[1])
    -- the stubs are not taken where the standard library comes before
    assert.same({}, (plan_of(line(".", events, zlib, stdlib, http), tree)))
    helper.must { "rm", "-rf", tree }
  end)

  it("blames the old copy that comes first", function ()
    local tree = made "gap"
    local lines = plan_of(line(".", stdlib, http, events, zlib), tree)
    assert.equal(1, #lines, table.concat(lines, "\n"))
    assert.equal("error line-gives-owners libperry_stdlib.a: gives "
      .. "js_zlib_gzip_sync, which libperry_ext_zlib.a owns", lines[1])
    assert.same({}, (plan_of(line(".", http, events, zlib, stdlib), tree)))
    helper.must { "rm", "-rf", tree }
  end)
end)


describe("who gives a name", function ()
  local tree = helper.folder "perry-owners"
  helper.must { helper.top .. "/examples/demo.sh", tree, "c" }
  tree = tree .. "/c"
  helper.cc(tree, "wants", "int js_http_init_dispatch(void);\n"
            .. "int js_early(void) { return js_http_init_dispatch(); }")
  helper.cc(tree, "needs", "int js_http_serve(void); int js_early(void);\n"
            .. "#include <stdio.h>\nint main(void) { js_early();\n"
            .. "printf(\"dispatch=%d\\n\", js_http_serve()); return 0; }")
  helper.must({ "ar", "rcs", "libearly.a", "wants.o" }, tree)
  local ext, lib = "libperry_ext_http.a", "libperry_stdlib.a"
  local lines = {
    { "app.o", ext, lib }, { "app.o", lib, ext }, { "app.o", lib, ext, lib },
    { "app.o", "wants.o", lib, ext }, { "wants.o", ext, "app.o", lib, ext },
    { "needs.o", "libearly.a", lib, ext },
    { "needs.o", lib, ext, "libearly.a" },
    { "needs.o", ext, lib, "libearly.a" },
    { "app.o", "-Wl,--start-group", lib, ext, "-Wl,--end-group" },
    { "app.o", "-Wl,--start-group", ext, lib, "-Wl,--end-group" },
    { "app.o", "-Wl,-u,js_http_init_dispatch", lib, ext },
    { "-Wl,--whole-archive", lib, "-Wl,--no-whole-archive", "app.o", ext },
  }

  -- What the rule says of a line, and what is linked then.
  local function asked(words, linker)
    local all = { "gcc", "-o", "app", table.unpack(words) }
    if linker then all[#all + 1] = "-fuse-ld=" .. linker end
    local status, out, err = helper.symrun({ "--format", "json", "--select",
      "perry/line-gives-owners", rules, "--", table.unpack(all) }, tree)
    local plan = assert(json.decode(out, 1, nil), out .. err)
    return status, plan.findings[1], all
  end

  local function dispatch(all)
    helper.must(all, tree)
    return helper.must({ "./app" }, tree):match "dispatch=(%d)"
  end

  -- What the program says when it is linked as the hint has it: in an order, or
  -- with a name hidden.
  local function cured(all, hint)
    hint = hint:gsub("; or build it without the stubs.*", "")
    local words, order = {}, {}
    for name in (hint:match "in this order: (.*)" or ""):gmatch "[^, ]+" do
      order[#order + 1] = name
    end
    local name, file = hint:match "hide (%S+) in ([%w_.]+)"
    for i, word in ipairs(all) do
      words[i] = word:find "%.a$" and #order > 0
                 and table.remove(order, 1) or word
      if words[i] == file then words[i] = "hidden.a" end
    end
    if name then
      helper.must({ "objcopy", "-L", name, file, "hidden.a" }, tree)
    end
    return dispatch(words)
  end

  for _, linker in ipairs { "bfd", "gold", "lld", "mold" } do
    it("is told as " .. linker .. " has it", function ()
      for _, words in ipairs(lines) do
        local status, finding, all = asked(words, linker)
        local text = table.concat(all, " ")
        assert.equal(dispatch(all) == "0" and 1 or 0, status, text)
        if status == 1 then
          assert.equal("gives js_http_init_dispatch, which libperry_stdlib.a "
                       .. "owns", finding.message, text)
          assert.equal("1", cured(all, finding.hint), text)
        end
      end
    end)
  end

  it("is unknown where that depends on the linker", function ()
    -- a driver that is not on this machine: which linker it calls nobody knows
    local function asked_of_any(words)
      local status, out = helper.symrun({ "--format", "json", "--select",
        "perry/line-gives-owners", rules, "--", "mips-linux-gnu-gcc", "-o",
        "app", table.unpack(words) }, tree)
      return status, assert(json.decode(out, 1, nil), out).findings[1]
    end
    local status, finding = asked_of_any { "app.o", lib, ext }
    assert.equal(2, status)
    assert.equal("unknown", finding.state)
    assert.equal("bfd has js_http_init_dispatch from libperry_ext_http.a("
      .. "perry_runtime-7.o), lld from libperry_stdlib.a(real.o), and the line "
      .. "does not say which of them reads it", finding.message)
    assert.equal(0, (asked_of_any { "app.o", "wants.o", lib, ext }))
    assert.equal(0, (asked_of_any { "app.o", "-Wl,-u,js_http_init_dispatch",
                                    lib, ext }))
    -- here all of them are wrong, and what helps must help with each
    status, finding = asked_of_any { "app.o", ext, lib }
    assert.equal(1, status)
    assert.truthy(finding.hint:find("hide js_http_init_dispatch in "
                                    .. "libperry_ext_http.a", 1, true))
    status, finding = asked_of_any { "app.o", "wants.o", ext, lib }
    assert.equal(1, status)
    assert.equal("put them in this order: libperry_stdlib.a, "
                 .. "libperry_ext_http.a", finding.hint:match "^[^;]*")
    for _, linker in ipairs { "bfd", "gold", "lld", "mold" } do
      assert.equal("1", cured({ "gcc", "-o", "app", "-fuse-ld=" .. linker,
                                "app.o", ext, lib },
                              "hide js_http_init_dispatch in " .. ext))
    end
  end)
end)
