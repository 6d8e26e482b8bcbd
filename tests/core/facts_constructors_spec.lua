--- Constructors of objects in all formats, beside what llvm-objdump says of
--- the sections that list them; of what was linked, beside readelf.

local facts = require "facts"
local helper = require "helper"

local SOURCE = [[
int x;
__attribute__((constructor)) void one(void) { x = 1; }
__attribute__((constructor)) static void two(void) { x = 2; }
__attribute__((constructor(200))) void three(void) { x = 3; }
]]


describe("constructors", function ()
  local folder
  setup(function ()
    folder = helper.folder "facts-constructors"
    helper.write(folder .. "/c.c", SOURCE)
    helper.write(folder .. "/none.c", "int f(void) { return 1; }\n")
  end)

  local function compile(target, name, ...)
    local out = target .. "-" .. name .. ".o"
    helper.must({ "clang", "--target=" .. target, "-w", "-fintegrated-as", "-c",
                  name .. ".c", "-o", out, ... }, folder)
    return out
  end

  -- Sections with such names, and how many words they have.
  local function sections(file, pattern, word)
    local out = {}
    local text = helper.must({ "llvm-objdump-19", "-h", file }, folder)
    for name, size in text:gmatch "\n%s+%d+ (%S+)%s+(%x+)" do
      if name:match(pattern) then
        out[#out + 1] = name .. " " .. tonumber(size, 16) // word
      end
    end
    assert.is_true(#out > 0, file)
    return table.concat(out, "\n")
  end

  it("of objects are in the sections that list them", function ()
    for target, how in pairs {
      ["x86_64-linux-gnu"] = { "^%.init_array", 8 },
      ["i386-linux-gnu"] = { "^%.init_array", 4 },
      ["powerpc64-linux-gnu"] = { "^%.init_array", 8 },
      ["x86_64-pc-windows-msvc"] = { "^%.CRT%$X[CI]", 8 },
      ["i686-pc-windows-msvc"] = { "^%.CRT%$X[CI]", 4 },
      ["x86_64-w64-mingw32"] = { "^%.ctors", 8 },
      ["arm64-apple-macos13"] = { "^__mod_init_func", 8 },
      ["armv7-apple-ios7"] = { "^__mod_init_func", 4 },
    } do
      local file, none = compile(target, "c"), compile(target, "none")
      local ours = facts.ask({ file, none }, folder)
      assert.equal("", ours[none].constructors, target)
      assert.equal(sections(file, how[1], how[2]),
                   (ours[file].constructors:gsub("__DATA,", "")), target)
      local count = 0
      for n in ours[file].constructors:gmatch " (%d+)" do count = count + n end
      assert.equal(3, count, target)
    end
    local old = compile("x86_64-linux-gnu", "c", "-fno-use-init-array")
    assert.equal(sections(old, "^%.ctors", 8),
                 facts.ask({ old }, folder)[old].constructors)
    local file = compile("wasm32-unknown-unknown", "c")
    assert.equal("linking 3", facts.ask({ file }, folder)[file].constructors)
  end)

  it("of what was linked are in the dynamic table", function ()
    helper.must({ "gcc", "-shared", "-fPIC", "c.c", "-o", "c.so" }, folder)
    helper.must({ "gcc", "-shared", "-nostdlib", "-fPIC", "c.c", "-o",
                  "bare.so" }, folder)
    helper.must({ "ld.lld", "-shared", "-o", "none.so",
                  compile("x86_64-linux-gnu", "none") }, folder)
    helper.write(folder .. "/main.c", "int main(void) { return 0; }\n")
    helper.must({ "gcc", "-static", "main.c", "-o", "static" }, folder)
    local files = { "c.so", "bare.so", "none.so" }
    local ours = facts.ask({ "static", table.unpack(files) }, folder)
    for _, file in ipairs(files) do
      local text = helper.must({ "readelf", "-dW", file }, folder)
      local bytes = text:match "INIT_ARRAYSZ%)%s+(%d+)"
      assert.equal(bytes and tostring(bytes // 8),
                   ours[file].constructors:match "%.init_array (%d+)", file)
      assert.equal(text:match "%(INIT%)" ~= nil,
                   ours[file].constructors:match "%.init 1" ~= nil, file)
    end
    assert.equal("", ours["none.so"].constructors)
    assert.equal(".init_array 3", ours["bare.so"].constructors)
    assert.matches("own code", ours.static.constructors.reason)
  end)
end)
