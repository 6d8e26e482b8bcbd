--- Standing in for a linker: a build must not see a difference, but for what
--- rules say.

local helper = require "helper"

local bin = helper.tool:match "^(.*)/[^/]*$"
local folder = helper.folder "ld"

local function env(names, words)
  return { "env", table.unpack(table.move(words, 1, #words, #names + 1,
                                          { table.unpack(names) })) }
end

-- Run words that are too many for one of the system's: from a script.
local function run_long(words, where)
  return helper.run({ "sh", helper.write(where .. "/long.sh",
                                         helper.line(words) .. "\n") }, where)
end


-- Run the stand-in for a name, with variables: status, stdout, stderr.
local function stand_in(name, words, names, where, input)
  local all = table.move(words, 1, #words, 2, { bin .. "/" .. name })
  return helper.run(env(names or {}, all), where or folder, input)
end

local function script(name, text)
  helper.write(folder .. "/" .. name, "#!/bin/sh\n" .. text .. "\n")
  helper.must({ "chmod", "+x", name }, folder)
  return folder .. "/" .. name
end

local function exists(path)
  local file = io.open(path)
  return file ~= nil and file:close()
end

helper.write(folder .. "/a.c", "int main(void) { return 0; }\n")
helper.write(folder .. "/bad.c", "int gone(void);\n"
             .. "int main(void) { return gone(); }\n")
helper.must({ "gcc", "-c", "a.c", "bad.c" }, folder)

local OBJECTS = [[local n = #subject:objects() ]]
local function rule(name, body)
  helper.write(folder .. "/" .. name, ([[
    local symrun = require "symrun"
    symrun.rule "test/line" { about = "a", each = symrun.links(),
      check = function (subject, report) %s end }]]):format(body))
  return folder .. "/" .. name
end
local clean = rule("clean.lua", OBJECTS .. "if n == 0 then report(subject, 'x')"
                   .. " end")
local says = rule("says.lua", "if not subject:output() then report(subject, "
                  .. "'x') end")
local finds = rule("finds.lua", OBJECTS .. "report(subject, 'has %d', n)")
local doubts = rule("doubts.lua", "report.unknown(subject, 'who knows')")


describe("symrun-cc", function ()
  -- What gcc calls its temporary files is new each time.
  local function plain(text)
    return (text:gsub("/tmp/cc%w+", "/tmp/cc"))
  end

  it("says and does what cc does, byte for byte", function ()
    helper.write(folder .. "/in.c", "int from_stdin = __LINE__;\n")
    for _, line in ipairs {
      "--version", "-v", "-dumpmachine", "-dumpversion",
      "-print-file-name=libc.so", "-print-search-dirs", "-###", "",
      "-### a.c", "-c a.c -o OUT.o", "-S a.c -o OUT.o", "-E a.c", "-M a.c",
      "-E -", "-x c -c - -o OUT.o", "-fsyntax-only a.c", "a.o -o OUT",
      "a.c -o OUT -lm", "-v a.c -o OUT", "bad.o -o OUT", "gone.o -o OUT",
      "-frobnicate a.c -o OUT", "-shared -fPIC a.c -o OUT", "-r a.o -o OUT",
      "-o OUT -Wl,--frobnicate a.o", "-Wl,--version", "@none.rsp -o OUT",
    } do
      local words = {}
      for word in line:gmatch "%S+" do words[#words + 1] = word end
      local input, made = folder .. "/in.c", {}
      local function run(name, names)
        helper.must({ "rm", "-f", "OUT", "OUT.o" }, folder)
        local all = table.move(words, 1, #words, 2, { name })
        local status, out, err = helper.run(env(names, all), folder, input)
        for _, path in ipairs { folder .. "/OUT", folder .. "/OUT.o" } do
          made[#made + 1] = exists(path) and helper.read(path) or false
        end
        return { status, plain(out), plain(err) }
      end
      -- (of what the linker missed, more is told behind what it says)
      local explained = line:find "^bad" or line:find "^gone"
                        or line:find "none.rsp"
      local function same(expected, got)
        if explained then
          local more = got[3]:sub(#expected[3] + 1)
          assert.truthy(more:find "^symrun: ", line)
          got[3] = got[3]:sub(1, #expected[3])
        end
        assert.same(expected, got, line)
      end
      local bare = run("cc", {})
      same(bare, run(bin .. "/symrun-cc", {}))
      local names = { "SYMRUN_RULES=" .. says, "SYMRUN_CAPTURE=captures" }
      -- with rules, what is not there makes a line unknown
      if line:find "none.rsp" or line:find "gone.o" then names[1] = "A=b" end
      same(bare, run(bin .. "/symrun-cc", names))
      for i = 1, 2 do
        assert.is_true(made[i] == made[i + 2], line)
        assert.is_true(made[i] == made[i + 4], line)
      end
    end
  end)

  it("links files with any names", function ()
    for _, name in ipairs { "a b.o", "a'b.o", 'a"b.o', "a\\b.o", "a\nb.o",
                            "@gone.o", "a,b.o", "a$b.o", "\xff.o", "=a.o" } do
      helper.must({ "cp", "a.o", name }, folder)
      for _, names in ipairs { {}, { "SYMRUN_CAPTURE=captures" } } do
        helper.must({ "rm", "-f", "OUT" }, folder)
        local status, out, err = stand_in("symrun-cc", { name, "-o", "OUT" },
                                          names)
        assert.same({ 0, "", "" }, { status, out, err }, name)
        assert.is_true(exists(folder .. "/OUT"))
      end
    end
    helper.must({ "cp", "a.o", "./-a.o" }, folder)
    assert.equal(0, (stand_in("symrun-cc", { "./-a.o", "-o", "-out" })))
    assert.is_true(exists(folder .. "/-out"))
  end)
end)


describe("the linker's end", function ()
  local three = script("three", "echo out; echo err >&2; exit 3")
  local dies = script("dies", "kill -SEGV $$")

  it("is ours, whether it was waited for or not", function ()
    for _, names in ipairs { {}, { "SYMRUN_RULES=" .. clean } } do
      local function with(linker)
        return { "SYMRUN_LINKER=" .. linker, table.unpack(names) }
      end
      local status, out, err = stand_in("symrun-cc", { "a.o" }, with(three))
      assert.same({ 3, "out\n", "err\n" }, { status, out, err })
      assert.equal(139, (stand_in("symrun-cc", { "a.o" }, with(dies))))
    end
  end)

  it("comes when somebody sends us a signal", function ()
    local waits = script("waits", [[
      trap 'echo caught >caught; exit 7' TERM
      echo here >ready
      while :; do sleep 0.05; done]])
    for _, names in ipairs { "", "SYMRUN_RULES=" .. clean } do
      helper.must({ "rm", "-f", "caught", "ready" }, folder)
      local status = helper.run({ "sh", "-c", ([[
        env %s SYMRUN_LINKER=%s %s/symrun-cc a.o & p=$!
        until [ -f ready ] || ! kill -0 $p; do sleep 0.02; done
        kill -TERM $p; wait $p]]):format(names, waits, bin) }, folder)
      assert.equal(7, status, names)
      assert.equal("caught\n", helper.read(folder .. "/caught"))
    end
  end)

  it("is told when it cannot begin", function ()
    local status, _, err = stand_in("symrun-cc", { "a.o" },
                                    { "SYMRUN_LINKER=./gone" })
    assert.equal(2, status)
    assert.equal("symrun: the linker ./gone cannot be run: No such file or "
                 .. "directory\n", err)
    status, _, err = stand_in("symrun-cc", { "a.o" },
                              { "SYMRUN_LINKER=no-such-cc" })
    assert.same({ 2, "symrun: there is no program no-such-cc on PATH\n" },
                { status, err })
    status, _, err = helper.symrun({ "ld" }, folder)
    assert.equal(2, status)
    assert.truthy(err:find("takes the linker and its words", 1, true), err)
  end)
end)


describe("who stands in for itself", function ()
  it("is told so", function ()
    local only = helper.folder "ld-self"
    helper.must { "ln", "-s", helper.tool, only .. "/cc" }
    local cases = {
      { "PATH=" .. only, "the only cc on PATH is symrun itself" },
      { "SYMRUN_LINKER=" .. helper.tool, "is symrun itself" },
      { "SYMRUN_LINKER=" .. script("loop", bin .. "/symrun-cc \"$@\""),
        "leads back to symrun" },
    }
    cases[3][1] = "PATH=" .. folder .. "/loops:" .. os.getenv "PATH"
    helper.must({ "mkdir", "-p", "loops" }, folder)
    helper.must({ "cp", "loop", "loops/cc" }, folder)
    for _, case in ipairs(cases) do
      local status, out, err = stand_in("symrun-cc", { "a.o" }, { case[1] })
      assert.same({ 2, "" }, { status, out })
      assert.truthy(err:find(case[2], 1, true), err)
    end
  end)

  it("is passed over on PATH", function ()
    local first = helper.folder "ld-path"
    helper.must { "ln", "-s", helper.tool, first .. "/cc" }
    local status = stand_in("symrun-cc", { "a.o", "-o", "OUT" },
                            { "PATH=" .. first .. ":" .. os.getenv "PATH" })
    assert.equal(0, status)
  end)

  it("leaves what is below it alone", function ()
    local names = { "SYMRUN_RULES=" .. clean, "SYMRUN_CAPTURE=captures",
      "SYMRUN_DEFINE=", "SYMRUN_LINKER=" .. script("tells",
        "env | grep -E 'SYMRUN_(LINKER|RULES|DE|C)'; exit 0") }
    local status, out = stand_in("symrun-ld", { "a.o" }, names)
    assert.same({ 0, "SYMRUN_DEPTH=1\n" }, { status, out })
  end)
end)


describe("rules", function ()
  local function with(path) return { "SYMRUN_RULES=" .. path } end

  local function links(words, names)
    helper.must({ "rm", "-f", "OUT" }, folder)
    local status, out, err = stand_in("symrun-cc", words, names)
    return status, out, err, exists(folder .. "/OUT") ~= false
  end

  it("that find nothing are not heard of", function ()
    assert.same({ 0, "", "", true }, { links({ "a.o", "-o", "OUT" },
                                             with(clean)) })
  end)

  it("stop the linker, and have standard error", function ()
    local status, out, err, made = links({ "a.o", "-o", "OUT" }, with(finds))
    assert.same({ 1, "", false }, { status, out, made })
    assert.truthy(err:find("    has 1\n", 1, true), err)
    status, out, err, made = links({ "a.o", "-o", "OUT" }, with(doubts))
    assert.same({ 2, "", false }, { status, out, made })
    assert.truthy(err:find("    who knows\n", 1, true), err)
    status, out, err, made = links({ "a.o", "-o", "OUT" }, with "gone.lua")
    assert.same({ 2, "", false }, { status, out, made })
    assert.truthy(err:find("gone.lua", 1, true), err)
  end)

  it("do not stop a call that does not link", function ()
    for _, option in ipairs { "-c", "-S", "-E", "-M", "--version", "-###" } do
      local status = stand_in("symrun-cc", { option, "a.c", "-o", "OUT.o" },
                              with(finds))
      assert.equal(0, status, option)
    end
  end)

  it("are given as options too, and may be overruled", function ()
    helper.must({ "rm", "-f", "OUT" }, folder)
    local status, out, err = helper.symrun({ "ld", "--rules", finds, "cc",
                                             "a.o", "-o", "OUT" }, folder)
    assert.same({ 1, "" }, { status, out })
    assert.truthy(err:find("has 1", 1, true), err)
    status, out, err = helper.symrun({ "ld", "--rules=" .. finds,
      "--link-anyway", "cc", "a.o", "-o", "OUT" }, folder)
    assert.same({ 0, "" }, { status, out })
    assert.truthy(err:find("has 1", 1, true), err)
    assert.is_true(exists(folder .. "/OUT"))
    status = helper.symrun({ "ld", "--link-anyway", "--rules", finds,
                             folder .. "/three", "a.o" }, folder)
    assert.equal(3, status)
  end)

  it("that are not about a line are not run", function ()
    helper.write(folder .. "/other.lua", [[
      local symrun = require "symrun"
      symrun.rule "test/other" { about = "a",
        each = symrun.archives "**/libnowhere.a",
        check = function () end }]])
    assert.same({ 0, "", "" }, { stand_in("symrun-cc", { "a.o", "-o", "OUT" },
                                          with(folder .. "/other.lua")) })
  end)

  it("and are about other links are not told of", function ()
    helper.write(folder .. "/libraries.lua", [[
      local symrun = require "symrun"
      symrun.rule "test/libraries" { about = "a",
        each = symrun.links { makes = "library" }, check = function () end }
      symrun.rule "test/note" { about = "a", each = symrun.links(),
        check = function (link, report) report.note(link, "here") end }]])
    local status, _, err = stand_in("symrun-cc", { "a.o", "-o", "OUT" },
                                    with "libraries.lua")
    assert.equal(0, status)
    assert.truthy(err:find("    here\n", 1, true), err)
    assert.falsy(err:find("not run", 1, true), err)
    local _, _, more = helper.symrun({ "ld", "-v", "--rules", "libraries.lua",
                                       "cc", "a.o", "-o", "OUT" }, folder)
    assert.truthy(more:find("not run: test/libraries: there is no link line "
                            .. "with makes = library", 1, true), more)
    local _, out = helper.symrun({ "libraries.lua", "--", "cc", "a.o", "-o",
                                   "OUT" }, folder)
    assert.truthy(out:find("not run: test/libraries", 1, true), out)
  end)

  it("have parameters from SYMRUN_DEFINE", function ()
    helper.write(folder .. "/given.lua", [[
      local symrun = require "symrun"
      local given = symrun.parameters { word = { "none", "a word" },
                                        list = { {}, "some" } }
      symrun.rule "test/given" { about = "a", each = symrun.links(),
        check = function (link, report)
          report(link, "%s %d %d", given.word, #given.list, #link:objects())
        end }]])
    for define, said in pairs {
      ["word=x list=a,b"] = "x 2 1", ["word=x y\nlist=a,b,c"] = "x y 3 1",
    } do
      local _, _, err = stand_in("symrun-cc", { "a.o" }, {
        "SYMRUN_RULES=given.lua", "SYMRUN_DEFINE=" .. define })
      assert.truthy(err:find(said, 1, true), err)
    end
    local both = "SYMRUN_RULES=" .. clean .. ":" .. finds
    assert.equal(2, (stand_in("symrun-cc", { "a.o" }, { both })))
  end)
end)


describe("options", function ()
  it("of symrun ld end where the linker's name stands", function ()
    local tells = script("words", 'for w; do printf "[%s]" "$w"; done')
    for _, first in ipairs { {}, { "-v" }, { "--select", "x/*" }, { "--" } } do
      local words = { "ld", table.unpack(first) }
      for _, word in ipairs { tells, "-v", "--rules", "x", "--", "--help",
                              "" } do
        words[#words + 1] = word
      end
      local status, out, err = helper.symrun(words, folder)
      assert.same({ 0, "[-v][--rules][x][--][--help][]", "" },
                  { status, out, err })
    end
  end)

  it("of its own are no others'", function ()
    for _, option in ipairs { "--rules=x", "--capture=x", "--replay" } do
      local status, _, err = helper.symrun({ clean, option, "." }, folder)
      assert.equal(2, status)
      assert.truthy(err:find("only symrun ld takes " .. option:match "^[%l-]+",
                             1, true), err)
    end
    local status, _, err = helper.symrun({ "ld", "--frob", "cc" }, folder)
    assert.equal(2, status)
    assert.truthy(err:find("there is no option --frob", 1, true), err)
  end)

  it("keep captures where the environment does not", function ()
    helper.must({ "rm", "-rf", "kept" }, folder)
    helper.must({ helper.tool, "ld", "--capture", "kept", "cc", "a.o", "-o",
                  "OUT" }, folder)
    assert.truthy(helper.must({ "ls", "kept" }, folder)
                  :find "^OUT%-%x+%.capture\n$")
  end)
end)


describe("the cost", function ()
  it("of standing in is below three milliseconds", function ()
    helper.write(folder .. "/cost.py", [==[
import os, resource, statistics, subprocess, sys, time
def once(words):
    a, t = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, check=True)
    b, u = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return (b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime, u - t)
line = ["a.o", "-o", "OUT"]
runs = [(once(["cc"] + line), once([sys.argv[1]] + line)) for _ in range(20)]
for k in range(2):
    print(1000 * (statistics.median(r[1][k] for r in runs)
                  - statistics.median(r[0][k] for r in runs)))
]==])
    local most = os.getenv "SANITIZER" and 30 or 3
    local cpu, elapsed
    for _ = 1, 3 do  -- a machine with other work to do may need a second look
      local out = helper.must({ "python3", "cost.py", bin .. "/symrun-cc" },
                              folder)
      cpu, elapsed = out:match "^(%S+)\n(%S+)\n$"
      cpu, elapsed = tonumber(cpu), tonumber(elapsed)
      if cpu < most and elapsed < most then break end
    end
    assert.is_true(cpu < most and elapsed < most,
                   ("%s ms CPU, %s ms elapsed"):format(cpu, elapsed))
  end)
end)


describe("--run", function ()
  it("runs the line when the rules are content", function ()
    helper.must({ "rm", "-f", "OUT" }, folder)
    local line = { "--", "cc", "a.o", "-o", "OUT" }
    local status = helper.symrun({ "--run", finds, table.unpack(line) }, folder)
    assert.equal(1, status)
    assert.is_false(exists(folder .. "/OUT"))
    status = helper.symrun({ "--run", clean, table.unpack(line) }, folder)
    assert.equal(0, status)
    assert.is_true(exists(folder .. "/OUT"))
    status = helper.symrun({ "--run", "--flavour=cc", clean, "--",
                             folder .. "/three", "a.o" }, folder)
    assert.equal(3, status)
    local usage, _, err = helper.symrun({ "--run", clean, "." }, folder)
    assert.equal(2, usage)
    assert.truthy(err:find("--run needs a link line", 1, true), err)
  end)
end)


describe("a line that is too long", function ()
  local long = "/" .. ("a_folder_with_a_long_name/"):rep(4)

  -- Folders that are not there, about 200 KiB of them.
  local function many(...)
    local words = { ... }
    for i = 1, 1900 do words[#words + 1] = ("-L%s%04d"):format(long, i) end
    return words
  end

  it("of options is one that gcc fails on", function ()
    local status, _, err = run_long(many("gcc", "a.o", "-o", "OUT"), folder)
    assert.equal(1, status)
    assert.truthy(err:find("Argument list too long", 1, true), err)
  end)

  it("of options links, with every driver", function ()
    for _, linker in ipairs { "gcc", "clang", "cc", "g++" } do
      for _, names in ipairs { {}, { "SYMRUN_RULES=" .. clean } } do
        helper.must({ "rm", "-f", "OUT" }, folder)
        local status, out, err = run_long(many("env", "SYMRUN_LINKER="
          .. linker, names[1] or "A=b", bin .. "/symrun-cc", "a.o", "-o",
          "OUT"), folder)
        assert.same({ 0, "", "" }, { status, out, err }, linker)
        assert.is_true(exists(folder .. "/OUT"))
      end
    end
  end)

  it("keeps its folders before those of the system", function ()
    helper.must({ "mkdir", "-p", "mine and 'yours'" }, folder)
    helper.cc(folder, "mine", "int only_mine(void) { return 0; }")
    helper.must({ "ar", "rc", "mine and 'yours'/libm.a", "mine.o" }, folder)
    helper.cc(folder, "wants",
              "int only_mine(void); int main(void) { return only_mine(); }")
    for _, tmp in ipairs { "/tmp", folder .. "/tmp %d \"$ x" } do
      helper.must({ "mkdir", "-p", tmp }, folder)
      local status, _, err = run_long(many("env", "SYMRUN_LINKER=gcc",
        "TMPDIR=" .. tmp, bin .. "/symrun-cc", "wants.o", "-o", "OUT", "-L",
        "mine and 'yours'", "-Xlinker", "--as-needed", "-lm"), folder)
      assert.same({ 0, "" }, { status, err })
    end
  end)

  it("leaves nothing behind", function ()
    helper.must({ "mkdir", "-p", "tmp" }, folder)
    local status, _, err = run_long(many("env", "SYMRUN_LINKER=gcc",
      "TMPDIR=" .. folder .. "/tmp", bin .. "/symrun-cc", "bad.o", "-o",
      "OUT"), folder)
    assert.equal(1, status)
    assert.truthy(err:find("undefined reference to `gone'", 1, true), err)
    assert.equal("", helper.must({ "ls", "-A", "tmp" }, folder))
  end)

  it("of objects comes in a response file", function ()
    helper.cc(folder, "none", "")
    local names = { "a.o", "-o", "OUT" }
    local far = "obj/" .. ("o"):rep(120)
    helper.must({ "sh", "-c", ([[mkdir -p obj; i=0; while [ $i -lt 20000 ]; do
      echo %s$i.o; i=$((i+1)); done >names
      tr '\n' '\0' <names | xargs -0 -n 2000 sh -c '
        for n; do ln -f none.o $n; done' sh]]):format(far) }, folder)
    for i = 0, 19999 do names[#names + 1] = ("%s%d.o"):format(far, i) end
    helper.write(folder .. "/many.rsp", table.concat(names, "\n"))
    for linker, name in pairs { gcc = "symrun-cc", clang = "symrun-cc",
                                ["ld.bfd"] = "symrun-ld",
                                ["ld.lld"] = "symrun-ld" } do
      helper.must({ "rm", "-f", "OUT" }, folder)
      local more = name == "symrun-ld" and "-emain" or "-fuse-ld=lld"
      local status, _, err = stand_in(name, { "@many.rsp", more },
        { "SYMRUN_LINKER=" .. linker, "SYMRUN_CAPTURE=objects/" .. linker })
      assert.same({ 0, "" }, { status, err }, linker)
      assert.is_true(exists(folder .. "/OUT"))
    end
    -- replayed, its words are more than the system takes
    local list = helper.must({ "sh", "-c", "ls objects/*/*" }, folder)
    local count = 0
    for path in list:gmatch "[^\n]+" do
      local linker = helper.read(folder .. "/" .. path):match "\nword %d+ (%S+)"
      if linker == "gcc" or linker == "ld.lld" then
        helper.must({ "rm", "-f", "OUT" }, folder)
        local status, _, err = helper.symrun({ "ld", "--replay", path }, folder)
        assert.same({ 0, "" }, { status, err }, path)
        assert.is_true(exists(folder .. "/OUT"))
        count = count + 1
      end
    end
    assert.equal(2, count)
  end)
end)


describe("rustc's response file", function ()
  helper.must({ "mkdir", "-p", "rustcAbC123", 'quo"te' }, folder)
  helper.must({ "cp", "a.o", 'quo"te/a.o' }, folder)
  helper.cc(folder, "more", "int more;")
  helper.must({ "cp", "more.o", 'quo"te/more one.o' }, folder)
  local file = folder .. "/rustcAbC123/linker-arguments"
  helper.write(file, 'quo"te/a.o\nquo"te/more\\ one.o\n-o\nOUT\n')

  it("is read as rustc meant it, and that is told", function ()
    for _, linker in ipairs { "gcc", "clang" } do
      local status = helper.run({ linker, "@" .. file }, folder)
      assert.not_equal(0, status)
      for _, names in ipairs { {}, { "SYMRUN_RULES=" .. clean },
                               { "SYMRUN_CAPTURE=quotes" } } do
        helper.must({ "rm", "-f", "OUT" }, folder)
        local out, err
        status, out, err = stand_in("symrun-cc", { "@" .. file },
          { "SYMRUN_LINKER=" .. linker, table.unpack(names) })
        assert.same({ 0, "" }, { status, out }, err)
        assert.truthy(err:find("were read as rustc meant them", 1, true), err)
        assert.is_true(exists(folder .. "/OUT"))
      end
    end
  end)

  it("is passed on untouched where all read the same", function ()
    local plain = folder .. "/rustcAbC123/linker-arguments"
    helper.write(plain, "a.o\n-o\nOUT\n")
    local status, out, err = stand_in("symrun-cc", { "@" .. plain },
      { "SYMRUN_LINKER=" .. script("shows", 'echo "$@"') })
    assert.same({ 0, "@" .. plain .. "\n", "" }, { status, out, err })
  end)
end)
