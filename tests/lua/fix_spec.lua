--- What --fix does to files: in place or as copies, all of them or none.

local fix = require "fix"
local helper = require "helper"
local tiny = require "tiny"


local function sh(path, command)
  return helper.must({ "sh", "-c", command }, path)
end

local function members(path, name)
  return sh(path, "ar t " .. name):gsub("\n", " "):gsub(" $", "")
end

-- What a run says, without the ends of its lines.
local function said(out) return (out:gsub("%s+", " ")) end

local function rule(text)
  return [[local symrun = require "symrun"
]] .. text
end

-- A rule that asks `body` of each archive.
local function asks(name, body)
  return ([[symrun.rule "%s" {
    about = "asks", each = symrun.archives(),
    check = function (archive, report) %s end,
  }
  ]]):format(name, body)
end


describe("--fix", function ()
  it("mends what rules find, says so, and then finds nothing", function ()
    local path = fix.folder "fix"
    local status, out, err = fix.run(path)
    assert.equal(0, status)
    assert.equal("", err)
    assert.truthy(out:find("error: mine/index: one/libx.a\n"
      .. "    hides f_a and f_b\n    mended: libx.a: the index was written "
      .. "anew", 1, true), out)
    assert.truthy(out:find("pass: 6 errors, 6 mended; ", 1, true), out)
    assert.equal("a.o", members(path, "one/libx.a"))
    assert.equal("a.o c.o", members(path, "two/libz.a"))
    assert.truthy(sh(path, "nm -s two/libz.a"):find("f_c in c.o", 1, true))
    assert.same({}, fix.left(path))
    local before = sh(path, "ls -l --time-style=full-iso -i one two")
    status, out = fix.run(path)
    assert.equal(0, status)
    assert.falsy(out:find("mended", 1, true))
    assert.equal(before, sh(path, "ls -l --time-style=full-iso -i one two"))
  end)

  it("leaves bytes that no edit is about as they were", function ()
    local path = fix.folder "fix"
    fix.run(path)
    sh(path, "mkdir x && cd x && ar x ../two/libz.a && cmp a.o ../src/a.o "
             .. "&& cmp c.o ../src/c.o")
  end)

  it("tells JSON what was applied", function ()
    local path = fix.folder "fix"
    local plan, status = tiny.plan(path, fix.words)
    assert.equal(0, status)
    assert.equal("pass", plan.verdict)
    assert.equal(6, #plan.edits)
    for _, edit in ipairs(plan.edits) do assert.is_true(edit.applied) end
    assert.equal("drop", plan.edits[4].op)
    assert.same({ index = 2, name = "b.o" }, plan.edits[4].member)
  end)

  it("keeps what has no edit to it as a finding", function ()
    local path = fix.folder "fix"
    helper.write(path .. "/rule.lua", fix.policy .. asks("mine/other",
      "if archive:defines 'f_c' then report(archive, 'has f_c') end"))
    local status, out = fix.run(path)
    assert.equal(1, status)
    assert.truthy(out:find("\nfail: 8 errors, 6 mended; ", 1, true), out)
  end)

  it("writes nothing where anything is unknown", function ()
    local path = fix.folder "fix"
    local bytes = helper.read(path .. "/one/liby.a")
    helper.write(path .. "/one/liby.a", bytes:sub(1, #bytes - 40))
    local before = sh(path, "cat one/* two/* | md5sum")
    local status, _, err = fix.run(path)
    assert.equal(2, status)
    assert.truthy(err:find("nothing was mended", 1, true), err)
    assert.equal(before, sh(path, "cat one/* two/* | md5sum"))
  end)

  it("follows a symbolic link, which stays, and keeps the mode", function ()
    local path = fix.folder "fix"
    sh(path, "mv one/libx.a src/real.a; ln -s ../src/real.a one/libx.a; "
             .. "chmod 640 src/real.a; rm one/liby.a two/libz.a")
    local status, out = helper.symrun({ "--fix", "rule.lua", "one/libx.a" },
                                      path)
    assert.equal(0, status, out)
    assert.equal("a.o", members(path, "src/real.a"))
    assert.equal("../src/real.a\n", sh(path, "readlink one/libx.a"))
    assert.equal("640\n", sh(path, "stat -c %a src/real.a"))
    assert.equal("", sh(path, "ls -A src | grep symrun || true"))
  end)

  it("tells the further names of a file, and of cargo's", function ()
    local path = fix.folder "fix"
    sh(path, "mkdir one/deps; ln one/libx.a one/deps/libx-12ab.a")
    local status, _, err = helper.symrun({ "--fix", "rule.lua", "one/libx.a" },
                                         path)
    assert.equal(0, status)
    assert.truthy(err:find("one/deps/libx-12ab.a", 1, true), err)
    assert.truthy(err:find("cargo may lay", 1, true), err)
    assert.equal("a.o b.o", members(path, "one/deps/libx-12ab.a"))
  end)

  it("writes nothing when a file changes while rules look", function ()
    local path = fix.folder "fix"
    local before = helper.read(path .. "/two/libz.a")
    local call
    for _, one in ipairs(fix.calls(path)) do
      if one.name == "fsync" then call = one break end
    end
    fix.restore(path, { ["one/libx.a"] = before, ["one/liby.a"] = before,
                        ["two/libz.a"] = before })
    before = helper.read(path .. "/one/libx.a")
    local line = helper.line { "strace", "-o", "/dev/null", "-e",
      "trace=fsync", "-e", ("inject=fsync:delay_enter=600000:when=%d"):format(
      call.nth), helper.tool, table.unpack(fix.words) }
    local status, out = helper.run({ "sh", "-c", line .. " & sleep 0.3; "
      .. "touch two/libz.a; wait $!" }, path)
    assert.equal(2, status, out)
    assert.truthy(said(out):find "symrun/fix .*libz.a.* changed ", out)
    assert.equal(before, helper.read(path .. "/one/libx.a"))
    assert.same({}, fix.left(path))
  end)

  it("changes nothing where a folder cannot be written", function ()
    local path = fix.folder "fix"
    local before = sh(path, "cat one/* two/* | md5sum")
    sh(path, "chmod 555 two")
    local words = { helper.tool, table.unpack(fix.words) }
    if sh(path, "id -u") == "0\n" then  -- who may write everywhere
      words = { "setpriv", "--bounding-set=-dac_override", table.unpack(words) }
    end
    local status, out = helper.run(words, path)
    sh(path, "chmod 755 two")
    assert.equal(2, status)
    assert.truthy(said(out):find("two/libz.a cannot be written: Permission "
                                 .. "denied", 1, true), out)
    assert.equal(before, sh(path, "cat one/* two/* | md5sum"))
    assert.same({}, fix.left(path))
  end)

  it("mends a thousand archives", function ()
    local path = fix.folder "fix"
    sh(path, "mkdir many; for i in $(seq 1000); do "
             .. "cp one/libx.a many/lib$i.a; done")
    local status, out = helper.symrun({ "--fix", "-q", "rule.lua", "many" },
                                      path)
    assert.equal(0, status, out:sub(-300))
    assert.equal("1\n", sh(path, "cksum < many/lib1.a > x; for i in many/*; do "
      .. "cksum < $i; done | sort -u | wc -l"))
    assert.equal("a.o", members(path, "many/lib777.a"))
  end)

  it("is not for a link line, and not with --into", function ()
    local path = fix.folder "fix"
    local status, _, err = helper.symrun({ "--fix", "rule.lua", "--", "gcc",
                                           "one/libx.a" }, path)
    assert.equal(2, status)
    assert.truthy(err:find("inputs stay as they are", 1, true), err)
    status = helper.symrun({ "--fix", "--into", "x", "rule.lua", "one" }, path)
    assert.equal(2, status)
  end)
end)


describe("--into", function ()
  it("makes copies of what changes, and leaves the rest alone", function ()
    local path = fix.folder "fix"
    local before = sh(path, "cat one/* two/* | md5sum")
    local status, out = helper.symrun({ "--into", "new/er", "rule.lua", "one" },
                                      path)
    assert.equal(0, status, out)
    assert.equal("libx.a\nliby.a\n", sh(path, "ls -A new/er"))
    assert.equal("a.o", members(path, "new/er/libx.a"))
    assert.equal(before, sh(path, "cat one/* two/* | md5sum"))
  end)

  it("does not write over the files themselves, nor two into one", function ()
    local path = fix.folder "fix"
    local status, out = helper.symrun({ "--into", "one", "rule.lua", "one" },
                                      path)
    assert.equal(2, status)
    assert.truthy(said(out):find("is the file itself", 1, true), out)
    sh(path, "cp one/libx.a two/libx.a")
    status, out = helper.symrun({ "--into", "new", "rule.lua", "one", "two" },
                                path)
    assert.equal(2, status)
    assert.truthy(said(out):find("is to be written twice", 1, true), out)
    assert.equal("", sh(path, "ls -A new"))
  end)
end)


describe("rules that contradict each other", function ()
  local cases = {
    ["a drop and an edit of the member"] = {
      "for m in archive:members 'a.o':each() do report(m, 'x'):fix(m:drop()) "
      .. "end",
      "for m in archive:members 'a.o':each() do "
      .. "report(m, 'x'):fix(m:localize 'f_a') end",
      "mine/one wants to drop in libx.a(a.o), and mine/two to localize it" },
    ["two renames"] = {
      "report(archive, 'x'):fix(archive:rename('f_a', 'g'))",
      "report(archive, 'x'):fix(archive:rename('f_a', 'h'))",
      "mine/one wants to rename f_a in libx.a one way, and mine/two another "
      .. "way" },
    ["global and local"] = {
      "report(archive, 'x'):fix(archive:globalize { 'f_b', 'f_a' })",
      "for m in archive:members():each() do "
      .. "report(m, 'x'):fix(m:localize 'f_a') end",
      "mine/one wants to globalize f_a in libx.a(a.o), and mine/two to "
      .. "localize it" },
    ["what is kept and what is not"] = {
      "report(archive, 'x'):fix(archive:keep_only 'f_a')",
      "report(archive, 'x'):fix(archive:localize 'f_a')",
      "mine/one wants to keep_only f_a in libx.a, and mine/two to localize "
      .. "it" },
    ["two orders"] = {
      "local l = {} for m in archive:members():each() do l[#l + 1] = m end "
      .. "report(archive, 'x'):fix(archive:order(l))",
      "local l = {} for m in archive:members():each() do "
      .. "table.insert(l, 1, m) end report(archive, 'x')"
      .. ":fix(archive:order(l))",
      "mine/one wants to order in libx.a one way, and mine/two another way" },
  }
  for name, case in pairs(cases) do
    it("end with status 2 and both names: " .. name, function ()
      local path = fix.folder "fix"
      local before = sh(path, "md5sum one/*")
      helper.write(path .. "/rule.lua", rule(asks("mine/one", case[1])
                                             .. asks("mine/two", case[2])))
      for _, option in ipairs { "--fix", "-v" } do
        local status, out = helper.symrun({ option, "rule.lua",
                                            "one/libx.a" }, path)
        assert.equal(2, status)
        assert.truthy(out:gsub("%s+", " "):find(case[3], 1, true), out)
      end
      assert.equal(before, sh(path, "md5sum one/*"))
    end)
  end

  it("do not, where they say the same", function ()
    local path = fix.folder "fix"
    local body = "for m in archive:members 'a.o':each() do "
                 .. "report(m, 'x'):fix(m:drop()) end"
    helper.write(path .. "/rule.lua", rule(asks("mine/one", body)
                                           .. asks("mine/two", body)))
    local status, out = helper.symrun({ "--fix", "rule.lua", "one/libx.a" },
                                      path)
    assert.equal(0, status, out)
    assert.equal("b.o", members(path, "one/libx.a"))
  end)
end)


describe("an edit", function ()
  it("is checked where a rule asks for it", function ()
    for body, sentence in pairs {
      ["archive:drop()"] = "member, members or pattern",
      ["archive:localize()"] = "name, list of names, or names",
      ["archive:localize('f', { force = true })"] = "has no option 'force'",
      ["archive:rename('f', '')"] = "is no name",
      ["archive:order { 'a.o' }"] = "is no list of members",
      ["{ op = 'burn', subject = archive }"] = "there is no edit 'burn'",
      ["archive:localize { 1 }"] = "an edit takes names, not a number",
      ["archive:localize ''"] = "one is empty",
    } do
      local says, status = tiny.says("local archive = subject "
                                     .. "report(subject, 'x'):fix(" .. body
                                     .. ")")
      assert.equal(2, status)
      assert.truthy(table.concat(says, "\n"):find(sentence, 1, true),
                    body .. ": " .. table.concat(says, "\n"))
    end
  end)

  it("that is refused changes nothing anywhere", function ()
    local path = fix.folder "fix"
    local before = sh(path, "cat one/* two/* | md5sum")
    helper.write(path .. "/rule.lua", fix.policy .. asks("mine/gone",
      "report(archive, 'x'):fix(archive:localize 'nobody')"))
    local plan, status = tiny.plan(path, fix.words)
    assert.equal(2, status)
    assert.equal("unknown", plan.verdict)
    local last = plan.findings[#plan.findings]
    assert.equal("symrun/fix", last.rule)
    assert.equal("mine/gone: libx.a: no symbol nobody is defined here; edits "
                 .. "take exact names", last.message)
    for _, edit in ipairs(plan.edits) do assert.is_false(edit.applied) end
    assert.equal(before, sh(path, "cat one/* two/* | md5sum"))
    assert.same({}, fix.left(path))
  end)
end)


describe("a line", function ()
  local function linked(words)
    local path = fix.folder "fix"
    helper.cc(path, "m", "int f_a(void); int main(void){return f_a() - 1;}")
    local before = sh(path, "cat one/* | md5sum")
    local status, out, err = helper.symrun(words, path)
    assert.equal(before, sh(path, "cat one/* | md5sum"))
    return path, status, out, err
  end

  it("is linked with mended copies, and inputs stay", function ()
    for _, input in ipairs { "one/libx.a", "-lx" } do
      for _, verb in ipairs { { "rule.lua", "--run", "--" },
                              { "ld", "--rules", "rule.lua" } } do
        local words = { table.unpack(verb) }
        for _, word in ipairs { "gcc", "m.o", "-Lone", input, "-o", "m",
                                "-Wl,-Map=map" } do words[#words + 1] = word end
        local path, status, _, err = linked(words)
        assert.equal(0, status, err)
        sh(path, "./m")
        assert.truthy(err:find("is linked as mine/index, mine/no-b want it", 1,
                               true), err)
        assert.truthy(sh(path, "cat map"):find("mended-1/libx.a(a.o)", 1, true))
      end
    end
  end)

  it("names copies beside its output when it is only printed", function ()
    local path, status, out = linked { "--format", "argv", "rule.lua", "--",
      "gcc", "m.o", "-Lone", "-lx", "-o", "m" }
    assert.equal(1, status)
    assert.equal("gcc\nm.o\n-Lone\nm.symrun/mended-1/libx.a\n-o\nm\n", out)
    assert.equal("a.o", members(path, "m.symrun/mended-1/libx.a"))
  end)
end)
