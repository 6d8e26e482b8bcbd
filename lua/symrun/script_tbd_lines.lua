--- The .tbd stubs of documents of lines, of four layouts, as one kind of table.
--
-- A library is { name=, at=, targets=, sections=, reexports=, uuids=, rpaths= }
-- and a section { targets=, wanted=, letter=, symbols=, classes=, eh_types=,
-- ivars=, weak=, tls= }; no targets are all.  The first three layouts have
-- architectures and one platform, from which targets are made: an x86 one of a
-- phone's is its simulator.

local core = require "symrun.core"
local text = require "symrun.script_text"
local values = require "symrun.script_tbd_values"

local a_list, a_text, an_entry, check_keys, check_version, maps, required, set,
      targets_of, texts = values.a_list, values.a_text, values.an_entry,
  values.check_keys, values.check_version, values.maps, values.required,
  values.set, values.targets, values.texts


-- == architectures ===========================================================

local platforms = { macosx = { "macos" }, ios = { "ios", "ios-simulator" },
  watchos = { "watchos", "watchos-simulator" },
  tvos = { "tvos", "tvos-simulator" }, bridgeos = { "bridgeos" },
  iosmac = { "maccatalyst" } }

local function made_targets(object, archs, platform, at)
  local out = {}
  for _, arch in ipairs(archs) do
    values.check_arch(object, arch, at)
    local x86 = arch == "i386" or arch:find "^x86_64"
    for _, one in ipairs(platform) do
      if not (arch == "i386" and one[1] == "maccatalyst") then
        out[#out + 1] = arch .. "-" .. (x86 and one[2] or one[1])
      end
    end
  end
  return out
end


local function platform_of(object, map, version)
  local name = a_text(object, required(object, map, "platform"),
                      map.where.platform)
  if name == "zippered" and version == 3 then
    return { platforms.macosx, platforms.iosmac }
  elseif not platforms[name] or name == "iosmac" and version < 3 then
    text.fail(object, map.where.platform, "'%s' is no platform here",
              core.printable(name))
  end
  return { platforms[name] }
end


-- What the first two have before names of classes, as compilers do.
local function without_underscore(object, list, map, key)
  for i, name in ipairs(list) do
    if name:sub(1, 1) ~= "_" then
      text.fail(object, map.where[key], "'%s' does not begin with '_'",
                core.printable(name))
    end
    list[i] = name:sub(2)
  end
  return list
end


local top_keys = {
  set "archs platform install-name current-version compatibility-version \
       swift-version objc-constraint exports",
  set "archs platform install-name current-version compatibility-version \
       swift-version objc-constraint exports uuids flags parent-umbrella \
       undefineds",
  set "archs platform install-name current-version compatibility-version \
       swift-abi-version objc-constraint exports uuids flags parent-umbrella \
       undefineds",
  set "tbd-version targets install-name current-version \
       compatibility-version swift-abi-version exports reexports uuids flags \
       parent-umbrella undefineds allowable-clients reexported-libraries",
}

local export_keys = {
  set "archs allowed-clients re-exports symbols objc-classes objc-ivars \
       weak-def-symbols thread-local-symbols",
  set "archs allowable-clients re-exports symbols objc-classes objc-ivars \
       weak-def-symbols thread-local-symbols",
  set "archs allowable-clients re-exports symbols objc-classes objc-ivars \
       weak-def-symbols thread-local-symbols objc-eh-types",
  set "targets symbols objc-classes objc-eh-types objc-ivars weak-symbols \
       thread-local-symbols",
}

local wanted_keys = {
  set "",
  set "archs symbols objc-classes objc-ivars weak-ref-symbols",
  set "archs symbols objc-classes objc-ivars weak-ref-symbols objc-eh-types",
  export_keys[4],
}


local function section(object, map, version, wanted, targets)
  local weak = version == 4 and "weak-symbols"
               or wanted and "weak-ref-symbols" or "weak-def-symbols"
  check_keys(object, map, (wanted and wanted_keys or export_keys)[version])
  local out = { targets = targets, wanted = wanted,
    symbols = texts(object, map, "symbols"),
    classes = texts(object, map, "objc-classes"),
    eh_types = texts(object, map, "objc-eh-types"),
    ivars = texts(object, map, "objc-ivars"),
    weak = texts(object, map, weak),
    tls = texts(object, map, "thread-local-symbols") }
  texts(object, map, version == 1 and "allowed-clients" or "allowable-clients")
  if version < 3 then
    without_underscore(object, out.classes, map, "objc-classes")
    without_underscore(object, out.ivars, map, "objc-ivars")
  end
  return out
end


-- == layouts 1 to 3 ==========================================================

local function pair_uuids(object, map)
  local out = {}
  local list, where = a_list(object, map, "uuids")
  for i, item in ipairs(list) do
    local arch, value
    if type(item) == "string" then arch, value = item:match "^(.-)%s*:%s*(.*)$"
    else arch = item.keys and item.keys[1]; value = arch and item.value[arch]
    end
    out[i] = { target = arch, value = a_text(object, value, where[i]) }
  end
  return out
end


local function of_archs(object, map, version)
  local platform = platform_of(object, map, version)
  local function targets(inner)
    required(object, inner, "archs")
    return made_targets(object, texts(object, inner, "archs"), platform,
                        inner.where.archs)
  end
  local library = { at = map.at, targets = targets(map), sections = {},
                    reexports = {}, uuids = pair_uuids(object, map) }
  for _, inner in ipairs(maps(object, map, "exports")) do
    local theirs = targets(inner)
    table.insert(library.sections, section(object, inner, version, false,
                                           theirs))
    table.insert(library.reexports, { targets = theirs,
      names = texts(object, inner, "re-exports") })
  end
  for _, inner in ipairs(maps(object, map, "undefineds")) do
    table.insert(library.sections, section(object, inner, version, true,
                                           targets(inner)))
  end
  return library
end


-- == layout 4 ================================================================

local function of_targets(object, map)
  check_version(object, map, "tbd-version", 4)
  local library = { at = map.at, targets = targets_of(object, map),
                    sections = {}, reexports = {}, uuids = {} }
  for _, key in ipairs { "exports", "reexports", "undefineds" } do
    for _, inner in ipairs(maps(object, map, key)) do
      table.insert(library.sections, section(object, inner, 4,
        key == "undefineds", targets_of(object, inner)))
    end
  end
  for _, inner in ipairs(maps(object, map, "reexported-libraries")) do
    check_keys(object, inner, set "targets libraries")
    table.insert(library.reexports, { targets = targets_of(object, inner),
      names = texts(object, inner, "libraries") })
  end
  for _, inner in ipairs(maps(object, map, "uuids")) do
    table.insert(library.uuids, { target = inner.value.target,
      value = a_text(object, inner.value.value, inner.at) })
  end
  return library
end


local tags = { [""] = 1, ["!tapi-tbd-v1"] = 1, ["!tapi-tbd-v2"] = 2,
               ["!tapi-tbd-v3"] = 3, ["!tapi-tbd"] = 4 }

-- The libraries of the documents, the main one first.
return function (object, documents)
  local out = {}
  for i, document in ipairs(documents) do
    local version = tags[document.tag]
    if not version then
      text.unknown(object, document.at, "stubs of the kind '%s' are not read",
                   core.printable(document.tag))
    end
    local map = an_entry(object, document.node, document.at, "a map")
    if version == 4 then check_version(object, map, "tbd-version", 4) end
    check_keys(object, map, top_keys[version])
    out[i] = version == 4 and of_targets(object, map)
             or of_archs(object, map, version)
    out[i].name = a_text(object, required(object, map, "install-name"),
                         map.where["install-name"])
  end
  return out
end
