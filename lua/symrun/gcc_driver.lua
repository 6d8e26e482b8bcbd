--- What a GCC driver hands to the linker for a line: its own specs, read from
--- its program file, over the line's options.  Nothing is run.
--
-- Of the options that exclude each other (-pie, -no-pie, -static-pie, -shared)
-- the last on the line is the only one, wherever it stands.

local core = require "symrun.core"
local folders = require "symrun.gcc_folders"
local functions = require "symrun.gcc_functions"
local spec = require "symrun.gcc_spec"

local driver = {}

local exclusive = { pie = true, ["no-pie"] = true, ["static-pie"] = true,
                    shared = true }


-- == the line ================================================================

-- A part's words as they stand: an option, and its values if they are apart.
local function words_of(part)
  local text, out = part:text(), {}
  local first, name = part:value(), part:name() or ""
  out[1] = text
  if not first then return out end
  local apart = text:gsub("^%-+", "") == name:gsub("^%-+", "")
  if not apart then
    local eq = text:find("=", 1, true)
    apart = not (eq and text:sub(eq + 1) == first
                 or text:sub(3) == first and #text > 2
                 or text:sub(-#first) == first and #first > 0)
  end
  local i = apart and 1 or 2
  while part:value(i) do
    out[#out + 1] = part:value(i)
    i = i + 1
  end
  return out
end
driver.words_of = words_of


-- Two dashes where the specs have one; what has a value is not looked up there.
local long = {}
for name in ("coverage static shared pie profile no-pie pass-exit-codes "
             .. "rdynamic static-pie"):gmatch "%S+" do
  long["-" .. name] = name
end

local function switch_of(part)
  local words = words_of(part)
  local text = words[1]:gsub("^%-", "")
  if part:role() == "folder" and words[2] then
    return { text = text .. words[2], values = {}, part = part }
  end
  return { text = long[text] or text, values = { table.unpack(words, 2) },
           part = part }
end


--- What is linked in its place, and the options.
function driver.sort_parts(link, doubt)
  local switches, infiles = {}, {}
  local function add(word, part, source)
    infiles[#infiles + 1] = { word = word, part = part, source = source }
  end
  for part in link.words:parts() do
    local kind = part:kind()
    if kind == "broken" or kind == "strange" then doubt(part:trouble()) end
    if part:role() == "opaque" then
      doubt("%s brings what cannot be read", part)
    end
    if not part:of_driver() then
      if kind == "input" then add(part:value(), part)
      else for _, word in ipairs(words_of(part)) do add(word, part) end end
    elseif kind == "input" then
      add(part:value(), part, link.sources[part:value()])
    elseif part:role() == "library" then add("-l" .. part:value(), part)
    elseif part:role() ~= "response" and kind ~= "broken" then
      switches[#switches + 1] = switch_of(part)
    end
  end
  return switches, infiles
end


-- Which a later one takes back.
local function prune(switches)
  local later, chosen = {}, nil
  for i = #switches, 1, -1 do
    local text = switches[i].text
    if exclusive[text] then
      switches[i].dead = chosen ~= nil
      chosen = chosen or text
    end
    local letter, no, rest = text:match "^([fmW])(n?o?%-?)(.*)$"
    if letter and no ~= "no-" then no, rest = "", text:sub(2) end
    if letter then
      local other = letter .. (no == "" and "no-" or "") .. rest
      if later[other] then switches[i].dead = true end
      later[text] = true
    end
  end
end


-- == C++ =====================================================================

local function has(switches, name)
  for _, each in ipairs(switches) do
    if each.text == name and not each.dead then return true end
  end
  return false
end


local function take_out(infiles, word)
  for i, one in ipairs(infiles) do
    if one.word == word then return table.remove(infiles, i) end
  end
end


-- What lang_specific_driver of g++spec.cc adds.
local function add_cxx(switches, infiles)
  local wants = false
  for _, name in ipairs { "nostdlib", "nodefaultlibs" } do
    if has(switches, name) then return end
  end
  local needs_math = true
  for _, one in ipairs(infiles) do
    if one.word == "-lm" then needs_math = false
    elseif one.word ~= "-lc" then wants = true end
  end
  if not wants then return end
  local math, c = take_out(infiles, "-lm"), take_out(infiles, "-lc")
  local static = has(switches, "static") or has(switches, "static-pie")
  local own = has(switches, "static-libstdc++") and not static
  local function add(word) infiles[#infiles + 1] = { word = word } end
  if own then add "-Bstatic" end
  add "-lstdc++"
  if own then add "-Bdynamic" end
  if math then infiles[#infiles + 1] = math
  elseif needs_math then add "-lm" end
  if c then infiles[#infiles + 1] = c end
  if not has(switches, "static") and not has(switches, "static-libgcc") then
    switches[#switches + 1] = { text = "shared-libgcc", values = {} }
  end
end


-- GOMP_SELF_SPECS and GTM_SELF_SPECS of gcc.cc.
local function add_pthread(switches)
  for _, each in ipairs(switches) do
    local loops = each.text:match "^ftree%-parallelize%-loops=(%d+)$"
    if not each.dead and (each.text == "fopenmp" or each.text == "fopenacc"
       or each.text == "fgnu-tm" or loops and tonumber(loops) > 1) then
      switches[#switches + 1] = { text = "pthread", values = {} }
      return
    end
  end
end


-- What configure chose for a machine, where the line says nothing.
local choices = {
  s390x = { { "^m31$", "^m64$", use = "m64" } },
  aarch64 = { { "^mbig%-endian$", "^mlittle%-endian$", use = "mlittle-endian" },
              { "^mabi=", use = "mabi=lp64" } },
  riscv64 = { { "^march=", use = "march=rv64imafdc" },
              { "^mabi=", use = "mabi=lp64d" } },
  gnueabihf = { { "^mfloat%-abi=", use = "mfloat-abi=hard" } },
}

local function add_choices(switches, machine)
  local list = choices[machine:match "^[^-]*"]
               or choices[machine:match "[^-]*$"]
  for _, choice in ipairs(list or {}) do
    local said = false
    for _, each in ipairs(switches) do
      for _, pattern in ipairs(choice) do
        said = said or each.text:find(pattern) ~= nil
      end
    end
    if not said then
      switches[#switches + 1] = { text = choice.use, values = {} }
    end
  end
end


-- == specs ===================================================================

-- What gcc.cc makes of its own specs before it reads them: -lgcc becomes the
-- choice between the shared and the static one, and the system's root is told.
local function starting_specs(of, sysroot)
  local specs = {}
  local libgcc = of.spec "libgcc"
  if of.has "-lgcc_eh" and of.has "-lgcc_s" and libgcc:find "^%-lgcc%f[^%w_]"
     and not libgcc:find("libgcc:", 1, true) then
    local as, no = "--as-needed", "--no-as-needed"
    if of.has "--push-state --as-needed" then
      as, no = "--push-state --as-needed", "--pop-state"
    end
    specs.libgcc = "%{static|static-libgcc|static-pie:-lgcc -lgcc_eh}"
      .. "%{!static:%{!static-libgcc:%{!static-pie:%{!shared-libgcc:-lgcc "
      .. as .. " -lgcc_s " .. no .. "}%{shared-libgcc:-lgcc_s"
      .. "%{!shared: -lgcc}}}}}" .. libgcc:sub(6)
  end
  if sysroot then
    specs.link = "%(sysroot_spec) " .. (of.spec "link" or "")
  end
  return specs
end


-- Places that the line itself adds, and its root of the system.
local function own_places(switches, is_folder)
  local own, sysroot = {}, nil
  for _, switch in ipairs(switches) do
    local role = switch.part and switch.part:role()
    if role == "sysroot" then sysroot = switch.part:value()
    elseif switch.text:find "^B." or switch.text == "B" then
      local path = switch.values[1] or switch.text:sub(2)
      if not path:find "/$" and is_folder(path) then path = path .. "/" end
      own[#own + 1] = path
    end
  end
  return own, sysroot
end


local function use_specs(run, switches, doubt)
  for _, switch in ipairs(switches) do
    local path = switch.text:match "^%-?specs=(.*)$"
                 or switch.text:find "^%-?specs$" and switch.values[1]
    if path then
      local found = run.find(path) or path
      local text = run.text(found)
      if not text then
        doubt("the specs %s are not there", core.printable(path))
      else
        local ok, why = pcall(functions.take_specs, run, found, text)
        if not ok then doubt("%s", type(why) == "table" and why[1] or why) end
      end
    end
  end
end


--- The words that the linker is given: { word=, part= (nil: the driver's own),
--- source= } each, and the driver's folder of its own; nil and a sentence where
--- that cannot be told.  `of`: what gcc_read says of the program at `real`;
--- `disk`: is_folder, is_file, text.
function driver.words(link, of, real, disk, doubt)
  local switches, infiles = driver.sort_parts(link, doubt)
  prune(switches)
  add_pthread(switches)
  add_choices(switches, of.config.machine)
  local name = real:match "[^/]*$"
  if name:find("++", 1, true) then add_cxx(switches, infiles)
  elseif not name:find "%f[%w]gcc%f[^%w]" then
    return nil, ("which libraries %s adds is not known"):format(
      core.printable(name))
  end
  local own, sysroot = own_places(switches, disk.is_folder)
  sysroot = sysroot or of.config.sysroot
  local at, why = folders.find({ driver = of, real = real, own = own,
    switches = switches, sysroot = sysroot }, disk.is_folder)
  if not at then return nil, why end
  local run = {
    driver = of, specs = starting_specs(of, sysroot), switches = switches,
    infiles = infiles, folders = at.named, multilib = at.multilib,
    sysroot = sysroot and sysroot:gsub("/$", "") or nil, text = disk.text,
    is_file = disk.is_file,
  }
  function run.find(file)
    if file:find "^/" then return disk.is_file(file) and file or nil end
    for _, place in ipairs(at.places) do
      if disk.is_file(place .. file) then return place .. file end
    end
  end
  if sysroot == "/" then run.sysroot = "/" end
  local own_specs = at.own .. "specs"
  if disk.is_file(own_specs) then
    local ok, failed = pcall(functions.take_specs, run, own_specs,
                             disk.text(own_specs))
    if not ok then
      return nil, type(failed) == "table" and failed[1] or failed
    end
  end
  use_specs(run, switches, doubt)
  local words
  words, why = spec.words(run)
  if not words then return nil, why end
  table.remove(words, 1)  -- collect2, which hands on all that concerns us
  return words, at
end

return driver
