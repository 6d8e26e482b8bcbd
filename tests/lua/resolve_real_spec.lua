--- The resolver against linkers on real programs: a C++ program with its whole
--- library, a Rust program, and the archives of the example.
--
-- --cref tells who gives each name, -t what is linked, in order.  mold has no
-- --cref, and its -t tells what it read; resolve_oracle_spec.lua asks it.

local helper = require "helper"
local linkers = require "linkers"
local real_links = require "real_links"
local resolved = require "resolved"

local TRACE = { bfd = { "-t", "-t" }, gold = { "-t" }, lld14 = { "-t" },
                lld19 = { "-t" } }
local MANNERS = { bfd = "bfd", gold = "gold", lld14 = "lld-14", lld19 = "lld" }


local function unit(at)
  local path = at.file:path()
  return real_links.unit(at.member and ("%s(%s)"):format(path,
                                                         at.member:name())
                         or path)
end


-- "liba.a(m.o)", "(liba.a)m.o"; objects and libraries too, archives not.
local function traced(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    local archive, member = line:match "^%((.-)%)(.*)$"
    if archive then line = ("%s(%s)"):format(archive, member) end
    local name = real_links.unit(line)
    if name:find "%)$" or name:find "%.o$" then list[#list + 1] = name end
  end
  return list
end


local function told(answer)
  local list = {}
  for _, at in ipairs(answer:linked()) do
    if at.file and not at.library then list[#list + 1] = unit(at) end
  end
  return list
end


-- Does a file only want a name?  gold's --cref has no libraries that give a
-- name with a version, and begins with those who want it.
local function only_wants(answer, name, file)
  for _, at in ipairs(answer:about(name)) do
    if at.file and unit(at) == file then return at.kind:find "^wants" end
  end
  return false
end


-- Its own, told of some object.
local OF_BFD = { _DYNAMIC = true, __GNU_EH_FRAME_HDR = true }

-- Every name that the linker knows of: how many a file gives.
local function same_givers(answer, givers)
  local count, wrong = 0, {}
  for name, giver in pairs(givers) do
    local at = answer:winner(name)
    if at.state == "defined" and at.file then
      count = count + 1
      if unit(at) ~= giver
         and not (at.library and only_wants(answer, name, giver)) then
        wrong[#wrong + 1] = ("%s: we say %s, it says %s"):format(name, unit(at),
                                                               giver)
      end
    elseif at.state == "undefined" and at.strongly then
      wrong[#wrong + 1] = name .. " is undefined for us"
    elseif (at.state == "offered" or at.state == "unheard")
           and not giver:find "%.so"  -- it may be some version's only
           and not OF_BFD[name] then
      wrong[#wrong + 1] = name .. " is not linked for us"
    end
  end
  return count, wrong
end


-- For a driver's line: all linkers, at least so many names.
local function check(folder, driver, least)
  local words = real_links.words(driver, folder)
  for _, l in ipairs(linkers.all) do
    if TRACE[l.name] then
      local inputs, how = real_links.inputs(words, folder)
      how.linker = MANNERS[l.name]
      local answer = resolved.inputs(inputs, how)
      local function asked(more)
        local line = table.move(words, 1, #words, 2, { l.program })
        return helper.must(table.move(more, 1, #more, #line + 1, line), folder)
      end
      assert.same(traced(asked(TRACE[l.name])), told(answer), l.version)
      local count, wrong = same_givers(answer,
        real_links.givers(asked { "--cref", "--no-demangle" }))
      assert.same({}, wrong, l.version)
      assert.is_true(count > least, ("%s: %d names"):format(l.version, count))
      assert.equal("no name", tostring(answer:duplicates()))
      assert.equal("no name", tostring(answer:undefined()))
    end
  end
end


describe("the resolver and the linkers agree on", function ()
  it("a C++ program with all of its library", function ()
    local folder = helper.folder "real"
    helper.write(folder .. "/p.cc", [[
#include <iostream>
#include <map>
#include <sstream>
#include <vector>
int main() {
  std::map<std::string, std::vector<int>> m;
  std::ostringstream o;
  m["a"].push_back(1);
  for (auto &p : m) o << p.first << p.second.size();
  std::cout << o.str() << "\n";
}]])
    helper.must({ "g++", "-c", "p.cc" }, folder)
    check(folder, { "g++", "-static", "-o", "p", "p.o" }, 4000)
  end)

  it("a Rust program", function ()
    local folder = helper.folder "real"
    helper.write(folder .. "/m.rs", [[
use std::collections::HashMap;
fn main() {
  let mut m: HashMap<String, f64> = HashMap::new();
  m.insert("a".into(), 1.5);
  println!("{:?} {}", m, (1..9).map(|i| i * i).sum::<i32>());
}]])
    -- in place of the linker: keeps the words, and objects that rustc removes
    helper.write(folder .. "/keep", [[
#!/bin/sh
i=0
for word; do
  case $word in
    *.o) i=$((i + 1)); cp "$word" "$KEEP/$i.o"; word=$i.o ;;
    -fuse-ld=*|-B*gcc-ld*) continue ;;
  esac
  printf '%s\n' "$word" >> "$KEEP/words"
done]])
    helper.must({ "chmod", "+x", "keep" }, folder)
    helper.must({ "env", "KEEP=" .. folder, "rustc", "--edition=2021", "-C",
                  "linker=" .. folder .. "/keep", "-C", "linker-flavor=gcc",
                  "m.rs" }, folder)
    local driver = { "cc" }
    for word in io.lines(folder .. "/words") do driver[#driver + 1] = word end
    check(folder, driver, 300)
  end)

  it("the archives of the example", function ()
    local out = helper.folder "real"
    helper.must({ helper.top .. "/examples/perry/build.sh", "thin", out })
    local driver = { "cc", "-o", "app", "app.o" }
    for _, name in ipairs { "ext_http", "ext_events", "ext_zlib", "stdlib" } do
      driver[#driver + 1] = ("release/libperry_%s.a"):format(name)
    end
    check(out, driver, 300)
  end)
end)
