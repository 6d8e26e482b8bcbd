--- ELF objects that lie, to be changed: an error that names the field, never a
--- crash, and never an object that was made of a lie.

local edited = require "edited"
local helper = require "helper"
local make = require "make"


describe("an ELF object that lies", function ()
  local SYMBOLS = {
    { name = "own", bind = "local", section = ".text", type = "func" },
    { name = "f", section = ".text", type = "func", size = 4 },
    { name = "wanted" },
  }
  local function lying(lie, relocs)
    local u = relocs or string.pack("<I8I8i8", 0, 3 << 32 | 2, -4)
    return (make.elf { symbols = SYMBOLS, lie = lie, sections = {
      { name = ".text", type = 1, flags = 6, bytes = ("\x90"):rep(16) },
      { name = ".rela.text", type = 4, flags = 0x40, bytes = u, entsize = 24,
        link = ".symtab", info = 1 } } })
  end
  local edit = { { op = "localize", name = "f" } }

  it("is an error that names the field", function ()
    assert.is_string((edited.made(lying {}, edit)))
    for _, c in ipairs {
      { "symbol index or r_info", lying({}, string.pack("<I8I8i8", 0,
        99 << 32 | 2, 0)), "r_info is 99" },
      { "sh_info too small", lying { [".symtab"] = { info = 1 } }, "st_info" },
      { "sh_info too big", lying { [".symtab"] = { info = 3 } }, "st_info" },
      { "sh_info beyond", lying { [".symtab"] = { info = 9 } }, "sh_info" },
      { "sections that share", lying { [".rela.text"] = { offset = 66 } },
        "sh_offset" },
      { "a section in the header", lying { [".text"] = { offset = 8 } },
        "sh_offset" },
      { "a section beyond", lying { [".text"] = { size = 1 << 40 } },
        "sh_offset" },
      { "a name beyond", lying { [".text"] = { sh_name = 1 << 20 } },
        "sh_name" },
      { "a target that is none", lying { [".rela.text"] = { info = 77 } },
        "sh_info" },
      { "a link to none", lying { [".text"] = { link = 77 } }, "sh_link" },
    } do
      local out, why = edited.made(c[2], edit)
      assert.is_true(out == nil, c[1])
      assert.is_truthy(why:find(c[3], 1, true), c[1] .. ": " .. why)
    end
  end)

  it("may be cut anywhere, or have any byte changed", function ()
    local folder = helper.folder "edit-lies"
    local path = helper.cc(folder, "p", [[
extern int wanted (int);
int number = 7; static int quiet = 3;
int f (int x) { return wanted(x) + number + quiet++; }
]], "-g", "-O1", "-ffunction-sections")
    local bytes = helper.read(path)
    for n = 0, #bytes - 1, 97 do
      assert.is_true(edited.made(bytes:sub(1, n), edit) == nil, n)
    end
    math.randomseed(7)
    local edits = {
      { op = "keep-only", name = "f", how = { "insist" } },
      { op = "rename", name = "wanted", to = "other" },
      { op = "add-undefined", name = "more" },
      { op = "drop-section", name = ".comment" } }
    local made, failed = 0, 0
    for _ = 1, 3000 do
      local i, list = math.random(#bytes), { bytes }
      if math.random() < 0.7 then  -- where tables are
        i = math.random(#bytes - 3000, #bytes)
      end
      list[1] = bytes:sub(1, i - 1) .. string.char(math.random(0, 255))
                .. bytes:sub(i + 1)
      local out, why = edited.made(list[1], edits)
      if out then made = made + 1 else failed = failed + 1 end
      assert.is_falsy(not out and why:find "what was made", why)
    end
    assert.is_true(made > 100 and failed > 100, made .. ", " .. failed)
  end)
end)
