--- Law 1 where lists are given and bytes are read: members, places, digests,
--- text, and what stands in a tree.

local helper = require "helper"
local json = require "dkjson"
local law = require "law"
local make = require "make"

local gaps, rule, run = law.gaps, law.rule, law.run
local messages, names = law.messages, law.names
local a, b = law.a, law.b


describe("a digest of what cannot be read", function ()
  local thin = make.ar { thin = true, { "gone.o", a } }

  it("is unknown of a member", function ()
    for _, body in ipairs {
      [[for m in archive:members():each() do pcall(m.digest, m) end]],
      [[for m in archive:members():each() do
          if m:digest() ~= "" then report(m, "told") end
        end]],
    } do
      local status, report = run({ ["lib.a"] = thin }, rule(body))
      assert.equal(2, status)
      assert.same({ "unknown" }, messages(report))
      assert.is_true(names(report, "lib.a", "gone.o"))
    end
  end)

  it("is unknown of a file", function ()
    for _, bytes in ipairs { "\x7fELF", a:sub(1, 40) } do
      local status, report = run({ ["x.o"] = bytes }, [[
local symrun = require "symrun"
symrun.rule "spec/digest" { about = "asks", each = symrun.files "*.o",
  check = function (file, report)
    pcall(function () report(file, "is %s", file:digest()) end)
  end }]])
      assert.equal(2, status)
      assert.same({ "unknown" }, messages(report))
      assert.is_true(names(report, "x.o"))
    end
  end)
end)


describe("an archive that is cut", function ()
  local cut = gaps["cut archive"][1]

  it("is told by a rule that stops at its first member", function ()
    for _, body in ipairs {
      [[for _ in archive:members():each() do break end]],
      [[assert(not archive:members "a*":empty())]],
      [[archive:members()]],
    } do
      local status, report = run({ ["lib.a"] = cut }, rule(body))
      assert.equal(2, status, body)
      assert.is_true(names(report, "lib.a"), body)
    end
  end)

  it("has no number of members, and no last one", function ()
    for _, body in ipairs {
      [[if #archive:members() < 9 then report(archive, "few") end]],
      [[for _ in archive:members():each() do end report(archive, "all")]],
      [[if archive:members "z*":empty() then report(archive, "none") end]],
      [[pcall(function () if #archive:members() < 9 then
          report(archive, "few") end end)]],
    } do
      local status, report = run({ ["lib.a"] = cut }, rule(body))
      assert.equal(2, status, body)
      assert.same({ "unknown" }, messages(report), body)
    end
  end)
end)


describe("places", function ()
  local bytes = gaps.bitcode[1]

  it("that may not be all make the evaluation unknown", function ()
    for _, set in ipairs {
      [[archive:defined()]],
      [[archive:defined "js_*"]],
      [[archive:defined() * archive:members "a.o":defined()]],
      [[archive:defined() + archive:members "a.o":defined()]],
      [[archive:defined() - archive:members "b.o":defined()]],
    } do
      local status, report = run({ ["lib.a"] = bytes }, rule(([[
        local set = %s
        pcall(function ()
          if #set:places "js_a" > 1 then report(archive, "twice") end
        end)]]):format(set)))
      assert.equal(2, status, set)
      assert.same({ "unknown" }, messages(report), set)
      assert.is_true(names(report, "lib.a", "bit.o"), set)
    end
  end)

  it("that are all are given", function ()
    for _, set in ipairs {
      [[archive:members "?.o":defined()]],
      [[archive:defined "o*"]],
      [[archive:members "a.o":defined() * archive:defined()]],
    } do
      assert.equal(0, (run({ ["lib.a"] = bytes },
        rule(("assert(#(%s):places 'js_a' < 2)"):format(set)))), set)
    end
  end)

  it("of a member's names are not denied after '*'", function ()
    local status, report = run({ ["lib.a"] = gaps["cut table"][1] }, rule [[
      local known = archive:members "[ab].o":defined()
      pcall(function ()
        for m, names in (archive:defined() * known):by_member() do
          report.note(m, "%s", names)
        end
        report(archive, "all")
      end)]])
    assert.equal(2, status)
    for _, message in ipairs(messages(report)) do
      assert.are_not.equal("all", message)
    end
  end)
end)


describe("a symbol of a binding that nobody knows", function ()
  local odd = make.elf { symbols = {
    { name = "js_a", section = ".text", bind = 7 },
    { name = "js_b", section = ".text", bind = "global" },
  } }

  it("is named where an answer depends on it", function ()
    local status, report = run({ ["lib.a"] = make.ar { { "odd.o", odd } } },
      rule [[pcall(function ()
        if not archive:defines "js_a" then report(archive, "lacks") end
      end)]])
    assert.equal(2, status)
    assert.equal(1, #report.findings)
    local f = report.findings[1]
    assert.equal("odd.o", f.member.name)
    assert.equal("symbol", f.unknown.field)
    assert.truthy(f.message:find("js_a", 1, true), f.message)
  end)

  it("leaves other names as they are", function ()
    assert.equal(0, (run({ ["lib.a"] = make.ar { { "odd.o", odd } } },
      rule [[
        pcall(archive.defines, archive, "none")
        assert(archive:defines "js_b" and not archive:defines "none")
        assert(archive:defined "js_b" == archive:defined "js_b")]])))
  end)
end)


describe("text", function ()
  it("is not cut where a look at it ends", function ()
    local function with(length, left)
      local word = ("x"):rep(length)
      return make.ar { { "t", ("\0"):rep((1 << 20) - left) .. "stamp=" .. word
                         .. ("\0"):rep(9000) } }, word
    end
    for _, case in ipairs { { 5000, 4200, 2 }, { 4000, 4200, 0 },
                            { 4000, 3000, 0 }, { 6000, 6006, 2 } } do
      local bytes, word = with(case[1], case[2])
      local status, report = run({ ["lib.a"] = bytes }, rule(([[
        local words = archive:text_after "stamp="
        assert(words:has(("x"):rep(%d)))]]):format(#word)))
      assert.equal(case[3], status, case[1] .. " " .. case[2])
      if status == 2 then assert.is_true(names(report, "lib.a", "t")) end
    end
  end)
end)


describe("a question about the tree", function ()
  local policy = [[
local symrun = require "symrun"
symrun.rule "spec/tree" { about = "asks", each = symrun.tree,
  check = function (tree, report)
    pcall(function ()
      if not tree:defines "none" then report(tree, "lacks it") end
    end)
  end }]]

  local function with(line)
    local folder = helper.folder "law"
    helper.must({ "mkdir", "tree" }, folder)
    helper.write(folder .. "/policy.lua", policy)
    helper.write(folder .. "/tree/a.o", a)
    helper.write(folder .. "/outside.o", b)
    helper.must({ "sh", "-c", line }, folder .. "/tree")
    local status, out = helper.symrun({ "--format", "json", "policy.lua",
                                        "tree" }, folder)
    return status, json.decode(out)
  end

  for name, line in pairs {
    ["a linker script"] = "echo 'GROUP ( /lib/libc.so.6 )' >x.so",
    ["a .tbd"] = "echo '--- !tapi-tbd' >x.so",
    ["a dangling link"] = "ln -s none x.so",
    ["a link to outside"] = "ln -s ../outside.o x.so",
  } do
    it("has no answer beside " .. name, function ()
      local status, report = with(line)
      assert.equal(2, status)
      assert.equal(1, #report.findings)
      assert.is_true(names(report, "x.so"))
      assert.truthy(report.findings[1].hint:find("--exclude 'x.so'", 1, true))
    end)
  end

  it("passes by what no linker reads", function ()
    local status, report = with [[echo text >x.txt && mkfifo fifo &&
      ln -s . self && ln -s fifo tofifo && ln -s "$PWD/a.o" absolute.o]]
    assert.same({ "lacks it" }, messages(report))
    assert.equal(1, status)
  end)
end)


describe("a file that is named like an object and is none", function ()
  local function verdict(line)
    local folder = helper.folder "named"
    helper.cc(folder, "a", "int f(void) { return 1; }")
    helper.must({ "sh", "-c", line }, folder)
    local status, out = helper.symrun({ "-q", "resolved.lua", "." }, folder)
    return status, out
  end

  for name, line in pairs {
    ["empty"] = ": >b.o", ["of a few bytes"] = "printf abc >b.o",
    ["an empty archive file"] = ": >libb.a",
    ["a versioned library of zeros"] = "head -c 4096 /dev/zero >libb.so.1.2",
    ["a fifo"] = "mkfifo b.o",
  } do
    it("is unknown: " .. name, function ()
      local status, out = verdict(line)
      assert.equal(2, status)
      assert.truthy(out:find "^unknown: resolved/all%-defined: l?i?bb?%.")
    end)
  end

  it("and others are passed by", function ()
    local status, out = verdict(": >b.d; echo x >notes.so.txt; : >lock")
    assert.equal("", out)
    assert.equal(0, status)
  end)
end)


describe("what has several names", function ()
  it("is found by each of them", function ()
    local folder = helper.folder "aliases"
    helper.cc(folder, "has", "int f(void) { return 1; }")
    helper.must({ "sh", "-c", "mkdir tree && ar rcs tree/libx.a has.o" },
                folder)
    helper.write(folder .. "/rule.lua", [[
      local symrun = require "symrun"
      symrun.rule "no-f" { about = "no f", each = symrun.archives "**/lib*.a",
        check = function (a, report)
          if a:defines "f" then report(a, "has f") end
        end }]])
    for _, line in ipairs { ":", "ln -s libx.a tree/aaa",
                            "ln tree/libx.a tree/a.bak",
                            "mkdir tree/sub && mv tree/libx.a tree/sub && "
                            .. "ln -sf sub/libx.a tree/aaa" } do
      helper.must({ "sh", "-c", line }, folder)
      local status, out = helper.symrun({ "-q", "rule.lua", "tree" }, folder)
      assert.equal(1, status)
      assert.truthy(out:find "^error: no%-f: ", out)
      assert.equal(1, select(2, out:gsub("has f", "")))
    end
  end)
end)


describe("a debug file", function ()
  it("does not say that it exports nothing", function ()
    local folder = helper.folder "debug"
    helper.write(folder .. "/a.c", "int f(void) { return 1; }")
    helper.must({ "gcc", "-g", "-shared", "-fPIC", "-o", "libx.so", "a.c" },
                folder)
    helper.must({ "objcopy", "--only-keep-debug", "libx.so", "libx.debug.so" },
                folder)
    helper.must({ "rm", "libx.so" }, folder)
    local status, out = helper.symrun({ "-q", "-Dnames=f", "exports.lua", "." },
                                      folder)
    assert.equal(2, status)
    assert.truthy(out:find("keeps only debug information", 1, true), out)
  end)
end)


describe("an archive whose header swallows the next member", function ()
  it("is unknown, for linkers go by the index", function ()
    local folder = helper.folder "swallow"
    helper.cc(folder, "a", "int f(void) { return 1; }")
    helper.cc(folder, "b", "int g(void) { return 2; }")
    helper.must({ "ar", "rcs", "lib.a", "a.o", "b.o" }, folder)
    local text = helper.read(folder .. "/lib.a")
    local size = tonumber(text:sub(57, 66))
    local first = 8 + 60 + size + size % 2
    local old = tonumber(text:sub(first + 49, first + 58))
    local lie = ("%-10d"):format(old + old % 2 + #text - first - 60 - old
                                 - old % 2)
    helper.write(folder .. "/lib.a", text:sub(1, first + 48) .. lie
                 .. text:sub(first + 59))
    helper.must({ "rm", "a.o", "b.o" }, folder)
    local status, out = helper.symrun({ "-q", "once.lua", "." }, folder)
    assert.equal(2, status)
    assert.truthy(out:find("where no member begins", 1, true), out)
  end)
end)
