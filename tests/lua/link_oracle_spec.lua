--- Link lines against the programs themselves: what drivers hand on, which
--- options take the next word, how response files are cut.

local helper = require "helper"
local links = require "links"

local folder = helper.folder "link"
helper.cc(folder, "a", "int main(void) { return 0; }")
helper.cc(folder, "b", "int b;")
helper.must({ "ar", "rc", "libx.a", "b.o" }, folder)
helper.must({ "mkdir", "bin" }, folder)
-- In place of the linker: keeps the words that it was called with, and the
-- response file that they may be in.
helper.write(folder .. "/bin/ld", [[
#!/bin/sh
{ printf 'ld\0'; printf '%s\0' "$@"; } > "$LINK_SPEC_WORDS"
case $1 in @*) cp "${1#@}" "$LINK_SPEC_WORDS.rsp" ;; esac
]])
helper.must({ "chmod", "+x", "bin/ld" }, folder)
helper.must({ "ln", "-s", "ld", "bin/ld.bfd" }, folder)


-- The words that a driver gives the linker for a line, or nil.
local function handed_on(words)
  local out = folder .. "/words"
  os.remove(out)
  local line = { "env", "LINK_SPEC_WORDS=" .. out, table.unpack(words) }
  helper.run(line, folder)
  local file = io.open(out, "rb")
  if not file then return nil end
  local list = {}
  for word in file:read("a"):gmatch "([^\0]*)\0" do list[#list + 1] = word end
  file:close()
  local path, files = (list[2] or ""):match "^@(.*)", {}
  if path then files[path] = helper.read(out .. ".rsp") end
  return list, files
end


local function parts(line)
  local out = {}
  for part in line:parts() do out[#out + 1] = links.part(part) end
  return out
end


-- Are these all in the list, in this order?
local function in_order(some, list)
  local i = 1
  for _, word in ipairs(list) do
    if word == some[i] then i = i + 1 end
  end
  return i > #some, some[i]
end


describe("what the linker is given", function ()
  local options = {
    { "--rpath", "/x" }, { "--soname=so" }, { "-z", "now" }, { "-zrelro" },
    { "--gc-sections" }, { "--as-needed" }, { "--no-as-needed" },
    { "--whole-archive" }, { "--no-whole-archive" }, { "-rpath=/a,b" },
    { "--start-group" }, { "--end-group" }, { "--defsym", "x=1" },
    { "-Map=m" }, { "-Bsymbolic" }, { "--version-script", "v s" },
    { "-u", "sym" }, { "--wrap=f" }, { "-lz" }, { "-L/d" },
  }
  local own = { "a.o", "b.o", "libx.a", "-lm", "-O2", "-Wall", "-L.",
                "-pthread", "-fPIC" }

  -- A line of the driver; and the parts that must come to the linker in this
  -- order, as we read the line.
  local function any_line(compiler)
    local words = { compiler, "-B" .. folder .. "/bin", "-fuse-ld=bfd",
                    "a.o" }
    for _ = 1, math.random(8) do
      if math.random(3) == 1 then words[#words + 1] = own[math.random(#own)]
      else
        for _, word in ipairs(options[math.random(#options)]) do
          local last = words[#words]
          if word:find "," or math.random(3) == 1 then
            words[#words + 1] = "-Xlinker"
            words[#words + 1] = word
          elseif last:find "^%-Wl," and words[#words - 1] ~= "-Xlinker"
                 and math.random(2) == 1 then
            words[#words] = last .. "," .. word
          else words[#words + 1] = "-Wl," .. word end
        end
      end
    end
    local wanted = {}
    for part in links.line(words):parts() do
      local kind = part:kind()
      if not part:of_driver() or kind == "input" or kind == "library" then
        wanted[#wanted + 1] = links.part(part)
      end
    end
    return words, wanted
  end

  for _, compiler in ipairs { "gcc", "clang" } do
    it(("by %s is what we read"):format(compiler), function ()
      math.randomseed(4)
      for _ = 1, 40 do
        local words, wanted = any_line(compiler)
        local given = handed_on(words)
        assert.is_table(given, table.concat(words, " "))
        local line = links.line(given, nil, "bfd")
        assert.is_true((line:sure()), table.concat(given, "|"))
        local all, lost = in_order(wanted, parts(line))
        assert.is_true(all, ("%s is not in its place: %s gives %s"):format(lost,
          table.concat(words, "|"), table.concat(given, "|")))
      end
    end)

    it(("by %s from a response file too"):format(compiler), function ()
      helper.write(folder .. "/rest", "-Wl,--rpath,'/p q'\n\"-Wl,--soname=s\" "
                   .. "b.o -Wl,--wrap=x\\ y -Xlinker @more\n")
      helper.write(folder .. "/more", "--wrap=f libx.a")
      local words = { compiler, "-B" .. folder .. "/bin", "-fuse-ld=bfd",
                      "a.o", "@rest" }
      local line = links.line(words, { rest = helper.read(folder .. "/rest"),
                                       more = helper.read(folder .. "/more") })
      local given, files = handed_on(words)
      local wanted, n = {}, 0
      for part in line:parts() do
        n = n + 1
        if n > 2 then wanted[#wanted + 1] = links.part(part) end
      end
      assert.same({ "a.o", "--rpath=/p q", "--soname=s", "b.o",
                    "--wrap=x y", "--wrap=f", "libx.a" }, wanted)
      local all = parts(links.line(given, files, "bfd"))
      assert.is_true(in_order(wanted, all), table.concat(all, "|"))
    end)
  end

  it("by rustc is understood whole", function ()
    helper.write(folder .. "/m.rs", "fn main() {}")
    helper.write(folder .. "/l.rs", "#[no_mangle] pub fn f() {}")
    for _, how in ipairs { { "m.rs" }, { "--crate-type=cdylib", "l.rs" },
                           { "--crate-type=dylib", "l.rs" } } do
      local out = helper.must({ "rustc", "--edition=2021", "--print",
                                "link-args", table.unpack(how) }, folder)
      local words = {}
      -- newer ones say first what is set for the linker: PATH="..." "cc" ...
      if out:sub(1, 1) ~= '"' then
        out = out:gsub("^[^\n]- (\"%g+\" \"%-)", "%1")
      end
      for word in out:gmatch '"([^"]*)"' do words[#words + 1] = word end
      assert.is_true(#words > 20)
      local line = links.line(words)
      assert.is_true(line:links())
      assert.is_truthy(line:output():find "[ml]%f[^%w]" or line:output())
      for part in line:parts() do
        assert.not_equal("strange", part:kind(), part:text())
        assert.not_equal("broken", part:kind(), part:text())
      end
    end
  end)

  it("by CMake is understood whole", function ()
    local path = helper.folder "cmake"
    helper.write(path .. "/CMakeLists.txt", [[
cmake_minimum_required(VERSION 3.16)
project(p C)
set(CMAKE_C_USE_RESPONSE_FILE_FOR_OBJECTS 1)
set(CMAKE_C_USE_RESPONSE_FILE_FOR_LIBRARIES 1)
add_library(s STATIC s.c)
add_library(d SHARED s.c)
add_executable(prog m.c)
target_link_libraries(prog PRIVATE s d m)
set_target_properties(prog PROPERTIES LINK_FLAGS "-Wl,--gc-sections")
]])
    helper.write(path .. "/s.c", "int s(void) { return 1; }")
    helper.write(path .. "/m.c", "int main(void) { return 0; }")
    helper.must({ "cmake", "-S", ".", "-B", "o" }, path)
    helper.must({ "cmake", "--build", "o" }, path)
    for _, target in ipairs { "prog", "d" } do
      local files = {}
      local text = helper.read(path .. "/o/CMakeFiles/" .. target
                               .. ".dir/link.txt"):match "[^\n]+"
      for name in text:gmatch "@(%g+)" do
        files[name] = helper.read(path .. "/o/" .. name:gsub('"', ""))
      end
      local line = links.line(text, files)
      assert.is_true((line:sure()))
      assert.is_true(line:links())
      assert.is_truthy(line:output():find(target, 1, true))
      local found = false
      for part in line:parts() do
        assert.not_equal("strange", part:kind(), part:text())
        found = found or part:kind() == "input"
      end
      assert.is_true(found)
    end
  end)
end)


describe("whether an option takes the next word", function ()
  -- All that --help names, asked for with a word that is no file.
  local script = [[
while read -r o ours; do
  two=$($1 $2 "$o" zz.none 2>&1 </dev/null); rm -f zz.none a.out
  case $two in *nrecognized\ option*|*nknown\ argument*) continue ;; esac
  case $two in
    *"annot open zz.none"*|*"annot find zz.none"*) says=flag ;;
    *) says=value ;;
  esac
  if [ $says != $ours ]; then  # a file as the value, or it stopped before
    one=$($1 $2 "$o" 2>&1 </dev/null)
    case $one in
      *"issing arg"*|*nrecognized\ option*|*nknown\ argument*) says=value ;;
      *) case $two in *zz.none*) ;; *) continue ;; esac ;;
    esac
  fi
  printf '%s %s\n' "$o" "$says"
done]]

  for _, tool in ipairs {
    { "ld.bfd", "bfd", 150 }, { "ld.gold", "gold", 200 },
    { "ld.lld", "lld", 200 },
    { "lld", "ld64.lld", 90, "-flavor darwin -arch x86_64 -platform_version "
      .. "macos 11 11" },
  } do
    it(("%s says as we do"):format(tool[2]), function ()
      local names, seen = {}, { ["-G"] = true }
      local _, help = helper.run { "sh", "-c", tool[1] .. " "
                                   .. (tool[4] or "") .. " --help" }
      for line in help:gmatch "[^\n]+" do
        line = line:match "^ +(%-.-)  " or line:match "^ +(%-.*)" or ""
        line = " " .. line
        for name in line:gmatch "[ ,](%-[-%w_()]*[%w_()])" do
          if not seen[name] then
            local part = links.line({ "x", name, "zz.none" }, nil,
                                    tool[2]):parts()()
            local ours = part:value() == "zz.none" and "value" or "flag"
            if part:kind() == "strange" then ours = "strange" end
            seen[name], names[#names + 1] = ours, name .. " " .. ours
          end
        end
      end
      helper.write(folder .. "/names", table.concat(names, "\n") .. "\n")
      local _, out = helper.run({ "sh", "-c", script, "sh", tool[1],
                                  tool[4] or "-L." }, folder,
                                folder .. "/names")
      local asked = 0
      for name, answer in out:gmatch "(%S+) (%a+)\n" do
        assert.equal(answer, seen[name], tool[1] .. " " .. name)
        asked = asked + 1
      end
      assert.is_true(asked >= tool[3], asked)
    end)
  end

  for _, driver in ipairs {
    { "gcc", { "gcc", "--help=separate" }, "missing", 30 },
    { "clang", { "clang", "--help-hidden" }, "is missing", 45 },
  } do
    it(("%s says as we do"):format(driver[1]), function ()
      local _, help = helper.run(driver[2])
      local asked, seen = 0, {}
      for name in help:gmatch "\n +(%-[%w+-]+) ?<" do
        seen[name] = true
      end
      for name in help:gmatch "\n +(%-[%w+-]+)  " do seen[name] = true end
      for name in pairs(seen) do
        if asked < 90 and not name:find "^%-[fWgmO]" then
          local _, _, err = helper.run { driver[1], "-###", name }
          local known = not err:find "nrecognized" and not err:find "nknown"
          if known and name ~= "--undefine-macro" then  -- says nothing
            local part = links.line({ driver[1], name }):parts()()
            assert.equal(err:find(driver[3], 1, true) ~= nil,
                         part:kind() == "broken", driver[1] .. " " .. name)
            asked = asked + 1
          end
        end
      end
      assert.is_true(asked >= driver[4], asked)
    end)
  end
end)


describe("the words of a response file", function ()
  local letters = { "a", "b", " ", "\t", "\n", "\\", "'", '"', "$", "`", "\r",
                    "\v", "é" }

  local function any_text()
    local out = {}
    for i = 1, math.random(14) do out[i] = letters[math.random(#letters)] end
    return "x" .. table.concat(out)
  end

  -- Many texts at once, told apart by words between them.
  local function ask(tool, texts)
    local words = { tool }
    for i, text in ipairs(texts) do
      helper.write(folder .. "/t" .. i, text)
      words[#words + 1] = "@t" .. i
      words[#words + 1] = "zzzzzzzz"
    end
    return helper.must(words, folder)
  end

  for tool, program in pairs { ["c++filt"] = "ld.bfd",
                               ["llvm-cxxfilt"] = "ld.lld" } do
    it(("are those that %s reads"):format(tool), function ()
      math.randomseed(7)
      local texts = {}
      for i = 1, 400 do texts[i] = any_text() end
      local marked = {}
      for text in ask(tool, texts):gmatch "(.-)zzzzzzzz\n" do
        marked[#marked + 1] = text
      end
      assert.equal(#texts, #marked)
      local sure = 0
      for i, text in ipairs(texts) do
        local line = links.line({ program, "@t" }, { t = text })
        local out = {}
        for part in line:parts() do
          if part:kind() ~= "broken" or part:text() == "" then
            out[#out + 1] = part:text() .. "\n"
          else out = nil break end
        end
        if out then
          sure = sure + 1
          assert.equal(marked[i], table.concat(out), ("%q"):format(text))
        end
      end
      assert.is_true(sure > 250, sure)
    end)
  end

  it("are those that lld-link reads", function ()
    math.randomseed(8)
    local sure = 0
    for _ = 1, 60 do
      local text = any_text():gsub("[\n\r\t\v]", " ")
      helper.write(folder .. "/w", text)
      local _, _, err = helper.run({ "lld-link", "@w" }, folder)
      local read = {}
      for word in err:gmatch "could not open '(.-)': " do
        read[#read + 1] = word
      end
      local line = links.line({ "lld-link", "@w" }, { w = text })
      local ours = {}
      for part in line:parts() do ours[#ours + 1] = part:text() end
      if line:sure() then
        assert.same(read, ours, ("%q"):format(text))
        sure = sure + 1
      end
    end
    assert.is_true(sure > 30, sure)
  end)
end)
