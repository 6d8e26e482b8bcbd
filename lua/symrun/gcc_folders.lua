--- Where a GCC driver looks for its own files and the linker's libraries.
--
-- gcc.cc makes two walks over its prefixes: with the multilib and multiarch
-- parts, then without.  /lib and /usr/lib are searched and never named to the
-- linker, which is taken to know them.

local folders = {}


--- The folder of the program without links, as GCC moves its prefix by it.
local function prefix_of(config, real)
  local folder = real:match "^(.*/)[^/]*$" or "/"
  if folder == "/usr/bin/" or config.prefix:sub(1, 5) ~= "/usr/" then
    return config.prefix, folder ~= "/usr/bin/"
  end
  return folder .. "../" .. config.prefix:sub(6), true
end


-- "12", "12.2.0" or "12-win32": the driver names that folder in another path.
local function version_of(driver, prefix, is_folder)
  local own = driver.config.prefix .. driver.config.machine .. "/"
  local at = prefix .. driver.config.machine .. "/"
  local found
  for version in driver.after(own) do
    if version ~= found and is_folder(at .. version) then
      if found then
        return nil, ("two versions, %s and %s, are in %s"):format(
          found, version, at)
      end
      found = version
    end
  end
  if not found then
    return nil, "there is no folder of the compiler's version in " .. at
  end
  return found
end


local machine_options = { m32 = true, m64 = true, mx32 = true, m16 = true }

local default_options = { x86_64 = "m64", i686 = "m32", i586 = "m32",
                          i386 = "m32", aarch64 = "mabi=lp64",
                          powerpc64le = "m64", s390x = "m64", sparc64 = "m64" }


-- The multilib that the options of a line choose: its own folder, the
-- system's, and the multiarch one.
local function multilib(config, switches)
  local used, default = {}, default_options[config.machine:match "^[^-]*"]
  for _, switch in ipairs(switches) do
    if not switch.dead then
      if machine_options[switch.text] then
        for option in pairs(machine_options) do used[option] = nil end
      end
      used[switch.text] = true
    end
  end
  local is_other = used.m32 or used.m64 or used.mx32 or used.m16
  local best, found = -1, { folder = ".", os = ".", multiarch = nil }
  if config.multiarch then
    found.multiarch = config.machine:gsub("^i[4-6]86", "i386")
  end
  for _, entry in ipairs(config.multilibs) do
    local folder, rest = entry:match "^(%S+)%s*(.*)$"
    local name, os, arch = folder:match "^([^:]*):?([^:]*):?(.*)$"
    local ok, count, own = true, 0, false
    for negated, option in rest:gmatch "(!?)(%S+)" do
      local is_default = option == default and not is_other
      local is = used[option] or is_default
      if negated == "!" then
        ok = ok and (not used[option] or option == default)
      else
        ok, count = ok and is, count + 1
        own = own or option ~= default
      end
    end
    if ok and count > best then
      best = count
      found = { folder = own and name or ".", os = os ~= "" and os or ".",
                multiarch = arch ~= "" and arch or found.multiarch }
    end
  end
  return found
end


-- == prefixes ================================================================

-- { path, machine: below the machine's folder only, os: by the system's
-- multilib folder }
local function prefixes(given, prefix, moved, version)
  local config, out = given.driver.config, {}
  local function add(path, machine, os)
    out[#out + 1] = { path = path, machine = machine, os = os }
  end
  local suffix = config.machine .. "/" .. version .. "/"
  local sysroot = (given.sysroot or ""):gsub("/$", "")
  for _, path in ipairs(given.own) do add(path, false, false) end
  add(prefix, not moved, false)
  add(prefix .. suffix .. "../../../../" .. config.machine .. "/lib/", false,
      true)
  local cross = given.driver.spec "cross_compile" ~= "0"
  if not cross or given.sysroot then
    for _, name in ipairs { "md_startfile_prefix", "md_startfile_prefix_1" } do
      local path = given.driver.spec(name)
      if path and path ~= "" then add(sysroot .. path, false, true) end
    end
    if not cross then add(prefix .. suffix .. "../../../", false, true) end
    add(sysroot .. "/lib/", false, true)
    add(sysroot .. "/usr/lib/", false, true)
  end
  return out
end


-- Every folder in which something may be, in order.
local function walk(list, suffix, multi)
  local out, seen = {}, {}
  local function add(path)
    if not seen[path] then out[#out + 1] = path end
    seen[path] = true
  end
  local arch = multi.multiarch and multi.multiarch .. "/"
  local own = multi.folder ~= "." and multi.folder .. "/" or nil
  local os = multi.os ~= "." and multi.os .. "/" or nil
  for _, each in ipairs(list) do
    add(each.path .. suffix .. (own or ""))
    if not each.machine then
      if arch then add(each.path .. arch) end
      add(each.path .. ((each.os and os or not each.os and own) or ""))
    end
  end
  for _, each in ipairs(list) do
    if own then
      add(each.path .. suffix)
      if arch and not each.machine then add(each.path .. arch) end
    end
    if not each.machine then add(each.path) end
  end
  return out
end


--- Where the driver of `given` (driver, real path, switches, sysroot, own: what
--- -B names) looks: all places, those that it names to the linker, and what
--- the multilib is.  Nil and a sentence where that cannot be told.
function folders.find(given, is_folder)
  local prefix, moved = prefix_of(given.driver.config, given.real)
  local version, why = version_of(given.driver, prefix, is_folder)
  if not version then return nil, why end
  local multi = multilib(given.driver.config, given.switches)
  local suffix = given.driver.config.machine .. "/" .. version .. "/"
  local list = prefixes(given, prefix, moved, version)
  local out = { places = walk(list, suffix, multi), named = {},
                multilib = multi.folder, own = prefix .. suffix }
  for _, place in ipairs(out.places) do
    if is_folder(place) and place ~= "/lib/" and place ~= "/usr/lib/" then
      out.named[#out.named + 1] = place:gsub("/$", "")
    end
  end
  return out
end

return folders
