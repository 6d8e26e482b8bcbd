--- What other tools say of COFF files and PE images, as rows without sizes,
--- for COFF has none.

local helper = require "helper"
local peers = require "peers"

local coff = { difference = peers.difference, told = peers.told }


local function without_sizes(all)
  for _, rows in pairs(all) do
    local classes = rows.classes
    rows.letters = {}
    for i, row in ipairs(rows) do
      local short, name, letter = row:match "^([^\t]*\t([^\t]*)\t(.))\t"
      rows[i], rows.letters[name] = short, letter
      if classes then rows.letters[name] = letter .. " " .. classes[row] end
    end
  end
  return all
end


function coff.symrun(files, folder, ...)
  local ours, status, err = peers.symrun(files, folder, ...)
  return without_sizes(ours), status, err
end


function coff.llvm(files, folder)
  local theirs, status, err = peers.llvm(files, folder)
  return without_sizes(theirs), status, err
end


-- GNU nm prints symbols of sections, which are no names, and knows no weak
-- definition: a linker of its family takes none from another object.
function coff.gnu(files, folder)
  local theirs = without_sizes((peers.gnu(files, folder)))
  for _, rows in pairs(theirs) do
    local list = {}
    for i = #rows, 1, -1 do
      local name, letter = rows[i]:match "\t([^\t]*)\t(.)$"
      if not (name:find "^%." and letter:find "[a-zN]") then
        list[#list + 1] = rows[i]
      end
      rows[i] = nil
    end
    table.move(list, 1, #list, 1, rows)
  end
  return theirs
end


--- The names that llvm-readobj finds in an image's tables, sorted: with
--- numbers where there is no name.
function coff.tables(file, folder)
  local text = helper.must({ "llvm-readobj-19", "--coff-exports",
                             "--coff-imports", file }, folder)
  local exports, imports = {}, {}
  for block in text:gmatch "\nExport {\n(.-)\n}" do
    local name, rva = block:match "Name: ([^\n]*)", block:match "RVA: (0x%x+)"
    if name ~= "" then exports[#exports + 1] = name
    elseif rva and tonumber(rva) ~= 0 then
      exports[#exports + 1] = "#" .. block:match "Ordinal: (%d+)"
    end
  end
  for kind, block in text:gmatch "\n(%a*)Import {\n(.-\n)}" do
    local dll = block:match "Name: ([^\n]*)"
    for name, number in block:gmatch "Symbol: ([^\n]-) ?%((%d+)%)" do
      imports[#imports + 1] = name ~= "" and name or dll .. "#" .. number
    end
    assert(kind == "" or kind == "Delay")
  end
  table.sort(exports)
  table.sort(imports)
  return exports, imports
end


--- Run lld-link on inputs with no library: status and what it complains of.
function coff.link(folder, inputs, ...)
  local words = { "lld-link", "/nodefaultlib", "/subsystem:console",
                  "/entry:main", "/opt:noref", "/out:out.exe", ... }
  table.move(inputs, 1, #inputs, #words + 1, words)
  local status, out, err = helper.run(words, folder)
  return status, out .. err
end


--- Compile C, or assemble what ends in .s, for a Windows target.
function coff.cc(folder, target, name, text, ...)
  local source = name:gsub("%.o$", "")
  source = source:find "%.s$" and source or source .. ".c"
  helper.write(folder .. "/" .. source, text)
  local out = name:gsub("%.s$", ".o"):gsub("%.o$", "") .. ".o"
  helper.must({ "clang", "--target=" .. target, "-w", "-c", "-o", out, source,
                ... }, folder)
  return out
end

return coff
