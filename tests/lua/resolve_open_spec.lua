--- What leaves open who gives a name: intermediate code, damage to names of
--- sections, a group of which a part was not read; and names of any length.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local core = require "symrun.core"
local helper = require "helper"
local make = require "make"

local function open(path)
  local tree = core.tree(true)
  assert(core.add(tree, path))
  return (assert(core.select(tree, "any")[1], path))
end


local function assemble(folder, target, name, text)
  helper.write(("%s/%s.s"):format(folder, name), text)
  helper.must({ "clang", "-target", target, "-c", "-o", name .. ".o",
                name .. ".s" }, folder)
end


describe("edges of sections", function ()
  local folder = helper.folder "given-edges"
  helper.write(folder .. "/use.c", "extern char __start_mysec[];"
               .. "char *_start(void) { return __start_mysec; }")
  helper.write(folder .. "/has.c", "__attribute__((section(\"mysec\"), used))"
               .. "int x = 3; int gone;")
  for name, options in pairs { use = {}, has = {}, lto = { "-flto" } } do
    helper.must({ "clang", "-c", "-o", name .. ".o",
                  (name == "use" and "use" or "has") .. ".c",
                  table.unpack(options) }, folder)
  end

  local function view(...)
    local inputs = {}
    for i, name in ipairs { ... } do
      inputs[i] = { file = open(folder .. "/" .. name) }
    end
    return core.resolve(inputs, { linker = "lld", makes = "executable" })
  end

  it("are there, are not, or may come of intermediate code", function ()
    assert.equal(0, (helper.run({ "ld.lld-19", "-o", "out", "use.o", "lto.o" },
                                folder)))
    assert.equal("by linker", view("use.o", "has.o"):winner "__start_mysec"
                                                    .state)
    assert.is_true(view("use.o"):undefined():has "__start_mysec")
    local open_too = view("use.o", "lto.o")
    assert.is_nil(open_too:winner "__start_mysec".sure)
    assert.has_error(function () open_too:unknown "__start_mysec" end)
    assert.has_error(function ()
      return open_too:undefined():has "__start_mysec"
    end)
    open_too:unknown()
    assert.is_true(open_too:winner "x".sure)
    assert.is_false(open_too:undefined():has "x")
  end)

  it("of what has a bad name are open, and so is the link", function ()
    helper.write(folder .. "/bad.o", (make.elf {
      sections = { { name = ".data", type = 1, flags = 3, bytes = "12345678" },
                   { name = "mysec", type = 1, flags = 3, bytes = "1234" } },
      symbols = { { name = "y", section = ".data" } },
      lie = { mysec = { sh_name = 0x7fffff } } }))
    local bad = view("use.o", "bad.o")
    assert.has_error(function () bad:unknown() end)
    assert.is_nil(bad:winner "__start_mysec".sure)
    assert.has_error(function () return bad:undefined():has "__start_mysec" end)
  end)

  it("are looked up, not searched", function ()
    local wants, has = {}, {}
    for i = 1, 20000 do
      wants[i] = (".quad __start_s%d"):format(i)
      has[i] = (".section s%d,\"aw\"\n.byte 1"):format(i)
    end
    assemble(folder, "x86_64-linux-gnu", "wants", ".data\n"
             .. table.concat(wants, "\n") .. "\n")
    assemble(folder, "x86_64-linux-gnu", "hases", table.concat(has, "\n")
             .. "\n")
    local before = os.clock()
    local many = view("wants.o", "hases.o")
    assert.is_true(os.clock() - before < 1.5)
    assert.is_true(many:undefined():empty())
  end)
end)


describe("a group", function ()
  it("is open from its first input where any of it was not read", function ()
    local folder = helper.folder "given-group"
    for name, text in pairs {
      main = "int f(void); int b2(void); int _start(void) {return b2();}",
      a1 = "int f(void) { return 1; }", c1 = "int f(void) { return 2; }",
      b2 = "int f(void); int b2(void) { return f(); }" } do
      helper.cc(folder, name, text)
    end
    local bytes = helper.read(folder .. "/b2.o")
    helper.write(folder .. "/b2.o", bytes:sub(1, #bytes - 70))
    for _, name in ipairs { "a1", "b2", "c1" } do
      helper.must({ "ar", "rcS", name .. ".a", name .. ".o" }, folder)
      helper.run({ "ranlib", name .. ".a" }, folder)
    end
    helper.cc(folder, "main", "int f(void); int _start(void) {return f();}")
    local function winner(group)
      local inputs = {}
      for i, name in ipairs { "main.o", "a1.a", "b2.a", "c1.a" } do
        inputs[i] = { file = open(folder .. "/" .. name),
                      group = i > 1 and group or nil }
      end
      local view = core.resolve(inputs, { linker = "bfd" })
      return view:winner "f", view:winner "_start"
    end
    local f, start = winner(nil)
    assert.equal("a1.a", f.file:path():match "[^/]+$")
    assert.is_true(f.sure and start.sure)
    f, start = winner(1)
    assert.equal("a1.a", f.file:path():match "[^/]+$")
    assert.is_nil(f.sure)
    assert.is_true(start.sure)
  end)
end)


describe("names of any length", function ()
  it("are wrapped whole", function ()
    local folder, long = helper.folder "given-long", ("n"):rep(3000)
    helper.cc(folder, "use", ("int %s(void); int _start(void) {return %s();}")
              :format(long, long))
    helper.cc(folder, "def", ("int __wrap_%s(void) { return 1; }"):format(long))
    local view = core.resolve({ { file = open(folder .. "/use.o") },
                                { file = open(folder .. "/def.o") } },
                              { wrap = { long }, linker = "bfd" })
    assert.is_true(view:undefined():empty())
    assert.equal("defined", view:winner("__wrap_" .. long).state)
  end)
end)


describe("lists", function ()
  it("of another kind are an error, wherever that stands", function ()
    assert.has_error(function () core.resolve({ 1 }, {}) end)
    assert.has_error(function () core.resolve({}, { defsym = { "x" } }) end)
    assert.has_error(function () core.resolve({}, { hide = { "x" } }) end)
    assert.has_error(function () core.resolve({}, { makes = "x" }) end)
  end)
end)
