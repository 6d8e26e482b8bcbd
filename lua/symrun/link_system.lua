--- The folders of the system in which a linker here looks for libraries.
--
-- Only that a library is in none of them is ever concluded, and only for a
-- plain compiler or linker of this machine: another's folders nobody knows.

local system = {}

local triples = {
  "x86_64-linux-gnu", "aarch64-linux-gnu", "riscv64-linux-gnu",
  "arm-linux-gnueabihf", "i386-linux-gnu", "powerpc64le-linux-gnu",
  "s390x-linux-gnu", "loongarch64-linux-gnu", "i686-linux-gnu",
  "x86_64-redhat-linux", "aarch64-redhat-linux", "x86_64-suse-linux",
}

local NEWEST = 40  -- version of a compiler whose folder is looked for


local function exists(path)
  local file = io.open(path, "rb")
  return file ~= nil and file:close()
end


-- The folders of the system; of compilers, those that have one of their own.
local function find_folders()
  local out, libc, libgcc = {}, false, false
  for _, top in ipairs { "/usr/local/lib", "/lib", "/usr/lib" } do
    local here = { top, top .. "64" }
    for _, triple in ipairs(triples) do
      here[#here + 1] = top .. "/" .. triple
    end
    for _, folder in ipairs(here) do
      out[#out + 1] = folder
      libc = libc or exists(folder .. "/libc.so")
             or exists(folder .. "/libc.a")
    end
  end
  for version = 1, NEWEST do
    for _, triple in ipairs(triples) do
      local folder = ("/usr/lib/gcc/%s/%d"):format(triple, version)
      if exists(folder .. "/libgcc.a") then
        out[#out + 1], libgcc = folder, true
      end
    end
    out[#out + 1] = ("/usr/lib/llvm-%d/lib"):format(version)
    out[#out + 1] = ("/usr/lib/clang/%d/lib/linux"):format(version)
  end
  for _, triple in ipairs(triples) do
    out[#out + 1] = ("/usr/%s/lib"):format(triple)
    out[#out + 1] = ("/usr/%s/lib64"):format(triple)
  end
  return libc and libgcc and out or {}
end


local known

-- None where not even the C library and the compiler's own are in them.
local function folders()
  known = known or find_folders()
  return known
end


local programs = " cc c++ gcc g++ gfortran clang clang++ ld ld.bfd ld.gold "
  .. "ld.lld ld.mold gold mold lld "

-- Is the program the system's own, and not one that comes first on PATH?
local function is_installed(program)
  local folder, name = program:match "^(.*)/([^/]*)$"
  for place in (folder or os.getenv "PATH" or ""):gmatch "[^:]+" do
    if folder or exists(place .. "/" .. program) then
      folder = place
      break
    end
  end
  name = (name or program):gsub("%-[%d.]+$", "")
  return (folder == "/usr/bin" or folder == "/bin")
         and programs:find(" " .. name .. " ", 1, true) ~= nil
end


-- Is it a program that looks where this machine has its libraries?
local function find_plain(link)
  if not is_installed(link.words:words()[1] or "") then return false end
  for _, role in ipairs { "target", "sysroot", "emulation", "ld-folder" } do
    if link.words:role(role)() then return false end
  end
  for part in link.words:parts() do
    local text = part:text()
    if text:find "^%-m[%dx]" and text ~= "-m64" or text:find "^%-specs"
       or text:find "^%-%-gcc%-toolchain" then return false end
  end
  return not (os.getenv "LIBRARY_PATH" or os.getenv "COMPILER_PATH"
              or os.getenv "GCC_EXEC_PREFIX")
end


local function is_plain(link)
  if link.plain == nil then link.plain = find_plain(link) end
  return link.plain
end


--- The folder that stands for "=" before another; nil where nobody knows.
function system.root(link)
  local root
  for part in link.words:role "sysroot" do
    root = not part:maybe() and part:value() or nil
  end
  return root or is_plain(link) and "" or nil
end


--- Is a library, which files of such names may be, surely in no folder?
function system.lacks(link, files)
  if link.given.files or link.dialect ~= "gnu" or not is_plain(link) then
    return false
  end
  local list = folders()
  for _, folder in ipairs(list) do
    for _, file in ipairs(files) do
      if exists(folder .. "/" .. file) then return false end
    end
  end
  return #list > 0
end

return system
