--- What specs of wasm share: objects of one source, made for several targets,
--- and the comparison with llvm-nm.

local assert = require "luassert"
local helper = require "helper"
local peers = require "peers"

local objects = {}


-- llvm-nm's rows without those of sections: how many these are.
local function without_sections(rows)
  local out, count = {}, 0
  for _, row in ipairs(rows) do
    if row:find "^[^\t]*\t%.debug_[a-z]+\td\t0$" then count = count + 1
    else out[#out + 1] = row end
  end
  return out, count
end


--- Every row must be llvm-nm's; at least so many in each file.
function objects.agree(files, folder, least)
  local theirs, _, complaints = peers.llvm(files, folder)
  local ours, status, err = peers.symrun(files, folder)
  local sections = 0
  assert.equal("", complaints)
  assert.equal("", err)
  assert.equal(0, status)
  for _, file in ipairs(files) do
    local rows, left_out = without_sections(theirs[file])
    sections = sections + left_out
    assert.equal("", peers.difference(ours[file], rows), file)
    assert.equal("ok", ours[file].status)
    assert.is_true(#ours[file] >= least, file .. " has too few symbols")
  end
  return ours, sections
end


--- { [name] = "letter class" } of one file's rows.
function objects.by_name(rows)
  local out = {}
  for _, row in ipairs(rows) do
    local name, letter = row:match "^[^\t]*\t([^\t]*)\t(.)"
    out[name] = letter .. " " .. rows.classes[row]
  end
  return out
end


local SOURCE = [[
int f(void); extern int w(void) __attribute__((weak));
extern int wd __attribute__((weak)); extern int ud;
__attribute__((import_module("test"), import_name("close"))) int closer(int);
__attribute__((export_name("api"))) int exported(void) { return f(); }
int g(void) { return f() + (w ? w() : 0) + ud + closer(2) + (int)(long)&wd; }
int zero = 0; int data = 1; const int ro = 2;
static int local; static const int lro[4] = {1, 2};
int *p(int i) { local++; return i ? &local : (int *)&lro[i]; }
__attribute__((visibility("hidden"))) int hidden(void) { return 1; }
__attribute__((weak)) int weakdef(void) { return 1; }
__attribute__((weak)) int weakdata = 4;
int alias(void) __attribute__((alias("weakdef")));
static int unused(void) { return 4; } int (*fp)(void) = unused;
const char *s = "text"; int same(void) { return 5; }
]]

local CLANG = {
  { "plain", "--target=wasm32-unknown-unknown", "-O1" },
  { "debug", "--target=wasm32-unknown-unknown", "-O0", "-g" },
  { "pic", "--target=wasm32-unknown-emscripten", "-fPIC", "-O1",
    "-fvisibility=default" },
  { "wide", "--target=wasm64-unknown-unknown", "-O1" },
  { "wasi", "--target=wasm32-wasi", "-Os", "-fvisibility=default" },
}


--- Compile them in a folder; gives their names.  "start.o" and "start-pic.o"
--- are the beginnings of programs.
function objects.make(folder)
  local files = {}
  helper.write(folder .. "/x.c", SOURCE)
  helper.write(folder .. "/start.c", "int exported(void); int same(void); "
    .. "extern int data; static int in(int x) { return x * data; } "
    .. "int (*volatile way)(int) = in; "
    .. "void _start(void) { exported(); way(3); same(); }")
  for i, how in ipairs(CLANG) do
    files[i] = how[1] .. ".o"
    local words = { "clang", "-w", "-c", "-o", files[i], "x.c" }
    table.move(how, 2, #how, #words + 1, words)
    helper.must(words, folder)
  end
  helper.must({ "clang", "--target=wasm32-unknown-unknown", "-O1", "-c",
                "start.c" }, folder)
  helper.must({ "clang", "--target=wasm32-unknown-emscripten", "-fPIC",
                "-O1", "-c", "start.c", "-o", "start-pic.o",
                "-fvisibility=default" }, folder)
  return files
end

return objects
