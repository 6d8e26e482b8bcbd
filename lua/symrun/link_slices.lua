--- Which slice of a universal file, or target of a stub, a link takes: the one
--- for its machine and system, as far as the line says which they are.

local core = require "symrun.core"

local slices = {}


-- What -platform_version calls systems, and stubs.
local platforms = {
  ["1"] = "macos", ["2"] = "ios", ["3"] = "tvos", ["4"] = "watchos",
  ["5"] = "bridgeos", ["6"] = "maccatalyst", ["7"] = "ios-simulator",
  ["8"] = "tvos-simulator", ["9"] = "watchos-simulator", ["10"] = "driverkit",
  ["11"] = "xros", ["12"] = "xros-simulator", ["mac-catalyst"] = "maccatalyst",
}

local systems = { macosx = "macos", macos = "macos", darwin = "macos",
  ios = "ios", tvos = "tvos", watchos = "watchos", xros = "xros",
  driverkit = "driverkit" }


-- A driver's "x86_64-apple-ios13.0-simulator".
local function of_triple(triple)
  local arch, system, rest = triple:match "^([%w_]+)%-apple%-(%a+)[%d.]*(.*)$"
  system = systems[system]
  if rest == "-macabi" then system = "maccatalyst"
  elseif system and rest == "-simulator" then system = system .. rest end
  return arch, system
end


-- The machine and the system; the last word counts, and nil is for any.
local function asked(link)
  local arch, platform
  for _, option in ipairs { "-target", "--target" } do
    for part in link.words:options(option) do
      arch, platform = of_triple(part:value() or "")
    end
  end
  for part in link.words:options "-arch" do arch = part:value() end
  for part in link.words:options "-platform_version" do
    platform = (part:value() or ""):match "^%S+"
    platform = platforms[platform] or platform
  end
  return arch, platform
end


--- The files of a list, of which slices of one follow each other, as lists of
--- their slices; what has none is a list of itself.
function slices.together(files)
  local out, last, had = {}, nil, {}
  for _, file in ipairs(files) do
    local slice = file:slice()
    local key = slice and file:input() .. "\0" .. file:path()
    if key and key == last and not had[slice] then
      table.insert(out[#out], file)
    else
      out[#out + 1], had = { file }, {}
    end
    if slice then had[slice] = true end
    last = key
  end
  return out
end


local function fitting(list, arch, platform)
  local out = {}
  for _, file in ipairs(list) do
    local name = file:slice()
    local its, system = name:match "^([^-]*)%-(.*)$"
    if (not arch or (its or name) == arch)
       and (not system or not platform or system == platform) then
      out[#out + 1] = file
    end
  end
  return out
end


-- The slice that is linked; or nil and a sentence.
local function one_of(list, arch, platform)
  if not list[1]:slice() then return list[1] end
  local out = fitting(list, arch, platform)
  if #out == 1 then return out[1] end
  local path = core.printable(list[1]:path())
  if #out == 0 then
    return nil, ("%s has no slice for %s"):format(path, core.printable(
      (arch or "") .. (platform and "-" .. platform or "")))
  end
  return nil, ("which slice of %s is linked, %s or %s, the line does not say")
              :format(path, out[1]:slice(), out[2]:slice())
end


--- Of the slices of one file the one that is linked, or nil and a sentence; of
--- a file without any, itself.
function slices.one(link, list)
  if not list[1]:slice() then return list[1] end
  return one_of(list, asked(link))
end


--- Of what has slices, find the one that is linked: nil, or why it cannot be
--- told.
function slices.choose(link)
  local arch, platform = asked(link)
  link.chosen = {}
  for i, list in ipairs(slices.together(core.select(link.tree, "any"))) do
    local one, why = one_of(list, arch, platform)
    if not one then return why end
    link.sliced = link.sliced or one:slice() ~= nil
    link.chosen[i] = one
  end
end


--- The inputs of a kind, in the line's order, without other slices.
function slices.files(link, kind)
  local list = core.select(link.tree, kind)
  if not link.sliced then return list end
  local out, at = {}, 1
  for _, file in ipairs(list) do
    local found = at
    while link.chosen[found] and link.chosen[found] ~= file do
      found = found + 1
    end
    if link.chosen[found] then out[#out + 1], at = file, found + 1 end
  end
  return out
end

return slices
