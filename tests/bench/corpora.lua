--- What is read: found on this machine, or made once and kept.
--
-- The twenty thousand objects are one that gcc made, with other digits where
-- its names have "00000": a file of its own for each, as from as many runs of
-- a compiler, in a second instead of an hour.

local turns = require "bench.turns"

local corpora = {}

local OBJECTS = 20000
local COPIES = 4          -- of each name, in the object that has a million

local function sh(line)
  local ok, _, status = os.execute(line)
  if not ok then error(("%s\nended with %d"):format(line, status), 0) end
end


local function lines_of(command)
  local pipe, list = assert(io.popen(command)), {}
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end


local function read(path, n)
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read(n or "a") or ""
  file:close()
  return text
end
corpora.read = read


local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end


--- The archives of one version of LLVM's own libraries.
function corpora.llvm(version)
  return lines_of(("ls /usr/lib/llvm-%s/lib/libLLVM*.a 2>/dev/null")
                  :format(version))
end


local function bytes_of(paths)
  local sum = 0
  for _, path in ipairs(paths) do
    local file = io.open(path, "rb")
    if file then
      sum = sum + file:seek "end"
      file:close()
    end
  end
  return sum
end


-- A corpus is a file that lists it, and a sentence about it.
local function corpus(folder, name, paths, what)
  if #paths == 0 then return nil end
  local list = ("%s/%s.list"):format(folder, name)
  write(list, table.concat(paths, "\n") .. "\n")
  local bytes = bytes_of(paths)
  return { name = name, list = list, paths = paths, bytes = bytes,
           about = ("%d %s, %.0f MB"):format(#paths, what, bytes / 1e6) }
end


--- LLVM's static libraries: C++ with long names, large members.
function corpora.L(folder)
  return corpus(folder, "L", lines_of(
    "ls -d /usr/lib/llvm-14/lib/*.a /usr/lib/llvm-19/lib/*.a 2>/dev/null"),
    "archives")
end


--- The system's shared libraries, each once however many links lead to it.
--- Linker scripts that have a library's name are left out.
function corpora.SS(folder)
  local paths = {}
  for _, path in ipairs(lines_of("readlink -f /usr/lib/$(gcc "
                       .. "-print-multiarch)/*.so* | LC_ALL=C sort -u")) do
    local head = read(path, 18)
    if head:sub(1, 4) == "\127ELF" and head:byte(17) == 3 then
      paths[#paths + 1] = path
    end
  end
  return corpus(folder, "SS", paths, "shared libraries")
end


local template = [[
struct item { long a, b; struct item *next; };
extern int unit_11111_open(int), unit_11111_read(int), unit_11111_write(int);
extern int unit_11111_close(int), unit_11111_pass_run(int), malloc_00000(int);
extern int printf(const char *, ...), puts(const char *), abs(int);
extern int getpid(void), rand(void), atoi(const char *);
extern int unit_11111_state, unit_11111_pass_count, common_log(int);
extern int common_init(void), common_exit(void);
static struct item list;
int unit_00000_state = 3, unit_00000_pass_count;
static int twice(int n) { return n * 2 + (int)list.a; }
int unit_00000_open(int n) { return unit_11111_open(n) + twice(n); }
int unit_00000_read(int n) { return unit_11111_read(n) + abs(n) + rand(); }
int unit_00000_write(int n) { return unit_11111_write(n) + printf("%d", n); }
int unit_00000_close(int n) { return unit_11111_close(n) + puts("closed"); }
int unit_00000_pass_run(int n) {
  common_init();
  return unit_11111_pass_run(n) + unit_11111_state + unit_11111_pass_count;
}
int unit_00000_last(int n) {
  return common_log(n) + getpid() + atoi("1") + malloc_00000(n) + common_exit();
}
]]

local function make_objects(folder)
  write(folder .. "/unit.c", template)
  sh(("cd '%s' && gcc -O1 -w -fno-ident "
     .. "-fno-asynchronous-unwind-tables -c -o unit.o unit.c"):format(folder))
  local object = read(folder .. "/unit.o")
  sh(("rm -rf '%s/os' && mkdir -p $(seq -f '%s/os/%%03g' 0 199)")
     :format(folder, folder))
  for i = 0, OBJECTS - 1 do
    local text = object:gsub("_00000", ("_%05d"):format(i))
                       :gsub("_11111", ("_%05d"):format((i + 1) % OBJECTS))
    write(("%s/os/%03d/unit%05d.o"):format(folder, i // 100, i), text)
  end
  write(folder .. "/os.made", template)
end


--- Many small objects, in two hundred folders.
function corpora.OS(folder)
  if read(folder .. "/os.made") ~= template then make_objects(folder) end
  local paths = {}
  for i = 0, OBJECTS - 1 do
    paths[i + 1] = ("%s/os/%03d/unit%05d.o"):format(folder, i // 100, i)
  end
  local found = corpus(folder, "OS", paths, "objects")
  found.folder = folder .. "/os"
  return found
end


--- Two hundred objects of LLVM's code generator, out of their archive.
function corpora.P(folder)
  local archive = "/usr/lib/llvm-19/lib/libLLVMCodeGen.a"
  if read(archive, 8) ~= "!<arch>\n" then return nil end
  local into = folder .. "/objects"
  if read(into .. "/made") ~= archive then
    sh(("rm -rf '%s' && mkdir -p '%s' && cd '%s' && ar x '%s'")
       :format(into, into, into, archive))
    write(into .. "/made", archive)
  end
  local all = lines_of(("LC_ALL=C ls '%s'/*.o"):format(into))
  return corpus(folder, "P", table.move(all, 1, 200, 1, {}), "objects")
end


--- One object with every name that L defines, several times over: what a
--- symbol costs is seen when there is nothing else.  The last copy's names
--- begin with "js_", so that a filter can take a known part.
function corpora.N(folder, defined)
  if not defined then return nil end
  local path = folder .. "/names.o"
  if #read(path, 4) < 4 then
    local text = {}
    for k = 1, COPIES do
      local before = k == COPIES and "js_" or ""
      for _, name in ipairs(defined) do
        local label = ("%s%s.v%d"):format(before, name, k)
        text[#text + 1] = (".globl %s\n%s = 1\n"):format(label, label)
      end
    end
    write(folder .. "/names.s", table.concat(text))
    sh(("as -o '%s' '%s/names.s'"):format(path, folder))
  end
  local found = corpus(folder, "N", { path }, "object")
  found.matching = #defined
  found.symbols = COPIES * #defined
  return found
end


-- A source whose symbols are as many in each format.
local function many_functions(n)
  local text = {}
  for i = 1, n do
    text[i] = ("int unit_function_number_%d(int n) { return n + "
               .. "another_function_%d(n); }\n"):format(i, i)
    text[i] = ("int another_function_%d(int);\n"):format(i) .. text[i]
  end
  return table.concat(text)
end


--- The same objects, five hundred of them, for each of some targets: archives
--- whose members are of another format each.
function corpora.F(folder)
  local into = folder .. "/formats"
  local source = many_functions(60)
  local list = {}
  if read(into .. "/made") ~= source then
    sh(("rm -rf '%s' && mkdir -p '%s'"):format(into, into))
    write(into .. "/unit.c", source)
    for _, t in ipairs { { "elf", "x86_64-linux-gnu" },
                         { "macho", "arm64-apple-macosx11" },
                         { "coff", "x86_64-pc-windows-msvc" },
                         { "wasm", "wasm32-unknown-unknown" } } do
      sh(([[cd '%s' && mkdir %s && clang -w --target=%s -O1 -c -o %s/1.o unit.c
            cd %s && for i in $(seq 2 500); do cp 1.o $i.o; done &&
            llvm-ar-19 rcS ../lib%s.a *.o]]):format(into, t[1], t[2], t[1],
                                                  t[1], t[1]))
    end
    write(into .. "/made", source)
  end
  for i, name in ipairs { "elf", "macho", "coff", "wasm" } do
    list[i] = ("%s/lib%s.a"):format(into, name)
  end
  return corpus(folder, "F", list, "archives")
end


--- One small object in a folder.
function corpora.T(folder)
  local into = folder .. "/small"
  sh(("mkdir -p '%s' && cp '%s/unit.o' '%s'"):format(into, folder, into))
  local found = corpus(folder, "T", { into .. "/unit.o" }, "object")
  found.folder = into
  return found
end


--- The first file of a corpus, cut short: every rule has to notice.
function corpora.damaged(folder, found)
  local path = ("%s/cut-%s"):format(folder, found.name)
  local text = read(found.paths[1])
  write(path, text:sub(1, #text * 2 // 3))
  return path
end


--- Make the system forget a corpus.
function corpora.forget(folder, found)
  sh(turns.line { folder .. "/files", "forget", found.list })
end

return corpora
