--- Names as people wrote them: nm -C, and patterns that begin with "C:".
--
-- Two demanglers decide, binutils' and LLVM's; they write some things in other
-- ways, so ours has to agree with one of them, and name by name.

local helper = require "helper"
local json = require "dkjson"

local folder = helper.folder "demangle"

local cpp = [[
  #include <map>
  #include <string>
  #include <vector>
  namespace deep { template <class T> struct Box {
    T value; T get(const T &) const; static int count; }; }
  template <class T> T deep::Box<T>::get(const T &t) const { return t; }
  template <class T> int deep::Box<T>::count = 1;
  template struct deep::Box<std::map<std::string, std::vector<int (*)(char)>>>;
  struct Op { Op operator+(const Op &) const; operator bool() const;
              void operator()(int, ...) const; ~Op(); };
  Op Op::operator+(const Op &) const { return *this; }
  Op::operator bool() const { return true; }
  void Op::operator()(int, ...) const {}
  Op::~Op() {}
  auto lambda = [](int i) { return i; };
  int use(int i) { return lambda(i); }
  extern "C" int plain(void) { return 1; }]]

local rust = [[
  #![crate_type = "lib"]
  pub mod inner {
    pub trait Shape { fn area(&self) -> f64; }
    pub struct Square<const N: usize>(pub f64);
    impl<const N: usize> Shape for Square<N> {
      #[inline(never)] fn area(&self) -> f64 { self.0 * N as f64 } }
    #[inline(never)] pub fn apply<F: Fn(u8) -> u8>(f: F) -> u8 { f(3) } }
  pub fn all() -> u8 {
    use inner::Shape;
    inner::apply(|x| x + inner::Square::<3>(1.0).area() as u8) }]]


local function symbols(words)
  local out, list = helper.must({ helper.tool, "nm",
                                  table.unpack(words) }, folder), {}
  for symbol in out:gmatch "\n[^\t\n]*\t%-\t[^\t]*\t([^\t]*)" do
    list[#list + 1] = symbol:gsub("\\x(%x%x)", function (hex)
      return string.char(tonumber(hex, 16))
    end)
  end
  table.sort(list)
  return list
end


local function filtered(program, names)
  helper.write(folder .. "/names", table.concat(names, "\n") .. "\n")
  local out, list = helper.must({ "sh", "-c", program .. " <names" },
                                folder), {}
  for line in out:gmatch "[^\n]*" do list[#list + 1] = line end
  return list
end


local function agrees(file, least, gnus)
  local raw, ours = symbols { file }, {}
  local gnu, llvm = filtered(gnus, raw), filtered("llvm-cxxfilt-19", raw)
  for _, name in ipairs(symbols { "-C", file }) do ours[name] = true end
  local changed = 0
  for i, name in ipairs(raw) do
    assert.is_true(ours[gnu[i]] or ours[llvm[i]], name)
    if gnu[i] ~= name then changed = changed + 1 end
  end
  assert.is_true(changed >= least, ("%d of %d"):format(changed, #raw))
end


describe("symrun nm -C", function ()
  it("writes C++ as binutils or LLVM do", function ()
    helper.write(folder .. "/a.cc", cpp)
    helper.must({ "g++", "-c", "a.cc" }, folder)
    agrees("a.o", 10, "c++filt")
  end)

  it("writes Rust's older and newer names", function ()
    helper.write(folder .. "/r.rs", rust)
    for i, option in ipairs { "-Cdebuginfo=0", "-Csymbol-mangling-version=v0" }
    do
      local object = ("r%d.o"):format(i)
      helper.must({ "rustc", "--emit=obj", option, "-o", object, "r.rs" },
                  folder)
      agrees(object, 3, "c++filt -i")
    end
  end)
end)


describe("a pattern that begins with C:", function ()
  local rule = [[
    local symrun = require "symrun"
    symrun.rule "c" { about = "asks", each = symrun.objects(),
      check = function (object, report)
        for name in object:defined(%q):each() do
          report.note(name, "%%s", name)
        end
      end }]]

  local function ask(glob, file)
    helper.write(folder .. "/rule.lua", rule:format(glob))
    local status, out = helper.symrun({ "--format", "json", "rule.lua", file },
                                      folder)
    local names = {}
    for _, f in ipairs(assert(json.decode(out), out).findings) do
      names[#names + 1] = f.symbol or f.unknown and f.message
    end
    return status, names
  end

  it("takes names as people wrote them", function ()
    local status, names = ask("C:Op::*(*) const", "a.o")
    assert.equal(0, status)
    assert.same({ "_ZNK2OpclEiz", "_ZNK2OpcvbEv", "_ZNK2OpplERKS_" }, names)
    assert.same({ "_ZN2OpD1Ev", "_ZN2OpD2Ev" },
                select(2, ask("C:Op::~Op()", "a.o")))
    assert.same({ "plain" }, select(2, ask("C:pla*n", "a.o")))
    assert.same({}, select(2, ask("C:_ZN2Op*", "a.o")))
  end)

  it("leaves open a name that is too long", function ()
    local long = "_Z" .. 20000 .. ("x"):rep(20000) .. "v"
    helper.write(folder .. "/long.s", (".globl %s\n%s = 1\n.globl _Z1yv\n"
      .. "_Z1yv = 2\n"):format(long, long))
    helper.must({ "as", "-o", "long.o", "long.s" }, folder)
    local status, names = ask("C:y()", "long.o")
    assert.equal(2, status)
    assert.equal("_Z1yv", names[1])
    assert.matches("too long to be demangled", names[2])
  end)
end)
