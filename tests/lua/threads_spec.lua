--- Threads that read: whatever is faster, the report is the same to the byte.

local helper = require "helper"
local json = require "dkjson"

local rules = [[
local symrun = require "symrun"
symrun.rule "t/tree" { about = "all files", each = symrun.tree,
  check = function (tree, report)
    for name in tree:defined "shared_*":each() do
      report.note(name, "in %s", name:member() or name:file())
    end
    report(tree, "%d in all", #tree:undefined "none_*")
  end }
symrun.rule "t/index" { about = "clashes", each = symrun.tree,
  check = function (tree, report)
    local index = tree:index()
    for member, names in index:duplicates():by_member() do
      report.warning(member, "%s", names)
    end
    for name in index:unresolved "none_*":each() do report(name, "none") end
  end }
symrun.rule "t/archives" { about = "one by one", each = symrun.archives(),
  check = function (archive, report)
    report.note(archive, "%s", archive:defined "shared_*")
  end }
]]

-- Forty archives of three objects, and what else lies in a build's folder.
local function build(folder)
  for i = 1, 3 do
    helper.cc(folder, "m" .. i, ([[
      int shared_I(void) { return 1; } int own_I, common_I;
      extern int none_I(void); int calls_I(void) { return none_I(); }
      __attribute__((weak)) int weak;]]):gsub("I", tostring(i)), "-fcommon")
  end
  helper.must({ "sh", "-c", [[
    for i in $(seq 40); do mkdir d$((i % 7)); ar rcs d$((i % 7))/lib$i.a m*.o
    done 2>/dev/null; gcc -shared -o libs.so m1.o; ar rcsT thin.a m2.o m3.o
    echo 'int main(void) { return 0; }' >main.c; gcc -o main main.c
    echo text >notes.txt; ln -s d1/lib1.a link.a]] }, folder)
end

local function report(folder, threads)
  local status, out, err = helper.symrun({ "-j", tostring(threads),
    "--format", "json", "rules.lua", "tree" }, folder)
  assert.equal("", err)
  return status, out
end


describe("threads", function ()
  local folder = helper.folder "threads"
  helper.must({ "mkdir", "tree" }, folder)
  build(folder .. "/tree")
  helper.write(folder .. "/rules.lua", rules)

  local function same_for_all(verdict, status)
    local first, alone = report(folder, 1)
    local plan = assert(json.decode(alone))
    assert.equal(verdict, plan.verdict)
    assert.equal(status, first)
    assert.is_true(#plan.findings > 100)
    for _, n in ipairs { 2, 3, 8, 64 } do
      local other, text = report(folder, n)
      assert.equal(first, other)
      assert.equal(alone, text)
    end
    return plan
  end

  it("find what one finds", function ()
    local plan = same_for_all("fail", 1)
    assert.equal(46 + 5, plan.checked.files)  -- and five texts
    assert.equal(40 * 3 + 2 + 3 + 2, plan.checked.members)
  end)

  it("leave open what one leaves open", function ()
    local tree = folder .. "/tree"
    helper.must({ "sh", "-c", [[
      head -c 3000 d1/lib1.a >cut.a; rm m3.o
      head -c 700 m1.o >half.o; : >empty.o]] }, tree)
    local plan = same_for_all("unknown", 2)
    local seen = {}
    for _, f in ipairs(plan.findings) do
      if f.state == "unknown" then seen[f.file or ""] = true end
    end
    for _, name in ipairs { "cut.a", "half.o", "empty.o", "thin.a" } do
      assert.is_true(seen[name], name)
    end
  end)

  it("are numbers that make sense", function ()
    for _, bad in ipairs { "0", "65", "x", "", "-1", "1.5" } do
      local status, out, err = helper.symrun({ "rules.lua", "tree",
                                               "--jobs=" .. bad }, folder)
      assert.equal(2, status)
      assert.equal("", out)
      assert.matches("takes a number from 1 to 64", err, 1, true)
    end
  end)
end)
