--- Links for the question which sections survive: sources with all that keeps
--- a section or does not, compiled once, in many combinations.

local helper = require "helper"

local survive_links = {}

local C = {
  -- roots: tables, notes, what is retained, what only a name keeps
  roots = [[
    #define S(x) __attribute__((section(x)))
    int g1(void) { return 1; } int g2(void) { return 2; }
    int g3(void) { return 3; } int g4(void) { return 4; }
    static void early(void) __attribute__((constructor(200)));
    int helped(void) { return 5; } static void early(void) { helped(); }
    static void late(void) __attribute__((destructor));
    int helped2(void) { return 5; } static void late(void) { helped2(); }
    __attribute__((retain, used)) S(".kept.retain") int kept = 4;
    S(".init_array.5") void *slot = g2; S(".ctors.5") void *old = g3;
    int common_used, common_not; __thread int tls_not; __thread int tls = 3;
    const char *text(void) { return "hello text"; }
    const char *text2(void) { return "hello text2"; }
    int _start(void) { return g1() + common_used + tls + (int)(long)text(); }
    asm(".section .jcr,\"aw\"\n .quad g4\n .section .text.personality_x,\"ax\""
        "\n nop\n .section .gcc_except_table.z,\"a\"\n .quad text2\n"
        ".section .tm_clone_table,\"aw\"\n .quad 1\n"
        ".section .note.mine,\"a\",@note\n .quad 1\n"
        ".section .mynote,\"a\",@note\n .quad g5\n"
        ".section .note.prog,\"a\",@progbits\n .quad g6\n"
        ".section .mydata,\"\",@progbits\n .quad g7\n"
        ".section .left,\"ae\",@progbits\n .quad g8\n"
        ".section .initial,\"ax\"\n .quad g9\n"
        ".section .text._init,\"ax\"\n.globl _init\n_init: .quad g5\n .text");
    int g5(void) { return 5; } int g6(void) { return 6; }
    int g7(void) { return 7; } int g8(void) { return 8; }
    int g9(void) { return 9; }
  ]],
  -- groups, and sections that belong to others
  groups = [[
    int o1(void) { return 1; } int o2(void) { return 2; }
    int o3(void) { return 2; } int o4(void) { return 2; }
    asm(".section .text.use,\"ax\"\n.globl use\nuse: .quad inside\n"
        ".section .grp1,\"aG\",@progbits,g,comdat\n .quad o1\n"
        ".section .grp2,\"aG\",@progbits,g,comdat\n .globl inside\n"
        "inside: .quad 2\n"
        ".section .grpn,\"aG\",@note,gg,comdat\n .quad o2\n"
        ".section .grpm,\"aG\",@progbits,gg,comdat\n .quad 3\n"
        ".section .ord1,\"ao\",@progbits,.text.use\n .quad o3\n"
        ".section .ord2,\"ao\",@progbits,.text.o2\n .quad o4\n"
        ".section .ord3,\"o\",@progbits,.text.use\n .quad o1\n"
        ".section .ordn,\"ao\",@note,.text.use\n .quad 1\n"
        ".section .ordr,\"aoR\",@progbits,.text.o2\n .quad 1\n"
        ".section .grpd,\"G\",@progbits,gd,comdat\n .quad 1\n"
        ".section .one,\"axG\",@progbits,g1,comdat\n one: .quad 2\n .text");
  ]],
  -- sections with names of C, and who wants their begin and end
  edges = [[
    #define S(x) __attribute__((section(x)))
    int dep(void) { return 1; } int dep2(void) { return 1; }
    S("set_a") void *a1 = dep; S("set_a") void *a2; S("set_b") void *b = dep2;
    S("set_c") int c = 1; S("set_d") int d; S("__libc_x") void *libc_x = dep2;
    extern char __start_set_a[], __stop_set_b[] __attribute__((weak)),
                __start_set_c[], __start___libc_x[];
    long begin_a(void) { return (long)__start_set_a; }
    long end_b(void) { return (long)__stop_set_b; }
    long begin_c(void) { return (long)__start_set_c; }
    long begin_x(void) { return (long)__start___libc_x; }
    extern int use(void) __attribute__((weak));
    int edges(void) { return begin_a() + end_b() + begin_x()
                             + (use ? use() : 0); }
  ]],
  edges2 = [[
    #define S(x) __attribute__((section(x)))
    int dep3(void) { return 1; }
    S("set_a") void *second = dep3; S("set_d") void *dd = dep3;
    char __start_set_c[1];
  ]],
  -- who is seen from outside, and how
  seen = [[
    #define V(x) __attribute__((visibility(x)))
    int s1(void) { return 1; } V("hidden") int s2(void) { return 2; }
    V("protected") int s3(void) { return 3; }
    V("internal") int s4(void) { return 4; }
    __attribute__((weak)) int s5(void) { return 5; }
    int s6 = 1; int s7; static int s8(void) { return 8; }
    int s9(void) { return s8(); } int back(void) { return 1; }
    V("hidden") int back2(void) { return 1; }
    int (*table[])(void) = { s2 };
    V("hidden") int both(void) { return 1; } int both2(void) { return 1; }
    extern int nobody(void) __attribute__((weak)); int (*maybe)(void) = nobody;
  ]],
  seen2 = [[
    extern int s1(void), s6; int s5(void) { return 55; }
    __attribute__((visibility("hidden"))) extern int s9(void);
    int t1(void) { return s1() + s6; } int t2(void) { return s9(); }
  ]],
  versions = [[
    asm(".symver t3, t@@V1\n .symver t4, t@V0");
    int t3(void) { return 1; } int t4(void) { return 2; }
    extern int t(void); int t5(void) { return t(); }
  ]],
  m1 = "int m1(void) { return 1; } int m1b(void) { return 2; }",
  m2 = "extern int m1(void); int m2(void) { return m1(); } int m2b;",
  m3 = "int m3(void) { return 3; }",
  want = "extern int m2(void); int want(void) { return m2(); } "
         .. "int not_wanted(void) { return 1; }",
  lib = "extern int back(void), back2(void) __attribute__((weak)); "
        .. "int both(void) { return 1; } int both2(void) { return 1; } "
        .. "int s6 = 3; int lib(void) { return back() + back2(); }",
}

local CXX = {
  cxx1 = [[
    #include <stdexcept>
    template <class T> T tf(T x) { static T q; q += x; return q; }
    inline int once(int x) {
      if (x > 3) throw std::runtime_error("a");
      return x;
    }
    struct V { virtual ~V() {} virtual int v() { return 1; } };
    struct W : V { int v() { return 2; } };
    inline int counted = tf(4);
    int a1(int x) { return once(x) + tf(x); }
    int a2(int x) {
      try { return once(x); } catch (std::exception &) { return 3; }
    }
    int a3() { try { return once(3); } catch (int) { return 3; } }
    V *make() { return new W; } thread_local int tl = a1(1);
    int b1(int);
    int main() { return a1(1) + a2(2) + b1(4) + tl; }
  ]],
  cxx2 = [[
    #include <stdexcept>
    template <class T> T tf(T x) { static T q; q += x; return q; }
    inline int once(int x) {
      if (x > 3) throw std::runtime_error("a");
      return x;
    }
    struct V { virtual ~V() {} virtual int v() { return 1; } };
    struct W : V { int v() { return 2; } };
    inline int counted = tf(4);
    int b1(int x) { return once(x) + tf(x) + counted; }
    V *make2() { return new W; }
    int b2() { try { return tf(3) + once(2); } catch (long) { return 1; } }
  ]],
}

-- object = { source, compiler, flags... }
local OBJECTS = {
  ["roots.o"] = { "roots", "gcc", "-fcommon", "-fno-pic" },
  ["roots-clang.o"] = { "roots", "clang", "-fcommon", "-fno-pic" },
  ["groups.o"] = { "groups", "gcc", "-fno-pic" },
  ["groups-g.o"] = { "groups", "gcc", "-fno-pic", "-g" },
  ["edges.o"] = { "edges", "gcc", "-fPIC" },
  ["edges2.o"] = { "edges2", "gcc", "-fPIC" },
  ["seen.o"] = { "seen", "gcc", "-fPIC" },
  ["seen-g.o"] = { "seen", "gcc", "-fPIC", "-fcommon", "-g" },
  ["seen2.o"] = { "seen2", "gcc", "-fPIC" },
  ["versions.o"] = { "versions", "gcc", "-fPIC" },
  ["m1.o"] = { "m1", "gcc", "-fPIC" }, ["m2.o"] = { "m2", "gcc", "-fPIC" },
  ["m3.o"] = { "m3", "gcc", "-fPIC" },
  ["want.o"] = { "want", "gcc", "-fPIC" },
  ["lib.o"] = { "lib", "gcc", "-fPIC" },
  ["cxx1.o"] = { "cxx1", "g++", "-std=c++17", "-fPIC" },
  ["cxx2.o"] = { "cxx2", "g++", "-std=c++17", "-fPIC" },
  ["cxx1-g.o"] = { "cxx1", "g++", "-std=c++17", "-g",
                   "-fdebug-types-section" },
  ["cxx2-g.o"] = { "cxx2", "clang++", "-std=c++17", "-g",
                   "-fdebug-types-section" },
}


local function place(name)
  return (helper.must { "gcc", "-print-file-name=" .. name }:gsub("\n", ""))
end


--- Compile all of it in a folder, on two processors.
function survive_links.make(folder)
  local halves, n = { {}, {} }, 0
  for name, text in pairs(C) do
    helper.write(folder .. "/" .. name .. ".c", text)
  end
  for name, text in pairs(CXX) do
    helper.write(folder .. "/" .. name .. ".cc", text)
  end
  local names = {}
  for name in pairs(OBJECTS) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local o = OBJECTS[name]
    local words = { o[2], "-c", "-O1", "-w", "-ffunction-sections",
                    "-fdata-sections", "-o", name,
                    o[1] .. (CXX[o[1]] and ".cc" or ".c") }
    table.move(o, 3, #o, #words + 1, words)
    n = n + 1
    table.insert(halves[n % 2 + 1], helper.line(words) .. " || exit 1\n")
  end
  for i = 1, 2 do
    helper.write(folder .. "/make" .. i, table.concat(halves[i]))
  end
  helper.must({ "sh", "-c", "sh make1 & sh make2 && wait $!" }, folder)
  helper.must({ "ar", "rcs", "libm.a", "m1.o", "m2.o", "m3.o" }, folder)
  helper.must({ "ld.bfd", "-shared", "-o", "lib.so", "lib.o" }, folder)
  helper.write(folder .. "/some.map", "V0 { };\nV1 { global: s1; s6; t; t2; "
    .. "local: *; };\n")
  helper.write(folder .. "/some.list", "{ s1; s7; t2; };\n")
end


local function among(...)
  local set = {}
  for _, name in ipairs { ... } do set[name] = true end
  return function (name) return set[name] == true end
end

local function all_but(...)
  local shown = among(...)
  return function (name) return not shown(name) and "local" end
end

local function shown_or_local(...)
  local shown = among(...)
  return function (name) return shown(name) or "local" end
end

-- words before the inputs, what they mean to the resolver and the survivors
local WAYS = {
  { "plain", { "-e", "_start" }, { entry = "_start" } },
  { "pie", { "-pie", "-e", "_start" }, { entry = "_start" },
    { dynamic = true } },
  { "E", { "-E", "-e", "_start" }, { entry = "_start" },
    { exported = true } },
  { "shared", { "-shared" }, {}, { library = true } },
  { "map", { "-shared", "--version-script=some.map" }, {},
    { library = true,
      exported = among("s1", "s6", "t", "t2") },
    only = { lld = { "--undefined-version" } }, more = { "versions.o" } },
  { "program-map", { "-pie", "-e", "g1", "--version-script=some.map" },
    { entry = "g1" },
    { dynamic = true, exported = all_but("s1", "s6", "t", "t2"),
      -- mold exports what a script names, of a program, too
      mold = { exported = shown_or_local("s1", "s6", "t", "t2") } },
    only = { lld = { "--undefined-version" } } },
  { "list", { "-pie", "-e", "g1", "--dynamic-list=some.list" },
    { entry = "g1" }, { dynamic = true, exported = among("s1", "s7", "t2") } },
  { "names", { "-e", "begin_a", "-u", "s3", "-u", "tls_not", "-init", "g3",
               "-fini", "s9" },
    { entry = "begin_a", undefined = { "s3", "tls_not" } },
    { init = "g3", fini = "s9" } },
  { "alias", { "-e", "_start", "--defsym=alias=g4" },
    { entry = "_start", defsym = { { "alias", "g4" } } }, {},
    not_mold = true },
}

local SETS = {
  { "roots", { "roots.o" } },
  { "clang", { "roots-clang.o", "groups-g.o" } },
  { "groups", { "roots.o", "groups.o", "edges.o" } },
  { "edges", { "edges.o", "edges2.o", "seen.o", "libm.a" } },
  { "lib", { "roots.o", "edges.o", "lib.so", "seen.o", "seen2.o" } },
  { "lib-last", { "seen.o", "edges.o", "want.o", "libm.a", "lib.so" } },
  { "debug", { "seen-g.o", "seen2.o", "edges.o", "groups-g.o" } },
  { "pull", { "want.o", "seen2.o", "seen-g.o", "libm.a", "roots.o" } },
}

-- What an option makes of one set; bfd and lld have both of them.
local EXTRA = {
  { "nostart", { "-z", "nostart-stop-gc" }, { start_stop_gc = false } },
  { "start", { "-z", "start-stop-gc" }, { start_stop_gc = true } },
}


local function copy(t)
  local out = {}
  for key, value in pairs(t or {}) do out[key] = value end
  return out
end


local function generated(folder)
  local list = {}
  for _, set in ipairs(SETS) do
    for _, way in ipairs(WAYS) do
      local words = copy(way[2])
      -- (what is not there has to be no reason to stop)
      table.insert(words, "--warn-unresolved-symbols")
      local inputs = copy(set[2])
      table.move(way.more or {}, 1, #(way.more or {}), #inputs + 1, inputs)
      table.move(inputs, 1, #inputs, #words + 1, words)
      list[#list + 1] = {
        folder = folder, name = set[1] .. "-" .. way[1], words = words,
        inputs = inputs, how = way[3], ask = way[4], only = way.only,
        -- mold 1 forgets what --defsym wants, and that is left unknown
        skip = way.not_mold and { mold = true } or {},
      }
    end
  end
  for _, extra in ipairs(EXTRA) do
    for _, way in ipairs { WAYS[1], WAYS[4] } do
      local words, ask = copy(way[2]), copy(way[4])
      table.move(extra[2], 1, 2, #words + 1, words)
      table.move({ "--warn-unresolved-symbols", "edges.o", "edges2.o",
                   "roots.o" }, 1, 4, #words + 1, words)
      ask.start_stop_gc = extra[3].start_stop_gc
      list[#list + 1] = {
        folder = folder, name = extra[1] .. "-" .. way[1], words = words,
        inputs = { "edges.o", "edges2.o", "roots.o" }, how = way[3],
        ask = ask, skip = { mold = true, gold = true },
      }
    end
  end
  list[#list + 1] = {
    folder = folder, name = "keep-exported", inputs = { "seen.o", "roots.o" },
    words = { "-e", "_start", "--gc-keep-exported", "seen.o", "roots.o" },
    how = { entry = "_start" }, ask = { keep_exported = true },
    skip = { mold = true, gold = true, lld = true, ["lld-14"] = true },
  }
  return list
end


-- A whole program, as a driver links it, with the system's own archives.
local function program(folder, name, objects, archives)
  local words, inputs = { "-static" }, {}
  local function put(list, group)
    for _, path in ipairs(list) do
      words[#words + 1] = path
      inputs[#inputs + 1] = { name = path, group = group }
    end
  end
  put { place "crt1.o", place "crti.o", place "crtbeginT.o" }
  put(objects)
  put(archives)
  words[#words + 1] = "--start-group"
  put({ place "libgcc.a", place "libgcc_eh.a", place "libc.a" }, 1)
  words[#words + 1] = "--end-group"
  put { place "crtend.o", place "crtn.o" }
  return { folder = folder, name = name, words = words, inputs = inputs,
           how = { entry = "_start" } }
end


--- All of them.
function survive_links.all(folder)
  local list = generated(folder)
  local libm = helper.read(place "libm.a"):match "GROUP %( (%S+)"
               or place "libm.a"
  local cxx = { place "libstdc++.a", libm }
  list[#list + 1] = program(folder, "static-c", { "m3.o", "want.o", "m2.o",
                                                   "m1.o" }, {})
  list[#list + 1] = program(folder, "static-c++", { "cxx1.o", "cxx2.o" }, cxx)
  list[#list + 1] = program(folder, "static-debug", { "cxx1-g.o", "cxx2-g.o" },
                            cxx)
  local objects = { "cxx1.o", "cxx2.o" }
  list[#list + 1] = {
    folder = folder, name = "shared-c++", inputs = objects,
    words = { "-shared", "--unresolved-symbols=ignore-all", "cxx1.o",
              "cxx2.o" },
    ask = { library = true },
  }
  return list
end

local MACHINES = {
  "i386-linux-gnu", "x86_64-linux-gnux32", "aarch64-linux-gnu",
  "aarch64_be-linux-gnu", "armv7-linux-gnueabi", "mips-linux-gnu",
  "mipsel-linux-gnu", "mips64-linux-gnuabi64", "mips64el-linux-gnuabi64",
  "powerpc64le-linux-gnu", "powerpc-linux-gnu", "riscv64-linux-gnu",
  "riscv32-linux-gnu",
}

local MACHINE_TEXT = [[
  #define KEPT __attribute__((noinline))
  KEPT int g1(void) { return 1; } KEPT int g2(void) { return 2; }
  int g3(void) { return 3; } extern int com; int arr[4]; int *p = &arr[2];
  KEPT static int loc(void) { return g2(); }
  int (*tab[])(void) = { g3, loc }; __thread int t1 = 3;
  int _start(void) { return g1() + *p; }
  int not_used(void) { return tab[1]() + com; }
  int com; int not_used2(void) { return t1; }
]]

--- The same object for other machines, which lld links; one with CREL.
function survive_links.machines(folder)
  local list = {}
  local function put(name, only)
    list[#list + 1] = {
      folder = folder, name = name, inputs = { name .. ".o" },
      words = { "-e", "_start", name .. ".o" }, how = { entry = "_start" },
      skip = { bfd = true, gold = true, mold = true, ["lld-14"] = only },
    }
  end
  helper.write(folder .. "/machine.c", MACHINE_TEXT)
  for _, target in ipairs(MACHINES) do
    helper.must({ "clang", "--target=" .. target, "-O1", "-c", "-w",
                  "-ffunction-sections", "-fdata-sections", "-o",
                  target .. ".o", "machine.c" }, folder)
    put(target)
  end
  helper.must({ "clang", "-O1", "-S", "-w", "-ffunction-sections",
                "-fdata-sections", "machine.c" }, folder)
  helper.must({ "llvm-mc-19", "-filetype=obj", "-triple=x86_64", "-crel",
                "-o", "crel.o", "machine.s" }, folder)
  put("crel", true)  -- older ones know no CREL
  return list
end

return survive_links
