--- The folders of the system in which a linker here looks for libraries.
--
-- Only that a library is in none of them is ever concluded, and only for a
-- plain compiler or linker of this machine: another's folders nobody knows.

local system = {}

local triples = {
  "x86_64-linux-gnu", "aarch64-linux-gnu", "riscv64-linux-gnu",
  "arm-linux-gnueabihf", "i386-linux-gnu", "powerpc64le-linux-gnu",
  "s390x-linux-gnu", "loongarch64-linux-gnu",
}

-- What compilers bring themselves, each in folders of its own.
local own = " gcc gcc_s gcc_eh stdc++ supc++ stdc++fs atomic gomp gfortran "
  .. "quadmath asan tsan ubsan lsan hwasan itm ssp ssp_nonshared gcov cc1 "
  .. "objc go gphobos gdruntime c++ c++abi unwind omp clang_rt m2 "


local function exists(path)
  local file = io.open(path, "rb")
  return file ~= nil and file:close()
end


local known

-- The folders; none if not even the C library is in them.
local function folders()
  if known then return known end
  known = {}
  local libc = false
  for _, top in ipairs { "/usr/local/lib", "/lib", "/usr/lib" } do
    local here = { top, top .. "64" }
    for _, triple in ipairs(triples) do
      here[#here + 1] = top .. "/" .. triple
    end
    for _, folder in ipairs(here) do
      known[#known + 1] = folder
      libc = libc or exists(folder .. "/libc.so")
             or exists(folder .. "/libc.a")
    end
  end
  if not libc then known = {} end
  return known
end


-- Is it a program that looks where this machine has its libraries?
local function is_plain(link)
  local program = (link.words:words()[1] or ""):match "[^/]*$"
  if not program:find "^%l[%l+.]*%-?[%d.]*$" then return false end
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


--- Is a library, which files of such names may be, surely in no folder?
function system.lacks(link, name, files)
  if link.given.files or link.dialect ~= "gnu"
     or own:find(" " .. name .. " ", 1, true) then return false end
  if link.plain == nil then link.plain = is_plain(link) end
  local list = link.plain and folders() or {}
  for _, folder in ipairs(list) do
    for _, file in ipairs(files) do
      if exists(folder .. "/" .. file) then return false end
    end
  end
  return #list > 0
end

return system
