--- ELF objects that are changed, beside what GNU objcopy and LLVM's make of the
--- same: the same symbols, relocations to the same names, all other bytes as
--- they were, in what gcc, clang, g++ and rustc compile.

local edited = require "edited"
local helper = require "helper"

local folder

local OBJECTS = {
  { "gcc.o", "c.c", { "gcc", "-O2", "-g", "-ffunction-sections",
                      "-fdata-sections" } },
  { "pic.o", "c.c", { "gcc", "-O1", "-fPIC", "-ffunction-sections" } },
  { "clang.o", "c.c", { "clang", "-O2", "-g", "-ffunction-sections" } },
  { "small.o", "c.c", { "clang", "-m32", "-O1", "-fPIC" } },  -- SHT_REL
}

-- what is asked for, objcopy's words for it, and: 'llvm' only LLVM has words
-- for it; names of relocations, sections that go
local CASES = {
  { { { op = "localize", name = "kept" } }, { "--localize-symbol=kept" } },
  { { { op = "localize", name = "weak_one" },
      { op = "localize", name = "own_tls" },
      { op = "localize", name = "hidden_one" },
      { op = "localize", name = "number" } },
    { "--localize-symbol=weak_one", "--localize-symbol=own_tls",
      "--localize-symbol=hidden_one", "--localize-symbol=number" } },
  { { { op = "globalize", name = "hidden_state" } },
    { "--globalize-symbol=hidden_state" } },
  { { { op = "weaken", name = "number" }, { op = "weaken", name = "caller" } },
    { "--weaken-symbol=number", "--weaken-symbol=caller" } },
  { { { op = "rename", name = "wanted", to = "a_name_that_is_longer" },
      { op = "rename", name = "kept", to = "k" },
      { op = "rename", name = "hidden_state", to = "other_state" } },
    { "--redefine-sym=wanted=a_name_that_is_longer", "--redefine-sym=kept=k",
      "--redefine-sym=hidden_state=other_state" },
    names = { wanted = "a_name_that_is_longer", kept = "k",
              hidden_state = "other_state" } },
  { { { op = "strip", name = "unused" } }, { "--strip-symbol=unused" },
    not_for = { ["gcc.o"] = true } },
  { { { op = "keep-only", name = "caller" },
      { op = "keep-only", name = "number" } },
    { "--keep-global-symbol=caller", "--keep-global-symbol=number" },
    count = 10 },
  { { { op = "drop-section", name = ".comment" } },
    { "--remove-section=.comment" }, gone = { [".comment"] = true } },
  { { { op = "drop-section", name = ".eh_frame" },
      { op = "drop-section", name = ".note.GNU-stack" } },
    { "--remove-section=.eh_frame", "--remove-section=.note.GNU-stack" },
    gone = { [".eh_frame"] = true, [".note.GNU-stack"] = true } },
  { { { op = "hide", name = "caller" }, { op = "unhide",
                                          name = "hidden_one" } },
    { "--set-symbol-visibility=caller=hidden",
      "--set-symbol-visibility=hidden_one=default" }, llvm = true },
  { { { op = "add-absolute", name = "at_this", value = 0x12345 } },
    { "--add-symbol=at_this=0x12345,global" } },
  { { { op = "add-undefined", name = "pulls" } } },
}


local function count(edits, done)
  local n = 0
  for i = 1, #edits do n = n + done[i] end
  return n
end


-- One case on one object.
local function compare(path, case)
  local title = path .. ", " .. case[1][1].op
  local ours = path:gsub("%.o$", ".ours.o")
  local done = edited.change(path, ours, case[1])
  assert.equal(case.count or #case[1], count(case[1], done), title)
  local before, after = edited.look(path), edited.look(ours)
  assert.is_nil(edited.sections_differ(before, after, case.gone), title)
  assert.is_nil(edited.relocations_differ(before, after, case.names,
                                          case.gone), title)
  assert.equal(edited.warnings(path), edited.warnings(ours), title)
  assert.not_equal(before.bytes, after.bytes, title)
  if not case.names and not case[1][1].op:find "add" and not case.gone then
    assert.equal(#before.bytes, #after.bytes, title)
  end
  for _, tool in ipairs(case[2] and { "objcopy", "llvm-objcopy-19" } or {}) do
    if not (case.llvm and tool == "objcopy") then
      helper.must { tool, path, path .. ".theirs", table.unpack(case[2]) }
      local theirs = edited.look(path .. ".theirs")
      assert.same(theirs.symbols, after.symbols, title .. ", " .. tool)
    end
  end
  local again, twice = edited.made(after.bytes, case[1])
  assert.equal(after.bytes, again, title .. ", twice")
  assert.equal(0, count(case[1], twice), title .. ", twice")
end


describe("an ELF object that is changed", function ()
  setup(function ()
    folder = helper.folder "edit-elf"
    helper.write(folder .. "/c.c", edited.C)
    helper.write(folder .. "/x.cc", edited.CXX)
    helper.write(folder .. "/r.rs", edited.RUST)
    for _, o in ipairs(OBJECTS) do
      local words = table.move(o[3], 1, #o[3], 1, {})
      table.move({ "-c", "-o", o[1], o[2] }, 1, 4, #words + 1, words)
      helper.must(words, folder)
    end
    helper.must({ "g++", "-c", "-g", "-O0", "-o", "x.o", "x.cc" }, folder)
    helper.must({ "rustc", "--emit", "obj", "-g", "-O", "-o", "r.o", "r.rs" },
                folder)
  end)

  for _, o in ipairs(OBJECTS) do
    it("is what both objcopies make of it: " .. o[1], function ()
      for _, case in ipairs(CASES) do
        if not (case.not_for and case.not_for[o[1]]) then
          compare(folder .. "/" .. o[1], case)
        end
      end
    end)
  end

  it("may be of C++ or Rust", function ()
    compare(folder .. "/x.o", {
      { { op = "localize", name = "_Z5plaini" },
        { op = "weaken", name = "_Z7stringsPKc" } },
      { "--localize-symbol=_Z5plaini", "--weaken-symbol=_Z7stringsPKc" } })
    compare(folder .. "/r.o", {
      { { op = "localize", name = "rust_one" },
        { op = "rename", name = "rust_two", to = "rust_2" } },
      { "--localize-symbol=rust_one", "--redefine-sym=rust_two=rust_2" },
      names = { rust_two = "rust_2" } })
  end)

  it("keeps every byte where nothing changes", function ()
    local bytes = helper.read(folder .. "/gcc.o")
    for _, edits in ipairs {
      {}, { { op = "localize", name = "no_such" } },
      { { op = "localize", name = "twice" } },
      { { op = "weaken", name = "weak_one" } },
      { { op = "hide", name = "hidden_one" } },
      { { op = "unhide", name = "kept" } },
      { { op = "globalize", name = "kept" } },
      { { op = "rename", name = "kept", to = "kept" } },
      { { op = "rename", name = "no_such", to = "kept" } },
      { { op = "drop-section", name = ".no_such" } },
      { { op = "add-undefined", name = "wanted" } },
      { { op = "strip", name = "no_such", how = { "drop-lto" } } },
    } do
      local same, done = edited.made(bytes, edits)
      assert.equal(bytes, same, edits[1] and edits[1].op)
      assert.equal(0, count(edits, done))
    end
  end)

  it("has new tables at its end, and nothing else elsewhere", function ()
    local before = edited.look(folder .. "/gcc.o")
    edited.change(folder .. "/gcc.o", folder .. "/grown.o",
      { { op = "rename", name = "kept", to = ("k"):rep(5000) } })
    local after = edited.look(folder .. "/grown.o")
    for i, s in ipairs(before.sections) do
      local moved = after.sections[i].offset ~= s.offset
      assert.equal(s.name == ".strtab", moved, s.name)
    end
    assert.equal("", edited.warnings(folder .. "/grown.o"))
  end)

  it("has no hole where a section was", function ()
    local from, to = folder .. "/gcc.o", folder .. "/dropped.o"
    local before = edited.look(from)
    edited.change(from, to, { { op = "drop-section", name = ".comment" } })
    local size = 0
    for _, s in ipairs(before.sections) do
      if s.name == ".comment" then size = s.size end
    end
    assert.is_true(size > 0)
    assert.is_true(#helper.read(to) <= #before.bytes - size - 64 + 8)
  end)

  it("is bound to what it says by eu-elflint, as it was", function ()
    for _, o in ipairs { "gcc.o", "clang.o", "x.o", "r.o" } do
      local _, was = helper.run { "eu-elflint", "--gnu-ld",
                                  folder .. "/" .. o }
      local name = o == "x.o" and "_Z5plaini" or o == "r.o" and "rust_one"
                   or "kept"
      edited.change(folder .. "/" .. o, folder .. "/lint.o",
        { { op = "localize", name = name },
          { op = "add-undefined", name = "pulls" } })
      local _, is = helper.run { "eu-elflint", "--gnu-ld",
                                 folder .. "/lint.o" }
      local function plain (text)
        local list = {}
        for line in text:gmatch "[^\n]+" do
          list[#list + 1] = line:gsub("%d+", "N")
        end
        table.sort(list)
        return list
      end
      assert.same(plain(was), plain(is), o)
    end
  end)
end)
