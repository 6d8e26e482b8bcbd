--- The .tbd stubs of JSON, as script_tbd_lines has those of lines.  What has no
--- targets of its own is for all.

local text = require "symrun.script_text"
local values = require "symrun.script_tbd_values"

local a_text, an_entry, check_targets, check_version, maps, required,
      targets_of, texts = values.a_text, values.an_entry, values.check_targets,
  values.check_version, values.maps, values.required, values.targets,
  values.texts


local function parts(object, map, key, inner_key)
  local out = {}
  for _, inner in ipairs(maps(object, map, key)) do
    out[#out + 1] = { names = texts(object, inner, inner_key),
      targets = inner.value.targets and targets_of(object, inner) }
  end
  return out
end


local letters = { text = "T", data = "D" }

local function segments(object, map, key, out)
  for _, inner in ipairs(maps(object, map, key)) do
    local any = false
    for _, name in ipairs { "data", "text" } do
      local one = inner.value[name]
      if one then
        an_entry(object, one, inner.where[name], "a map")
        out[#out + 1] = { wanted = key == "undefined_symbols",
          letter = letters[name],
          targets = inner.value.targets and targets_of(object, inner),
          symbols = texts(object, one, "global"),
          classes = texts(object, one, "objc_class"),
          eh_types = texts(object, one, "objc_eh_type"),
          ivars = texts(object, one, "objc_ivar"),
          weak = texts(object, one, "weak"),
          tls = texts(object, one, "thread_local") }
        any = true
      end
    end
    if not any then
      text.fail(object, inner.at, "the key 'data' or 'text' is missing")
    end
  end
end


local function of_json(object, map)
  local library = { at = map.at, targets = {}, sections = {}, uuids = {},
    reexports = parts(object, map, "reexported_libraries", "names"),
    rpaths = parts(object, map, "rpaths", "paths") }
  required(object, map, "target_info")
  for i, inner in ipairs(maps(object, map, "target_info")) do
    library.targets[i] = a_text(object, required(object, inner, "target"),
                                inner.at)
  end
  check_targets(object, library.targets, map.where.target_info)
  required(object, map, "install_names")
  local first = maps(object, map, "install_names")[1]
  if not first then
    text.fail(object, map.where.install_names, "there is no install name")
  end
  library.name = a_text(object, required(object, first, "name"), first.at)
  for _, key in ipairs { "exported_symbols", "reexported_symbols",
                         "undefined_symbols" } do
    segments(object, map, key, library.sections)
  end
  return library
end


-- The libraries of the value, the main one first.
return function (object, map)
  an_entry(object, map, 1, "a map")
  check_version(object, map, "tapi_tbd_version", 5)
  local main = an_entry(object, required(object, map, "main_library"),
                        map.where.main_library, "a map")
  local out = { of_json(object, main) }
  for _, inner in ipairs(maps(object, map, "libraries")) do
    out[#out + 1] = of_json(object, inner)
  end
  return out
end
