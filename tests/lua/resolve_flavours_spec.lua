--- Who wins by the manners of wasm-ld, lld-link and ld64.lld, against the maps
--- and the complaints of these linkers.

local flavours = require "flavours"
local helper = require "helper"

-- An archive's name, as each system has it.
local function named(flavour, text)
  return (text:gsub("lib(%w+)%.a", flavour == "lld-link" and "%1.lib"
                                   or "lib%1.a"))
end

local links = {
  { "a member by need", "s.o libx.a", "f g",
    { ["s.o"] = "T start U f", ["libx.a"] = "m: T f U h / n: T g / o: T h" } },
  { "the first of two archives", "s.o libx.a liby.a", "f",
    { ["s.o"] = "T start U f", ["libx.a"] = "m: T f", ["liby.a"] = "n: T f" } },
  { "an archive before who wants it", "libx.a s.o", "f",
    { ["s.o"] = "T start U f", ["libx.a"] = "m: T f" } },
  { "two members with one name", "s.o libx.a", "f",
    { ["s.o"] = "T start U f", ["libx.a"] = "m: T f / n: T f" } },
  { "the second of them is wanted for another name", "s.o libx.a", "f g",
    { ["s.o"] = "T start U f U g", ["libx.a"] = "m: T f / n: T f T g" } },
  { "an object behind the archive", "s.o libx.a b.o", "f",
    { ["s.o"] = "T start U f", ["libx.a"] = "m: T f", ["b.o"] = "T f" } },
  { "two strong objects", "s.o a.o b.o", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "T f", ["b.o"] = "T f" } },
  { "weak, then strong", "s.o a.o b.o", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "W f", ["b.o"] = "T f" } },
  { "strong, then weak", "s.o a.o b.o", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "T f", ["b.o"] = "W f" } },
  { "two weak", "s.o a.o b.o", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "W f", ["b.o"] = "W f" } },
  { "weak, and strong in an archive", "s.o a.o libx.a", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "W f", ["libx.a"] = "m: T f" } },
  { "wanted weakly, offered", "s.o libx.a", "f",
    { ["s.o"] = "T start w f", ["libx.a"] = "m: T f" },
    { ["ld64.lld"] = "x" } },
  { "wanted by nobody", "s.o libx.a", "f",
    { ["s.o"] = "T start", ["libx.a"] = "m: T f" } },
  { "equal copies", "s.o a.o b.o", "f g",
    { ["s.o"] = "T start U f U g", ["a.o"] = "S f T g", ["b.o"] = "S f" } },
  { "equal copies in archives", "s.o libx.a liby.a", "f g h",
    { ["s.o"] = "T start U g U h", ["libx.a"] = "m: T g S f",
      ["liby.a"] = "n: T h S f" } },
  { "missing", "s.o a.o", "f g",
    { ["s.o"] = "T start U f", ["a.o"] = "T h U g" } },
  { "a circle of archives", "s.o libx.a liby.a", "f g h",
    { ["s.o"] = "T start U f", ["libx.a"] = "m: T f U g / n: T h",
      ["liby.a"] = "o: T g U h" } },
  { "who is first wanted", "s.o libx.a b.o liby.a", "f g",
    { ["s.o"] = "T start U g", ["b.o"] = "T b U f",
      ["libx.a"] = "m: T f / n: T g U f", ["liby.a"] = "o: T f" } },
  { "local names are nobody's", "s.o a.o b.o", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "t f T a", ["b.o"] = "T f" } },
  { "common and strong", "s.o a.o b.o", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "C f:8", ["b.o"] = "T f" },
    { ["wasm-ld"] = "x" } },
  { "two commons", "s.o a.o b.o", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "C f:4", ["b.o"] = "C f:8" },
    { ["wasm-ld"] = "x" } },
  { "common, and strong in an archive", "s.o a.o libx.a", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "C f:4", ["libx.a"] = "m: T f" },
    { ["wasm-ld"] = "x" } },
  { "common and weak", "s.o a.o b.o", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "W f", ["b.o"] = "C f:8" },
    { ["wasm-ld"] = "x", ["lld-link"] = "x" } },
  { "weak and common", "s.o b.o a.o", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "W f", ["b.o"] = "C f:8" },
    { ["wasm-ld"] = "x", ["lld-link"] = "x" } },
  { "one copy is equal, one is strong", "s.o a.o b.o", "f",
    { ["s.o"] = "T start U f", ["a.o"] = "S f", ["b.o"] = "T f" } },
  { "the whole archive", "s.o WHOLE", "f g",
    { ["s.o"] = "T start U f", ["libx.a"] = "m: T f / n: T g" } },
  { "a name that the line wants", "s.o libx.a UNDEFINED", "f g",
    { ["s.o"] = "T start", ["libx.a"] = "m: T f / n: T g" } },
}

local words_of = {
  ["wasm-ld"] = { WHOLE = { "--whole-archive", "libx.a" },
                  UNDEFINED = { "--undefined=g" } },
  ["lld-link"] = { WHOLE = { "/wholearchive:x.lib" },
                   UNDEFINED = { "/include:g" } },
  ["ld64.lld"] = { WHOLE = { "-force_load", "libx.a" },
                   UNDEFINED = { "-u", "_g" } },
}

local function split(flavour, text)
  local out = {}
  for word in text:gmatch "%S+" do
    local list = words_of[flavour][word] or { named(flavour, word) }
    table.move(list, 1, #list, #out + 1, out)
  end
  return out
end

for flavour in pairs(flavours.known) do
  describe(flavour .. " and symrun agree on", function ()
    for _, link in ipairs(links) do
      local what, line, names, files, without = table.unpack(link, 1, 5)
      if not (without and without[flavour]) then
        it(what, function ()
          local made = {}
          for name, text in pairs(files) do
            made[named(flavour, name)] = text
          end
          flavours.agree(helper.folder "flavours", flavour, made,
                         split(flavour, line), split(flavour, names))
        end)
      end
    end
  end)
end


-- == Apple's libraries =======================================================

describe("ld64.lld and symrun agree on a library", function ()
  for what, link in pairs {
    ["alone"] = { "s.o libd.dylib", "T start U f", nil, "libd.dylib" },
    ["before an archive"] = { "s.o libd.dylib libx.a", "T start U f",
                              "m: T f", "libd.dylib" },
    ["behind an archive"] = { "s.o libx.a libd.dylib", "T start U f",
                              "m: T f", "libx.a(m.o)" },
    ["behind an archive, before who wants it"] = {
      "libx.a libd.dylib s.o", "T start U f", "m: T f", "libx.a(m.o)" },
    ["before an archive, before who wants it"] = {
      "libd.dylib libx.a s.o", "T start U f", "m: T f", "libd.dylib" },
    ["and an object"] = { "s.o libd.dylib a.o", "T start U f", nil, "a.o" },
    ["and a weak object"] = { "s.o libd.dylib w.o", "T start U f", nil, "w.o" },
    ["that is wanted weakly"] = { "s.o libd.dylib", "T start w f", nil,
                                  "libd.dylib" },
  } do
    it(what, function ()
      local files = { ["s.o"] = link[2], ["libd.dylib"] = "T f",
                      ["a.o"] = "T f", ["w.o"] = "W f", ["libx.a"] = link[3] }
      local words = {}
      for word in link[1]:gmatch "%S+" do words[#words + 1] = word end
      local theirs, ours = flavours.agree(helper.folder "flavours", "ld64.lld",
                                          files, words, { "f" })
      assert.equal(0, theirs.status)
      assert.equal(link[4], ours.winner.f)
    end)
  end
end)


-- == what Windows imports ====================================================

describe("lld-link and symrun agree on imports:", function ()
  local folder = helper.folder "imports"
  for name, text in pairs {
    dll = "__declspec(dllexport) int f(void) { return 3; }"
          .. "__declspec(dllexport) int d = 4;",
    imp = "__declspec(dllimport) int f(void);"
          .. "int _start(void) { return f(); }",
    call = "int f(void); int _start(void) { return f(); }",
    data = "__declspec(dllimport) extern int d; int _start(void) {return d;}",
    plain = "extern int d; int _start(void) { return d; }",
    def = "int f(void) { return 5; } char unit_def[3] = {1};",
  } do
    helper.write(("%s/%s.c"):format(folder, name), text)
    helper.must({ "clang", "-target", "x86_64-pc-windows-msvc", "-c", "-o",
                  name .. ".o", name .. ".c" }, folder)
  end
  helper.must({ "llvm-ar-19", "rcs", "def.lib", "def.o" }, folder)
  helper.must({ "lld-link-19", "/dll", "/noentry", "/nodefaultlib", "dll.o",
                "/out:dll.dll", "/implib:dll.lib" }, folder)

  for _, line in ipairs {
    "imp.o dll.lib", "call.o dll.lib", "imp.o def.o", "imp.o def.lib",
    "imp.o def.lib dll.lib", "imp.o dll.lib def.lib", "call.o def.lib dll.lib",
    "call.o dll.lib def.lib", "imp.o def.o dll.lib", "call.o def.o dll.lib",
    "data.o dll.lib", "plain.o dll.lib", "call.o",
  } do
    it(line, function ()
      local words, names = {}, { "f", "__imp_f", "__imp_d" }
      for word in line:gmatch "%S+" do words[#words + 1] = word end
      local theirs = flavours.theirs(folder, "lld-link", words)
      local ours = flavours.ours(folder, "lld-link", words, names)
      local undefined = theirs.undefined:gsub("_declspec%(dllimport%) ",
                                              "__imp_")
      assert.equal(undefined, ours.undefined)
      assert.equal(theirs.duplicates, ours.duplicates)
      for _, name in ipairs(theirs.status == 0 and names or {}) do
        -- (what lld-link makes itself has no file)
        local their = theirs.winner[name]
        if their and their ~= "several" then
          assert.equal(their, ours.winner[name], name)
        end
      end
    end)
  end
end)


describe("what no linker takes together is unknown, by name:", function ()
  local why = { ["wasm-ld"] = "lld-link", ["lld-link"] = "ld64.lld",
                ["ld64.lld"] = "wasm-ld" }
  for flavour, other in pairs(why) do
    it(flavour .. ", and an object for " .. other, function ()
      local folder = helper.folder "flavours"
      flavours.make(folder, flavour, { ["s.o"] = "T start U f" })
      flavours.make(folder, other, { ["a.o"] = "T f" })
      assert.are_not.equal(0, flavours.theirs(folder, flavour,
                                              { "s.o", "a.o" }).status)
      local words = { "why", "f", "--", table.unpack(
                      flavours.known[flavour].line) }
      table.move({ "s.o", "a.o" }, 1, 2, #words + 1, words)
      local status, out = helper.symrun(words, folder)
      assert.equal(2, status)
      assert.truthy(out:find("a.o: is for another target", 1, true), out)
    end)
  end
end)
