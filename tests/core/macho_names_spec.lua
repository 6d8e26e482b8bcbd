--- Names of Mach-O: the underscore that compilers add, names that have none,
--- and members of archives as Darwin's tools write them.

local helper = require "helper"
local macho = require "make_macho"
local peers = require "peers_macho"
local difference = require("peers").difference


-- What a rule sees of one file: text of a report, in one line.
local function ask(folder, file, question)
  helper.write(folder .. "/ask.lua", ([[
    local symrun = require "symrun"
    symrun.rule "own/ask" {
      about = "a question", each = symrun.files "*",
      check = function (it, report) %s end,
    }
  ]]):format(question))
  local _, out = helper.symrun({ "ask.lua", file }, folder)
  return (out:gsub("%s+", " "))
end


describe("a Mach-O name", function ()
  it("is that of the source, and no two become one", function ()
    local folder = helper.folder "macho-names"
    local raw = { "_f", "f", "__f", "_\1f", "\1f", "_", "\1", "_\1", "___f" }
    local rules = { "f", "\\x01f", "_f", "\\x01_\\x01f", "\\x01\\x01f", "",
                    "\\x01\\x01", "\\x01_\\x01", "__f" }
    local seen = {}
    for i, name in ipairs(raw) do
      helper.write(folder .. "/x.o", (macho.file { symbols = {
        { name = name, sect = 1 } } }))
      local text = ask(folder, "x.o", [[
        for name in it:defined():each() do report(it, "[%s]", name) end
      ]]):match "%[(.-)%]"
      assert.equal(rules[i], text)
      assert.is_nil(seen[text])
      seen[text] = true
      local ours = peers.symrun({ "x.o" }, folder)["x.o"]
      assert.equal("-\t-\t" .. name:gsub("\1", "\\x01") .. "\tT", ours[1])
    end
  end)

  it("is found by a pattern of the source's name", function ()
    local folder = helper.folder "macho-names"
    helper.write(folder .. "/x.c", [[
      int js_one(void) { return 1; } int _js(void) { return 2; }
      int odd(void) __asm__("js_verbatim"); int odd(void) { return 3; }
      static int js_local(void) { return 4; } int (*p)(void) = js_local;
      __attribute__((visibility("hidden"))) int js_mine(void) { return 5; }
      int js_wanted(void); int q(void) { return js_wanted(); }
      int js_tentative;
    ]])
    helper.must({ "clang", "--target=arm64-apple-macosx11", "-fcommon", "-c",
                  "x.c" }, folder)
    for question, expected in pairs {
      ['it:defined "js_*"'] = "[js_mine, js_one and js_tentative]",
      ['it:exported "js_*"'] = "[js_one and js_tentative]",
      ['it:undefined "js_*"'] = "[js_wanted]",
      ['it:defined "?js_*"'] = "[\\x01js_verbatim]",
      ['it:defined "_js*"'] = "[_js]",
      ['it:defined "*_verbatim"'] = "[\\x01js_verbatim]",
      ['it:defined "{js_one,none}"'] = "[js_one]",
      ['tostring(it:defines "_js_one")'] = "[false]",
    } do
      assert.is_truthy(ask(folder, "x.o",
        ('report(it, "[%%s]", %s)'):format(question)):find(expected, 1, true),
        question)
    end
  end)

  it("stays when there are more of these than a buffer holds", function ()
    local folder = helper.folder "macho-names"
    local symbols = {}
    for i = 1, 3000 do
      symbols[i] = { name = ("verbatim_%05d"):format(i), sect = 1 }
    end
    symbols[3001] = { name = ("long"):rep(5000), sect = 1 }
    helper.write(folder .. "/x.o", (macho.file { symbols = symbols }))
    assert.matches("%[3001%]", ask(folder, "x.o",
      [[ report(it, "[%d]", #it:defined "*") ]]))
    assert.matches("%[5%]", ask(folder, "x.o",
      [[ report(it, "[%d]", #it:defined "?verbatim_0123[0-4]") ]]))
    assert.matches("%[1%]", ask(folder, "x.o",
      [[ report(it, "[%d]", #it:defined "?longlong*") ]]))
  end)

  it("is a member's in archives of all kinds", function ()
    local folder = helper.folder "macho-names"
    local list = {}
    for _, name in ipairs { "one", "two", "a_name_of_more_than_16_bytes" } do
      helper.write(folder .. "/" .. name .. ".c", ([[
        int %s(void) { return 1; } int %s_wants(void);
        int %s_(void) { return %s_wants(); } ]]):gsub("%%s", name))
      helper.must({ "clang", "--target=x86_64-apple-macosx11", "-c",
                    name .. ".c" }, folder)
      list[#list + 1] = name .. ".o"
    end
    for _, format in ipairs { "darwin", "bsd", "gnu" } do
      local file = format .. ".a"
      local words = { "llvm-ar-19", "--format=" .. format, "rcs", file }
      helper.must(table.move(list, 1, #list, #words + 1, words), folder)
      local ours, status, err = peers.symrun({ file }, folder)
      assert.equal("", err)
      assert.equal(0, status)
      assert.equal("", difference(ours[file],
                                  peers.llvm({ file }, folder)[file]))
      assert.equal(9, #ours[file])
      -- The archive's index names all that is defined, and its member.
      local index, expected = {}, {}
      for _, row in ipairs(peers.symrun({ file }, folder, "index")[file]) do
        index[#index + 1] = row:match "^(.*)\t."
      end
      for _, row in ipairs(ours[file]) do
        if row:find "\tT$" then expected[#expected + 1] = row:match "^(.*)\tT"
        end
      end
      assert.equal(6, #index)
      assert.equal("", difference(index, expected))
    end
  end)
end)
