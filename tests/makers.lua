--- One way to ask for a file of any format that holds given names, for what
--- must hold in every format.
--
-- Each entry: name, format (as symrun nm calls it), view, file(names) -> bytes,
-- marks (what rules see before a name that no compiler decorated), and, where
-- records may share a name, shared(name, count) -> bytes in which so many have
-- that one, in shared_view.  'alone': no member of an archive; 'one': of names,
-- it holds the first.

local coff = require "make_coff"
local lto = require "lto"
local macho = require "make_macho"
local make = require "make"
local wasm = require "wasm"


local function each(names, symbol)
  local out = {}
  for i, name in ipairs(names) do out[i] = symbol(name, i) end
  return out
end


-- A first symbol with a name, and others like another one.
local function many(first, like, count)
  local out = { first }
  for i = 2, count do out[i] = like end
  return out
end


local function elf(names)
  return (make.elf { symbols = each(names, function (name)
    return { name = name, section = ".text" }
  end) })
end

local function macho_object(names, cpu)
  return (macho.file { cpu = cpu, symbols = each(names, function (name)
    return { name = name, sect = 1 }
  end) })
end

local function coff_object(names)
  return (coff.object { symbols = each(names, function (name)
    return { name = name, section = 1 }
  end) })
end

local function image(exports)
  local bytes, dirs = coff.tables { exports = exports }
  return (coff.image { dll = true, bytes = bytes, dirs = dirs })
end


-- Exports of one function under many names.
local function wasm_module(names)
  local list = each(names, function (name)
    return { wasm.name(name), "\0", 1 }
  end)
  return (wasm.module { exports = { section = 7, #list, list } })
end


-- Undefined symbols that have the name of one import.
local function wasm_shared(name, count)
  local table_ = { sized = true, count, ("\0\16\0"):rep(count) }
  return (wasm.bytes { wasm.magic, { section = 1, 1, "\x60\0\0" },
    { section = 2, 1, wasm.name "env", wasm.name(name), "\0\0" },
    { custom = "linking", 2, "\8", table_ } })
end


local function bitcode(names)
  return (lto.bitcode { symbols = each(names, function (name)
    return { name, "global" }
  end) })
end


-- Without machine code, as gcc writes it by default.
local function gcc(names)
  local parts = each(names, function (name)
    return name .. "\0\0" .. ("<BBI8I4"):pack(0, 0, 0, 0)
  end)
  return (make.elf { sections = {
    { name = ".text", type = 1, flags = 6, bytes = "\x90" },
    { name = ".gnu.lto_.symtab.1", type = 1, flags = 1 << 31,
      bytes = table.concat(parts) },
  }, symbols = { { name = "__gnu_lto_slim", section = "common",
                   type = "object", size = 1 } } })
end


return {
  { name = "ELF", format = "elf", file = elf,
    shared = function (name, count)
      return (make.elf { symbols = many({ name = name, section = ".text" },
        { st_name = 1, section = ".text" }, count) })
    end },
  { name = "Mach-O", format = "macho", file = macho_object, marks = "\1",
    shared = function (name, count)
      return (macho.file { symbols = many({ name = name, sect = 1 },
        { strx = 2, sect = 1 }, count), tail = "" })
    end },
  { name = "COFF", format = "coff", file = coff_object,
    shared = function (name, count)
      return (coff.object { symbols = many({ name = name, section = 1 },
        { at = 4, section = 1 }, count) })
    end },
  { name = "COFF imports", format = "coff-import",
    file = function (names) return coff.import { name = names[1] } end,
    one = true },
  { name = "PE", format = "pe", view = "dynamic", alone = true,
    file = function (names)
      return image(each(names, function (name) return { name } end))
    end,
    shared = function (name, count)
      return image(many({ name }, { "", at = 0x1000 }, count))
    end },
  { name = "wasm", format = "wasm", view = "dynamic", file = wasm_module,
    shared = wasm_shared, shared_view = "native" },
  { name = "LLVM bitcode", format = "bitcode", view = "bitcode",
    file = bitcode,
    shared = function (name, count)
      -- behind the producer's name and the triple
      return (lto.bitcode { symbols = many({ name, "global" },
        { "", "global", name = { 30, #name }, ir = "" }, count) })
    end },
  { name = "GCC's LTO", format = "elf", view = "gcc-lto", file = gcc },
  { name = "universal Mach-O", format = "fat", alone = true,
    file = function (names)
      return (macho.fat { { 0x01000007, 3, macho_object(names) } })
    end },
  { name = "wasm components", format = "wasm", view = "dynamic", alone = true,
    file = function (names)
      return (wasm.bytes { wasm.component,
                           { section = 1, wasm_module(names) } })
    end },
}
