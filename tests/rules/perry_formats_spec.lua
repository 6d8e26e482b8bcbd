--- rules/perry.lua over archives for other systems: the same answers as on
--- ELF, whatever their compilers add to names.

local helper = require "helper"
local json = require "dkjson"

local sources = {
  ["perry_runtime-7"] = "int js_http_init_dispatch(void) { return 0; }",
  ["perry_ext_http-1"] = "int js_http_init_dispatch(void);"
    .. "int js_http_get(void) { return js_http_init_dispatch(); }",
  ["perry_stdlib-1"] = "int js_http_init_dispatch(void) { return 1; }"
    .. "int js_std_x(void) { return 2; }",
}

-- Archives of a target: the extension's members are given.
local function tree(target, name, members)
  local folder = helper.folder "perry-formats"
  for member, text in pairs(sources) do
    helper.write(("%s/%s.c"):format(folder, member), text)
    helper.must({ "clang", "--target=" .. target, "-c", "-o", member .. ".o",
                  member .. ".c" }, folder)
  end
  helper.must({ "mkdir", "tree" }, folder)
  local function archive(crate, list)
    helper.must({ "llvm-ar-19", "rcs",
      ("tree/" .. name):format(crate), table.unpack(list) }, folder)
  end
  archive("perry_ext_http", members)
  archive("perry_stdlib", { "perry_stdlib-1.o" })
  return folder
end

local function check(folder)
  local status, out = helper.symrun({ "rules/perry.lua", "--select",
    "perry/{ext-exports-js,stub-never-wins}", "--format", "json",
    folder .. "/tree" }, helper.top)
  local lines = {}
  for _, f in ipairs(assert(json.decode(out), out).findings) do
    lines[#lines + 1] = ("%s: %s(%s)"):format(f.rule, f.file,
                                              f.member and f.member.name)
  end
  return status, lines
end


describe("rules/perry.lua", function ()
  local harmed = { "perry_ext_http-1.o", "perry_runtime-7.o" }
  for _, t in ipairs {
    { "x86_64-linux-gnu", "lib%s.a" }, { "arm64-apple-macosx11", "lib%s.a" },
    { "i386-apple-macosx10.6", "lib%s.a" },
    { "x86_64-pc-windows-msvc", "%s.lib" },
    { "i686-pc-windows-msvc", "%s.lib" }, { "i686-pc-windows-gnu", "lib%s.a" },
    { "aarch64-pc-windows-msvc", "%s.lib" },
    { "wasm32-unknown-unknown", "lib%s.a" },
  } do
    local target, name = table.unpack(t)
    it("blames the stub, and no one else, for " .. target, function ()
      local status, lines = check(tree(target, name, harmed))
      assert.same({ ("perry/stub-never-wins: %s(perry_runtime-7.o)"):format(
        name:format "perry_ext_http") }, lines)
      assert.equal(1, status)
    end)

    it("is silent where there is none, for " .. target, function ()
      local status, lines = check(tree(target, name, { harmed[1] }))
      assert.same({}, lines)
      assert.equal(0, status)
    end)

    it("sees an index that lost its names, for " .. target, function ()
      local folder = tree(target, name, { harmed[1] })
      helper.must({ "sh", "-c", "rm tree/*ext_http* && llvm-ar-19 rcS "
        .. ("tree/" .. name):format "perry_ext_http" .. " " .. harmed[1] },
        folder)
      local status, lines = check(folder)
      assert.same({ ("perry/ext-exports-js: %s(perry_ext_http-1.o)"):format(
        name:format "perry_ext_http") }, lines)
      assert.equal(1, status)
    end)
  end
end)
