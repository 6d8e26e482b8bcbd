--- Recorded links: what they hold, who may write them, and linking again.

local helper = require "helper"

local bin = helper.tool:match "^(.*)/[^/]*$"
local folder = helper.folder "capture"

helper.must({ "mkdir", "-p", "rustcXyZ789/raw-dylibs", "lib", "tmp" }, folder)
helper.cc(folder, "a", "int part(void); int main(void) { return part(); }")
helper.cc(folder, "rustcXyZ789/symbols", "int part(void) { return 5; }")
helper.cc(folder, "inside", "int inside(void) { return 5; }")
helper.must({ "ar", "rcD", "lib/libinside.a", "inside.o" }, folder)
helper.write(folder .. "/rustcXyZ789/list", "{ global: main; local: *; };\n")

local line = { "a.o", "rustcXyZ789/symbols.o", "-Wl,--version-script="
  .. folder .. "/rustcXyZ789/list", "-L", "rustcXyZ789/raw-dylibs", "-Llib",
  "-linside", "-o", "app" }

local function names_in(where)
  local list = {}
  for name in helper.must({ "ls", "-A", where }, folder):gmatch "[^\n]+" do
    list[#list + 1] = name
  end
  return list
end

-- Capture a line into an empty folder; gives the path of the one capture.
local function take(into, words, names, program)
  helper.must({ "rm", "-rf", into }, folder)
  local all = { "env", table.unpack(names or {}) }
  all[#all + 1] = "SYMRUN_CAPTURE=" .. into
  all[#all + 1] = bin .. "/" .. (program or "symrun-cc")
  helper.must(table.move(words, 1, #words, #all + 1, all), folder)
  local list = names_in(into)
  assert.equal(1, #list)
  return into .. "/" .. list[1]
end

local function replay(path)
  return helper.symrun({ "ld", "--replay", path }, folder)
end

local policy = folder .. "/policy.lua"
helper.write(policy, [[
  local symrun = require "symrun"
  symrun.rule "test/objects" { about = "a", each = symrun.links(),
    check = function (link, report)
      report.note(link, "links %d", #link:objects())
    end }]])


describe("a capture", function ()
  it("holds what the link depends on, and no more", function ()
    local text = helper.read(folder .. "/" .. take("one", line, {
      "SECRET_TOKEN=abc123", "LIBRARY_PATH=/nowhere", "LC_ALL=C" }))
    for _, want in ipairs { "symrun capture 1\n", "\nprogram %d+ /.*/cc\n",
        "\nfolder %d+ " .. folder:gsub("%p", "%%%0") .. "\n",
        "\noutput 3 app\n", "\nword 2 cc\nword 3 a.o\n",
        "\nenv 21 LIBRARY_PATH=/nowhere\n", "\nenv 8 LC_ALL=C\n",
        "\nenv %d+ PATH=", "\ninput 3 %d+ %x+ a%.o\n",
        "\ninput 15 %d+ %x+ lib/libinside%.a\n",
        "\nfile 21 %d+ rustcXyZ789/symbols%.o\n\127ELF",
        "\nfile %d+ 29 [^\n]*/list\n{ global: main; local: %*; };\n",
        "\ninto 22 rustcXyZ789/raw%-dylibs\n", "\nend %x+\n$" } do
      assert.truthy(text:find(want), want)
    end
    assert.falsy(text:find("abc123", 1, true))
    assert.falsy(text:find("SYMRUN", 1, true))
    local words = 0
    for _ in text:gmatch "\nword " do words = words + 1 end
    assert.equal(1 + #line, words)
  end)

  it("of the same link is the same", function ()
    assert.equal(helper.read(folder .. "/" .. take("one", line)),
                 helper.read(folder .. "/" .. take("two", line)))
    assert.same(names_in "one", names_in "two")
  end)

  it("of an output is the last one", function ()
    helper.must({ "rm", "-rf", "last" }, folder)
    local function link(output, ...)
      helper.must({ "env", "SYMRUN_CAPTURE=last", "SYMRUN_LINKER=true",
                    bin .. "/symrun-cc", "a.o", ..., "-o", output }, folder)
    end
    link("app", "rustcXyZ789/symbols.o")
    local list = names_in "last"
    link("app", "-Lnew")
    assert.same(list, names_in "last")
    assert.equal(1, #list)
    assert.truthy(helper.read(folder .. "/last/" .. list[1])
                  :find("\nword 5 -Lnew\n", 1, true))
    for _, same in ipairs { "./app", folder .. "/app", ".//./app" } do
      link(same, "-Lnew")
      assert.same(list, names_in "last")
    end
    link("lib/app", "-Lnew")
    link("app2", "-Lnew")
    assert.equal(3, #names_in "last")
    -- a device is no output
    link("/dev/null", "-Lone")
    link("/dev/null", "-Ltwo")
    assert.equal(5, #names_in "last")
  end)

  it("is made of links only", function ()
    helper.must({ "rm", "-rf", "none" }, folder)
    for _, option in ipairs { "-c", "-S", "-E", "-M", "--version", "-###",
                              "-print-search-dirs" } do
      helper.must({ "env", "SYMRUN_CAPTURE=none", bin .. "/symrun-cc", option,
                    "a.c", "-o", "x.o" }, folder)
    end
    assert.not_equal(0, (helper.run({ "ls", "none" }, folder)))
  end)

  it("that cannot be written stops the link", function ()
    helper.must({ "rm", "-f", "app" }, folder)
    helper.write(folder .. "/taken", "")
    local status, out, err = helper.run({ "env", "SYMRUN_CAPTURE=taken/below",
      bin .. "/symrun-cc", table.unpack(line) }, folder)
    assert.same({ 2, "" }, { status, out })
    assert.truthy(err:find("taken", 1, true), err)
    assert.is_nil(io.open(folder .. "/app"))
  end)

  it("may hold any word", function ()
    helper.must({ "cp", "a.o", "new\nline \xff'\".o" }, folder)
    local path = take("odd", { "new\nline \xff'\".o", "rustcXyZ789/symbols.o",
                               "-o", "o\ndd" })
    local before = helper.read(folder .. "/o\ndd")
    helper.must({ "rm", "o\ndd" }, folder)
    assert.same({ 0, "", "" }, { replay(path) })
    assert.equal(before, helper.read(folder .. "/o\ndd"))
  end)

  it("keeps no more of small things than lld does", function ()
    local path = take("small", line, { "SYMRUN_LINKER=clang" })
    helper.must({ "env", "LLD_REPRODUCE=" .. folder .. "/repro.tar", "clang",
                  "-fuse-ld=lld", table.unpack(line) }, folder)
    assert.is_true(#helper.read(folder .. "/" .. path)
                   < #helper.read(folder .. "/repro.tar"))
  end)
end)


describe("sixty-four writers", function ()
  -- Each has its own output, of the same name, or all have the same line.
  local function write(into, output)
    helper.must({ "sh", "-c", ([[
      i=0; pids=
      while [ $i -lt 64 ]; do
        mkdir -p many/$i
        env SYMRUN_CAPTURE=%s SYMRUN_LINKER=true %s/symrun-cc a.o \
          rustcXyZ789/symbols.o -o %s & pids="$pids $!"
        i=$((i+1))
      done
      for p in $pids; do wait $p || exit 1; done]]):format(into, bin, output) },
      folder)
    return names_in(into)
  end

  it("lose and tear none", function ()
    local list = write("crowd", "many/$i/app")
    assert.equal(64, #list)
    local words = { policy, "--format", "json" }
    for _, name in ipairs(list) do
      assert.truthy(name:find "^app%-%x+%.capture$", name)
      words[#words + 1] = "crowd/" .. name
    end
    local status, out, err = helper.symrun(words, folder)
    assert.same({ 0, "" }, { status, err })
    local _, count = out:gsub("links 2", "")
    assert.equal(64, count)
  end)

  it("of one line write one", function ()
    assert.equal(1, #write("chorus", "app"))
  end)
end)


describe("a capture that was cut", function ()
  local path = take("cut", line)
  local whole = helper.read(folder .. "/" .. path)

  local function refused(text, why)
    helper.write(folder .. "/part.capture", text)
    local status, out, err = replay "part.capture"
    assert.same({ 2, "" }, { status, out }, why)
    assert.truthy(err:find("part.capture is ", 1, true), err)
    if #text < 17 then return end
    helper.must({ "rm", "-f", "app" }, folder)
    status, out, err = helper.symrun({ policy, "part.capture" }, folder)
    assert.same({ 2, "" }, { status, out }, why)
    assert.truthy(err:find("cut short or changed", 1, true), err)
    local good
    status, good, err = helper.symrun({ policy, "part.capture", path }, folder)
    assert.equal(2, status, why)
    assert.truthy(good:find("links 2", 1, true), good)
    assert.truthy(err:find("cut short or changed", 1, true), err)
  end

  it("anywhere is not used, and that is told", function ()
    for i = 0, 15 do refused(whole:sub(1, #whole * i // 16), i) end
    refused(whole:sub(1, -2), "its last byte")
  end)

  it("or changed in a byte is not used either", function ()
    for i = 1, 15 do
      local at = #whole * i // 16
      refused(whole:sub(1, at - 1) .. string.char(whole:byte(at) ~ 1)
              .. whole:sub(at + 1), at)
    end
    refused(whole .. "\n", "a byte more")
  end)
end)


describe("a replay", function ()
  for _, linker in ipairs { "gcc", "clang", "gcc -fuse-ld=lld" } do
    it("gives the same bytes, " .. linker, function ()
      local words = { table.unpack(line) }
      local name, flag = linker:match "^(%S+) ?(.*)$"
      if flag ~= "" then words[#words + 1] = flag end
      local path = take("again", words, { "SYMRUN_LINKER=" .. name })
      local before = helper.read(folder .. "/app")
      helper.must({ "rm", "-rf", "kept", "app" }, folder)
      helper.must({ "mv", "rustcXyZ789", "kept" }, folder)
      local status, out, err = replay(path)
      helper.must({ "mv", "kept", "rustcXyZ789" }, folder)
      assert.same({ 0, "", "" }, { status, out, err })
      assert.is_true(before == helper.read(folder .. "/app"))
      assert.equal(5, (helper.run { folder .. "/app" }))
    end)
  end

  it("finds libraries in folders that are gone", function ()
    helper.must({ "gcc", "-shared", "-o",
                  "rustcXyZ789/raw-dylibs/libonly_here.so", "inside.o" },
                folder)
    local words = table.move(line, 1, #line, 2, { "-Wl,--no-as-needed" })
    words[#words + 1] = "-lonly_here"
    local path = take("libs", words)
    local before = helper.read(folder .. "/app")
    helper.must({ "rm", "-rf", "kept", "app" }, folder)
    helper.must({ "mv", "rustcXyZ789", "kept" }, folder)
    local status, _, err = replay(path)
    helper.must({ "mv", "kept", "rustcXyZ789" }, folder)
    assert.same({ 0, "" }, { status, err })
    assert.is_true(before == helper.read(folder .. "/app"))
  end)

  it("reads response files that are gone, nested ones too", function ()
    helper.write(folder .. "/inner.rsp", "'rustcXyZ789/symbols.o' -o app")
    helper.write(folder .. "/outer.rsp", "a.o\n@inner.rsp\n")
    local path = take("rsp", { "@outer.rsp" })
    local before = helper.read(folder .. "/app")
    helper.must({ "rm", "outer.rsp", "inner.rsp", "app" }, folder)
    assert.same({ 0, "", "" }, { replay(path) })
    assert.equal(before, helper.read(folder .. "/app"))
  end)

  it("says what changed since", function ()
    local path = take("changed", line)
    helper.cc(folder, "inside", "int inside(void) { return 6; }")
    helper.must({ "ar", "rcD", "lib/libinside.a", "inside.o" }, folder)
    local status, _, err = replay(path)
    assert.same({ 0, "symrun: lib/libinside.a has changed since\n" },
                { status, err })
    helper.must({ "mv", "lib/libinside.a", "lib/moved" }, folder)
    status, _, err = replay(path)
    helper.must({ "mv", "lib/moved", "lib/libinside.a" }, folder)
    assert.equal(1, status)
    assert.truthy(err:find("symrun: lib/libinside.a is not there any more\n", 1,
                           true), err)
  end)

  it("has the environment of then", function ()
    helper.write(folder .. "/tells", "#!/bin/sh\necho \"$LIBRARY_PATH:$LANG\"")
    helper.must({ "chmod", "+x", "tells" }, folder)
    local path = take("env", line, { "SYMRUN_LINKER=./tells",
                                     "LIBRARY_PATH=/then", "LANG=then" })
    local status, out = helper.run({ "env", "-u", "LANG", "LIBRARY_PATH=/now",
      helper.tool, "ld", "--replay", path }, folder)
    assert.same({ 0, "/then:then\n" }, { status, out })
    path = take("env", line, { "-u", "LANG", "-u", "LIBRARY_PATH",
                               "SYMRUN_LINKER=./tells" })
    status, out = helper.run({ "env", "LIBRARY_PATH=/now", "LANG=now",
      helper.tool, "ld", "--replay", path }, folder)
    assert.same({ 0, ":\n" }, { status, out })
  end)

  it("works from anywhere, and leaves nothing behind", function ()
    local path = take("far", line)
    helper.must({ "rm", "-f", "app" }, folder)
    local status = helper.run({ "env", "TMPDIR=" .. folder .. "/tmp",
      helper.tool, "ld", "--replay", folder .. "/" .. path }, "/")
    assert.equal(0, status)
    assert.equal(5, (helper.run { folder .. "/app" }))
    assert.same({}, names_in "tmp")
  end)

  it("takes one capture and nothing else", function ()
    for _, words in ipairs { {}, { "a", "b" }, { "a.o" }, { "gone" } } do
      local status, out, err = helper.symrun({ "ld", "--replay",
                                               table.unpack(words) }, folder)
      assert.same({ 2, "" }, { status, out })
      assert.truthy(err:find "^symrun: ", err)
    end
  end)
end)


describe("rules over captures", function ()
  it("see the line as it was, from anywhere", function ()
    local path = take("rules", line)
    local before = helper.must({ "sh", "-c", "ls -d /tmp/symrun-?????? "
                                 .. "2>/dev/null | wc -l" })
    local status, out, err = helper.run({ helper.tool, policy,
                                          folder .. "/" .. path }, "/")
    assert.same({ 0, "" }, { status, err })
    assert.truthy(out:find("links 2", 1, true), out)
    assert.equal(before, helper.must({ "sh", "-c", "ls -d /tmp/symrun-?????? "
                                       .. "2>/dev/null | wc -l" }))
  end)

  local tree = folder .. "/tree.lua"
  helper.write(tree, [[
    local symrun = require "symrun"
    symrun.rule "test/each" { about = "a", each = symrun.archives(),
      may_be_empty = true,
      check = function (file, report)
        report.note(file, "is here, %s", file:defines "main")
      end }
    symrun.rule "test/inputs" { about = "a", each = symrun.links(),
      check = function (link, report)
        for _, file in ipairs(link:inputs()) do
          report.note(file, "is an input, %s", file:defines "main")
          report.note(link:part_of(file), "brings %s", link:path_of(file))
        end
        for part in link:options "--version-script" do
          report.note(part, "is one, of %s", link:script(part):names()[1])
        end
      end }]])

  it("and its inputs as a tree", function ()
    local one, two = take("r1", line), take("r2", { "a.o", "lib/libinside.a",
      "rustcXyZ789/symbols.o", "-o", "other" })
    local status, out = helper.symrun({ tree, one, two }, folder)
    assert.equal(0, status, out)
    local _, count = out:gsub("is here", "")
    assert.equal(1, count)
  end)

  it("name what was deleted since as the line did, each time", function ()
    local path = folder .. "/" .. take("shown", line)
    helper.must({ "mv", "rustcXyZ789", "kept" }, folder)
    for _, format in ipairs { "text", "json" } do
      local words = { helper.tool, "--format", format, tree, path }
      local status, out, err = helper.run(words, folder)
      assert.same({ 0, "" }, { status, err })
      for _, name in ipairs { "a.o", "lib/libinside.a",
                              "rustcXyZ789/symbols.o" } do
        assert.truthy(out:find(name, 1, true), out)
      end
      assert.truthy(out:find("rustcXyZ789/list:%s+is%s+one,%s+of%s+main"), out)
      assert.falsy(out:find("symrun-", 1, true), out)
      assert.same({ 0, out, "" }, { helper.run(words, "/") })
    end
    helper.must({ "mv", "kept", "rustcXyZ789" }, folder)
  end)

  it("of two folders tell their files apart", function ()
    helper.must({ "mkdir", "-p", "below" }, folder)
    helper.must({ "cp", "a.o", "below/a.o" }, folder)
    local both = {}
    for i, where in ipairs { folder, folder .. "/below" } do
      helper.must({ "env", "SYMRUN_CAPTURE=" .. folder .. "/both",
        "SYMRUN_LINKER=true", bin .. "/symrun-cc", "a.o", "-o", "app" }, where)
      both[i] = where .. "/a.o\n"
    end
    local status, out = helper.symrun({ tree, "both" }, folder)
    assert.equal(0, status)
    for _, one in ipairs(both) do
      assert.truthy(out:find("inputs: " .. one, 1, true), out)
    end
  end)
end)


describe("a folder of captures", function ()
  local function count(words)
    local status, out, err = helper.symrun(words, folder)
    return { status, select(2, out:gsub("links %d", "")), err }
  end
  helper.must({ "rm", "-rf", "some" }, folder)
  for _, name in ipairs { "one", "two" } do
    helper.must({ "env", "SYMRUN_CAPTURE=some", "SYMRUN_LINKER=true",
      bin .. "/symrun-cc", "a.o", "-o", name }, folder)
  end

  it("is what is in it", function ()
    assert.same({ 0, 2, "" }, count { policy, "some" })
    assert.same({ 0, 2, "" }, count { policy, "some/" })
    assert.same({ 0, 1, "" }, count { policy, "--exclude", "one-*", "some" })
  end)

  it("may hold other files, which are a tree", function ()
    helper.must({ "cp", "lib/libinside.a", "some" }, folder)
    local status, out = helper.symrun({ "--format", "json", folder
      .. "/tree.lua", "some" }, folder)
    helper.must({ "rm", "some/libinside.a" }, folder)
    assert.equal(0, status, out)
    assert.truthy(out:find("is here", 1, true), out)
    assert.truthy(out:find("brings a.o", 1, true), out)
  end)

  it("is not whole where one was cut", function ()
    for _, bytes in ipairs { "", "symrun capture 1\n" } do
      helper.write(folder .. "/some/three.capture", bytes)
      local got = count { policy, "some" }
      assert.same({ 2, 2 }, { got[1], got[2] })
      assert.truthy(got[3]:find("some/three.capture is ", 1, true), got[3])
    end
    helper.must({ "rm", "some/three.capture" }, folder)
  end)
end)
