--- What specs of changed objects share: objects to change, the change, and what
--- readelf and the bytes say of an object before and after.
--
-- An object is compared by meaning: symbols have no order, a relocation is
-- told by the name that it resolves to, and a section by its bytes.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local core = require "symrun.core"
local helper = require "helper"

local edited = {}


--- Change bytes: the new bytes and the counts, or nil and the reason.
function edited.made(bytes, edits)
  return core.object_made(bytes, edits)
end


--- Change a file into another; fails where the edit is refused.
function edited.change(from, to, edits)
  local bytes, done = core.object_made(helper.read(from), edits)
  assert(bytes, done)
  helper.write(to, bytes)
  return done
end


-- == what readelf says =======================================================

local SECTION = "^%s*%[%s*(%d+)%] (.-)%s+([%w_+:<>%-]+[%w_ ]-)%s+(%x+) (%x+) "
                .. "(%x+) (%x+)(.*)$"

-- A line of -SW: name and type may be empty or have blanks, so the columns are
-- counted from the address on.
local function section_line(line)
  local n, name, kind, _, offset, size, entry, rest = line:match(SECTION)
  if not n then return nil end
  return { number = tonumber(n), name = name, type = kind,
           offset = tonumber(offset, 16), size = tonumber(size, 16),
           entry = entry, rest = rest }
end


local function symbol_line(line)
  local number, value, size, kind, bind, see, rest = line:match
    "^%s*(%d+): (%x+) +(%w+) (%S+) +(%S+) +(%S+) +(.*)$"
  if not number then return nil end
  local more = rest:match "^%[.-%]%s*"
  rest = rest:gsub("^%[.-%]%s*", "")
  local where, name = rest:match "^(%S+) ?(.*)$"
  -- LLVM writes what it adds behind the index
  return { number = tonumber(number), value = value, size = tonumber(size),
           type = kind, bind = bind, see = see, where = where,
           other = more or "", name = name:gsub(" %[.-%]$", "") }
end


--- Symbols with names (no sections, no source files) of one readelf -sW, as
--- sorted lines; 'drop' are columns that are not told.
local function symbols(text, sections, drop)
  local out = {}
  for line in text:gmatch "[^\n]+" do
    local s = symbol_line(line)
    if s and s.name ~= "" and s.type ~= "SECTION" and s.type ~= "FILE" then
      local at = sections[tonumber(s.where)]
      out[#out + 1] = table.concat({ s.name, s.bind, s.type, s.see, s.value,
        drop and drop.size and "-" or s.size, at and at.name or s.where,
        s.other }, " ")
    end
  end
  table.sort(out)
  return out
end


-- Relocations by section: offset, type, name and addend, without r_info, which
-- has the number of the symbol in it.
local function relocations(text)
  local out, list = {}, nil
  for line in text:gmatch "[^\n]+" do
    local title = line:match "^Relocation section '(.*)' at offset"
    if title then
      list = out[title] or {}
      out[title] = list
    elseif list then
      local offset, rest = line:match "^(%x+) +%x+ (.*)$"
      if not offset then offset, rest = "", line:match "^%s+(Type%d:.*)$" end
      if rest then
        list[#list + 1] = offset .. " " .. rest:gsub("%s+", " ")
      end
    end
  end
  return out
end


--- All that is known of an object file, by readelf (or llvm-readelf-19, where
--- 'llvm' says so).
function edited.look(path, llvm, drop)
  local tool = llvm and "llvm-readelf-19" or "readelf"
  local text = helper.must { tool, "-SW", path }
  local sections, bytes = { [0] = { name = "UND" } }, helper.read(path)
  for line in text:gmatch "[^\n]+" do
    local s = section_line(line)
    if s then
      if s.number > 0 and not s.type:find "NOBITS" then
        s.bytes = bytes:sub(s.offset + 1, s.offset + s.size)
      end
      sections[s.number] = s
    end
  end
  local out = { sections = sections, bytes = bytes,
    symbols = symbols(helper.must { tool, "-sW", path }, sections, drop),
    relocations = relocations(helper.must { tool, "-rW", path }) }
  return out
end


--- The symbols of an object by their names: {bind, see, where}.
function edited.table(path)
  local out = {}
  for line in helper.must({ "readelf", "-sW", path }):gmatch "[^\n]+" do
    local s = symbol_line(line)
    if s and s.name ~= "" and s.type ~= "SECTION" and s.type ~= "FILE" then
      assert(not out[s.name], s.name)
      out[s.name] = s
    end
  end
  return out
end


--- What readelf complains of.
function edited.warnings(path)
  local _, out, err = helper.run { "readelf", "-aW", path }
  local list = {}
  for line in (out .. err):gmatch "[^\n]+" do
    if line:find "[Ww]arning" or line:find "[Ee]rror:" then
      list[#list + 1] = line:gsub("%d+", "N"):gsub("0x%x+", "N")
    end
  end
  table.sort(list)
  return table.concat(list, "\n")
end


-- == before and after ========================================================

-- Sections that are numbers of symbols and sections, or their names.
local function is_table(s)
  return s.type:find "^RELA?$" or s.type == "CREL" or s.type == "GROUP"
      or s.type == "SYMTAB" or s.type:find "SYMTAB SECTION"
      or s.type:find "SYMTAB_SHNDX" or s.name == ".strtab"
      or s.name == ".llvm_addrsig"
end


local function list_of(look, gone)
  local out = {}
  for i = 1, #look.sections do
    local s = look.sections[i]
    if not (gone and (gone[s.name] or gone[s.name:gsub("^%.rela?", "")])) then
      out[#out + 1] = s
    end
  end
  return out
end


--- Is every section of 'after' one of 'before', with its bytes?  'gone' are
--- names of sections that should not be there.  A sentence, or nil.
function edited.sections_differ(before, after, gone)
  local a, b = list_of(before, gone), list_of(after)
  if #a ~= #b then
    return ("%d sections, and %d should be left"):format(#b, #a)
  end
  for i = 1, #a do
    if a[i].name ~= b[i].name or a[i].type ~= b[i].type then
      return ("%s is now %s"):format(a[i].name, b[i].name)
    elseif not is_table(a[i]) and (a[i].bytes ~= b[i].bytes
                                   or a[i].size ~= b[i].size) then
      return ("%s has other bytes"):format(a[i].name)
    elseif not gone and not is_table(a[i]) and a[i].offset ~= b[i].offset then
      return ("%s is elsewhere"):format(a[i].name)
    end
  end
end


-- A name of a relocation line, under its new name.
local function renamed(line, names)
  for old, new in pairs(names or {}) do
    local escaped = old:gsub("%p", "%%%0")
    line = (line .. "\n"):gsub("(%x%x%x%x%x%x%x%x) " .. escaped .. "([ \n])",
                               "%1 " .. new:gsub("%%", "%%%%") .. "%2")
    line = line:sub(1, -2)
  end
  return line
end


--- Do all relocations resolve to the names that they did?  'names' are those
--- that were changed, 'gone' sections without which it should be.
function edited.relocations_differ(before, after, names, gone)
  for title, list in pairs(before.relocations) do
    local others = after.relocations[title]
    if gone and gone[title:gsub("^%.c?rela?", "")] then
      if others then return title .. " is still there" end
    else
      if not others or #others ~= #list then
        return title .. " has another number of relocations"
      end
      for i = 1, #list do
        if renamed(list[i], names) ~= others[i] then
          return ("%s: '%s' is now '%s'"):format(title, list[i], others[i])
        end
      end
    end
  end
end


-- == objects to change =======================================================

edited.C = [[
#define NOT_INLINE __attribute__((noinline))
extern int wanted (int), wanted_too (int);
extern __thread int outer_tls;
extern int wanted_data;
int number = 7, other_number = 8, zeros[4];
static int hidden_state = 3;
__thread int own_tls = 5;
static NOT_INLINE int twice (int x) { return x * 2 + hidden_state++; }
NOT_INLINE int local_to_be (int x) { return twice(x) + number; }
NOT_INLINE int kept (int x) { return local_to_be(x) + own_tls; }
__attribute__((weak)) int weak_one (int x) { return x - other_number; }
__attribute__((visibility("hidden"))) int hidden_one (void) { return 41; }
int unused (void) { return 1; }
int (*table[]) (int) = { local_to_be, kept, wanted, weak_one };
const char *text (int i) { static const char *t[] = {"one", "two"};
                           return t[i & 1]; }
int caller (int x) {
  return kept(x) + wanted(x) + wanted_too(wanted_data) + table[x & 3](x)
       + hidden_one() + weak_one(x) + outer_tls + zeros[1];
}
]]

edited.CXX = [[
#include <vector>
#include <string>
struct Base { virtual ~Base (); virtual int f () { return 1; } };
inline int shared_inline (int x) { static int n; return n += x; }
template <class T> T add (T a, T b) { return a + b; }
Base::~Base () {}
struct Made { int n; Made () : n (3) {} };
int made () { Made m; return m.n; }
int plain (int x) { return shared_inline(x) + add(x, 2); }
int strings (const char *s) { std::vector<std::string> v; v.push_back(s);
                              return (int)v.size() + add<int>(1, 1); }
]]

edited.RUST = [[
#![crate_type = "lib"]
#[no_mangle] pub extern "C" fn rust_one (x: i32) -> i32 { helper(x) + 1 }
#[no_mangle] #[inline(never)] pub extern "C" fn rust_two (x: i32) -> i32 {
  let v: Vec<i32> = (0..x).collect(); v.iter().sum() }
#[inline(never)] fn helper (x: i32) -> i32 { rust_two(x) * 3 }
]]

return edited
