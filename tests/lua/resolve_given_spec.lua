--- Names that linkers give by themselves: every linker that is here is asked
--- for every name, for machines and kinds of output.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local core = require "symrun.core"
local helper = require "helper"
local methods = require "symrun.link_resolve".methods
local symrun_line = require "symrun.line"

local ELF = [[
  __bss_start _end end _edata edata _etext etext __etext __ehdr_start
  __executable_start __preinit_array_start __preinit_array_end
  __init_array_start __init_array_end __fini_array_start __fini_array_end
  __rela_iplt_start __rela_iplt_end __rel_iplt_start __rel_iplt_end
  _GLOBAL_OFFSET_TABLE_ _DYNAMIC __dso_handle _TLS_MODULE_BASE_
  __tdata_start __GNU_EH_FRAME_HDR
  _PROCEDURE_LINKAGE_TABLE_ __stack __global_pointer$ __exidx_start
  __exidx_end .TOC. _gp _gp_disp __gnu_local_gp __ImageBase __heap_base
  _mh_execute_header nosuch
]]

local COFF = [[
  __ImageBase __enclave_config __guard_fids_table __guard_fids_count
  __guard_flags __guard_iat_table __guard_iat_count __guard_longjmp_table
  __guard_longjmp_count __guard_eh_cont_table __guard_eh_cont_count
  __safe_se_handler_table __safe_se_handler_count _end __bss_start nosuch
]]

local APPLE = [[
  __dso_handle _mh_execute_header _mh_dylib_header _mh_bundle_header
  section$start$__DATA$__x section$end$__DATA$__x segment$start$__DATA
  segment$end$__TEXT _end __ImageBase nosuch
]]

-- { clang's target, ld's -m, size of a pointer }
local machines = {
  ["x86-64"] = { "x86_64-linux-gnu", "elf_x86_64", ".quad" },
  i386 = { "i386-linux-gnu", "elf_i386", ".long" },
  aarch64 = { "aarch64-linux-gnu", "aarch64linux", ".quad" },
  arm = { "armv7-linux-gnueabihf", "armelf_linux_eabi", ".long" },
  riscv = { "riscv64-linux-gnu", "elf64lriscv", ".quad" },
  ppc64 = { "powerpc64le-linux-gnu", "elf64lppc", ".quad" },
  s390x = { "s390x-linux-gnu", "elf64_s390", ".quad" },
}

local programs = { bfd = "ld.bfd", gold = "ld.gold", ["lld-14"] = "ld.lld-14",
                   lld = "ld.lld-19", mold = "mold" }

-- { options, how }; a library is linked where "lib.so" stands
local kinds = {
  static = { { "-static" }, { makes = "executable", static = true } },
  plain = { {}, { makes = "executable", static = true } },
  dynamic = { { "lib.so" }, { makes = "executable", static = true } },
  pie = { { "-pie" }, { makes = "executable", pie = true } },
  library = { { "-shared", "-z", "defs" }, { makes = "library" } },
}

local function words_of(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = word end
  return list
end


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


-- An object that wants all of them.
local function wanting(folder, target, name, names, pointer, prefix)
  local out = { ".data" }
  for _, begin in ipairs { "_start", "start", "_main" } do
    out[#out + 1] = (".globl %s\n%s:"):format(begin, begin)
  end
  out[#out + 1] = pointer .. " 0"
  for _, one in ipairs(names) do
    local bare = one:find "^%a+%$" or not prefix
    out[#out + 1] = ('%s "%s%s"'):format(pointer, bare and "" or prefix, one)
  end
  assemble(folder, target, name, table.concat(out, "\n") .. "\n")
end


-- What a linker says it lacks: {name = true}, or nil if it links no such thing.
local function lacking(folder, line)
  local status, out, err = helper.run(line, folder)
  local text, lacks = out .. err, {}
  for name in text:gmatch "undefined reference to [`']([^'\n]+)'" do
    lacks[name] = true
  end
  for name in text:gmatch "undefined symbol: ([^\n]+)" do lacks[name] = true end
  if status ~= 0 and not next(lacks) then return nil end
  return lacks
end


-- What is wanted here as data, which no compiler does: then gold has no table,
-- and __tls_get_addr, a program's calls of which linkers take away, is missing.
local spared = { gold = "_GLOBAL_OFFSET_TABLE_" }

-- Names of which the linker and we say another thing; and how many
-- we leave open.
local function differences(view, all, lacks, prefix, linker)
  local list, unsure, names = {}, 0, {}
  for _, name in ipairs(all) do
    if name ~= spared[linker] then names[#names + 1] = name end
  end
  for _, name in ipairs(names) do
    local plain = name:find "^%a+%$" or not prefix
    local one = view:winner((plain and prefix and "\1" or "") .. name)
    local theirs = not lacks[(plain and "" or prefix) .. name]
    if not one.sure then unsure = unsure + 1
    elseif (one.state == "by linker") ~= theirs then
      list[#list + 1] = name .. (theirs and " is given" or " is not given")
    end
  end
  return table.concat(list, "; "), unsure
end


describe("names that linkers give:", function ()
  local folder = helper.folder "given"
  local names = words_of(ELF)
  local compared = {}

  for machine, how in pairs(machines) do
    wanting(folder, how[1], machine, names, how[3])
    assemble(folder, how[1], machine .. "-l", ".globl libf\n.data\nlibf: "
             .. how[3] .. " 0\n")
    helper.must({ "ld.lld-19", "-m", how[2], "-shared", "-o",
                  machine .. ".so", machine .. "-l.o" }, folder)
  end

  for linker, program in pairs(programs) do
    for machine, how in pairs(machines) do
      it(linker .. "'s for " .. machine, function ()
        for kind, made in pairs(kinds) do
          local line = { program, "-m", how[2], "-o", "out", machine .. ".o",
                         "-z", "notext" }
          local inputs = { { file = open(folder .. "/" .. machine .. ".o") } }
          if linker:find "lld" then line[#line + 1] = "--error-limit=0" end
          for _, word in ipairs(made[1]) do
            if word == "lib.so" then
              word = machine .. ".so"
              inputs[2] = { file = open(folder .. "/" .. word) }
            end
            line[#line + 1] = word
          end
          local lacks = lacking(folder, line)
          if lacks then
            local all = { linker = linker }
            for key, value in pairs(made[2]) do all[key] = value end
            local view = core.resolve(inputs, all)
            local differ, unsure = differences(view, names, lacks, nil,
                                                 linker)
            assert.equal("", differ, kind)
            assert.is_true(unsure <= 3, kind .. unsure)
            compared[linker] = (compared[linker] or 0) + 1
          end
        end
      end)
    end
  end

  it("all linkers were asked", function ()
    for linker in pairs(programs) do
      assert.is_true((compared[linker] or 0) >= 10, linker)
    end
  end)

  it("what is made is not known, and the answer is open", function ()
    local view = core.resolve({ { file = open(folder .. "/x86-64.o") } },
                              { linker = "bfd" })
    assert.equal("by linker", view:winner("_end").state)
    assert.is_nil(view:winner("_DYNAMIC").sure)
    assert.has_error(function () view:unknown "_DYNAMIC" end)
    assert.has_error(function () return view:undefined():has "_DYNAMIC" end)
    assert.is_true(view:undefined():has "nosuch")
    view:unknown()
    view:unknown "nosuch"
  end)
end)


describe("lld-link's names", function ()
  local folder = helper.folder "given-coff"
  for machine, target in pairs { x86 = "i686", x64 = "x86_64",
                                 arm64 = "aarch64" } do
    it("for " .. machine, function ()
      local names, prefix = words_of(COFF), machine == "x86" and "_" or nil
      wanting(folder, target .. "-pc-windows-msvc", machine, names, ".long",
              prefix)
      for kind, options in pairs { executable = {},
                                   library = { "/dll", "/noentry" } } do
        local lacks = {}
        for name in pairs(lacking(folder, { "lld-link-19", "/entry:start",
            "/subsystem:console", "/nodefaultlib", "/errorlimit:0", "/out:o",
            machine .. ".o", table.unpack(options) })) do
          lacks[name:gsub("^_", prefix and "" or "_", 1)] = true
        end
        local view = core.resolve({ { file = open(("%s/%s.o"):format(folder,
          machine)) } }, { linker = "lld-link", makes = kind })
        assert.equal("", (differences(view, names, lacks)), kind)
      end
    end)
  end
end)


describe("ld64.lld's names", function ()
  local folder = helper.folder "given-apple"
  it("for x86-64", function ()
    local names = words_of(APPLE)
    wanting(folder, "x86_64-apple-macos11", "s", names, ".quad", "_")
    for kind, option in pairs { executable = "-execute", library = "-dylib" } do
      local lacks = lacking(folder, { "ld64.lld-19", option, "-arch", "x86_64",
        "-platform_version", "macos", "11", "11", "-o", "out", "s.o" })
      local view = core.resolve({ { file = open(folder .. "/s.o") } },
                                { linker = "ld64.lld", makes = kind })
      local differ, unsure = differences(view, names, lacks, "_")
      assert.equal("", differ, kind)
      assert.equal(kind == "library" and 2 or 0, unsure)
    end
  end)
end)


describe("wasm:", function ()
  it("what says as what it is imported, the host gives", function ()
    local folder = helper.folder "given-wasm"
    helper.write(folder .. "/w.c", [[
      #define A(m) __attribute__((import_module(m)))
      #define N(n) __attribute__((import_name(n)))
      A("env") int module(void); N("x") int name(void);
      A("env") N("z") int both(void); int neither(void);
      N("same") int same(void);
      int _start(void) {
        return module() + name() + both() + neither() + same();
      }]])
    helper.must({ "clang", "-target", "wasm32", "-c", "w.c" }, folder)
    local lacks = lacking(folder, { "wasm-ld", "-o", "out", "w.o" })
    assert.same({ module = true, neither = true }, lacks)
    local view = core.resolve({ { file = open(folder .. "/w.o") } },
                              { linker = "wasm-ld" })
    assert.equal("", (differences(view, { "module", "name", "both", "neither",
                                          "same" }, lacks)))
  end)
end)


describe("a line", function ()
  it("tells what is made", function ()
    local folder = helper.folder "given-line"
    helper.cc(folder, "s", "extern char _DYNAMIC[], __init_array_start[];"
              .. "char *_start(void) { return _DYNAMIC; }"
              .. "char *g(void) { return __init_array_start; }", "-fPIC")
    local function undefined(...)
      local list = {}
      local link = symrun_line.new { "ld.bfd", "-o", folder .. "/out",
                                     folder .. "/s.o", ... }
      for name in methods.undefined(link):each() do
        list[#list + 1] = name:text()
      end
      return table.concat(list, " ")
    end
    assert.equal("_DYNAMIC", undefined())
    assert.equal("", undefined "-pie")
    assert.equal("__init_array_start", undefined("-shared", "-z", "defs"))
  end)
end)
