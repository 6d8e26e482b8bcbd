--- Where a clang of Debian's kind has its own files, and those of the GCC whose
--- libgcc, crt files and libstdc++ it borrows: the newest there is.

local places = {}

local NEWEST = 40  -- versions that are looked for


-- e_machine of the program: what it makes by itself.
local machines = {
  [62] = { triple = "x86_64-linux-gnu", emulation = "elf_x86_64",
           arch = "x86_64", lib = "lib64" },
  [183] = { triple = "aarch64-linux-gnu", emulation = "aarch64linux",
            arch = "aarch64", lib = "lib64" },
}


local function newest(folder, disk, file)
  for version = NEWEST, 1, -1 do
    local at = folder .. "/" .. version
    if disk.is_file(at .. "/" .. file) then return at end
  end
end


-- The folder of clang's own runtime libraries and headers.
local function resource_folder(root, version, disk)
  local top = root .. "/lib/clang/"
  if tonumber(version) >= 16 then return top .. version end
  for minor = 9, 0, -1 do
    for patch = 9, 0, -1 do
      local at = ("%s%d.%d.%d"):format(top, version, minor, patch)
      if disk.is_folder(at) then return at end
    end
  end
end


-- The GCC of the system's root; older ones look in the machine's own, too.
local function find_gcc(below, version, triple, disk)
  local gcc = newest(below .. "/usr/lib/gcc/" .. triple, disk, "crtbegin.o")
  if gcc then return gcc end
  if below ~= "" and version == 14 then
    gcc = newest("/usr/lib/gcc/" .. triple, disk, "crtbegin.o")
  end
  if gcc then return gcc end
  return nil, ("no GCC is in %s from which clang would borrow"):format(
    below .. "/usr/lib/gcc")
end


--- Folders, version and machine for a line; or nil and a sentence.
function places.find(line, real, disk)
  local root, version = real:match "^(.*/llvm%-(%d+))/bin/[^/]*$"
  if not root then
    return nil, real .. " is no clang that lies where Debian has it"
  end
  local machine = machines[string.unpack("<I2", disk.head(real, 20) or
                                         ("\0"):rep(20), 19)]
  if not machine then return nil, "what " .. real .. " makes is not known" end
  local below, triple = line.sysroot or "", machine.triple
  for _, name in ipairs { "clang", "clang++", machine.arch .. "-pc-linux-gnu",
                          machine.arch .. "-pc-linux-gnu-clang",
                          machine.arch .. "-pc-linux-gnu-clang++" } do
    local path = ("%s/bin/%s.cfg"):format(root, name)
    if disk.is_file(path) then
      return nil, ("what %s says to clang is not read"):format(path)
    end
  end
  local gcc, why = find_gcc(below, tonumber(version), triple, disk)
  if not gcc then return nil, why end
  local out = { version = tonumber(version), folders = {},
                emulation = machine.emulation, arch = machine.arch, gcc = gcc,
                triple = triple, root = root,
                resources = resource_folder(root, version, disk) }
  for _, folder in ipairs {
    gcc, gcc .. "/../../../../" .. machine.lib, below .. "/lib/" .. triple,
    below .. "/lib/../" .. machine.lib, below .. "/usr/lib/" .. triple,
    below .. "/usr/lib/../" .. machine.lib, below .. "/lib",
    below .. "/usr/lib" } do
    if disk.is_folder(folder)
       and (below == "" or folder ~= gcc .. "/../../../../" .. machine.lib) then
      out.folders[#out.folders + 1] = folder
    end
  end
  -- where some versions look, too
  if out.version > 14 then out.perhaps = root .. "/lib" end
  return out
end


--- The path of a file of the system or of GCC; its bare name, as clang has it,
--- where it is in none of the folders.
function places.file(at, name, disk)
  for _, folder in ipairs(at.folders) do
    if disk.is_file(folder .. "/" .. name) then return folder .. "/" .. name end
  end
  return name
end

return places
