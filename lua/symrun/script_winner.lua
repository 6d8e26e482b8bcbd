--- Which line of a version script decides about a name, linker by linker.
--
-- Each linker ranks what matches in an order of its own, and two of them have
-- changed theirs.  What the rank below calls "earlier" and "later" is where
-- nodes stand in the file; a node's own place is found by `local` and `global`.
--
--   bfd   exact names, the earlier node first; globs, global before local;
--         then "*", global before local
--   gold  exact names of C, then of C++, the earlier node first; globs, the
--         later node first; then "*", the later node first
--   lld   as gold, C and C++ alike, but of a node without a name the local
--         names come earlier; until LLVM 14 "*" of the earlier node first
--   mold  1: the first that matches, or the last if there are names only;
--         2: exact names, then globs, each time global before local;
--         in both the last "*" if nothing else matches

local text = require "symrun.script_text"

local winner = {}

-- The linkers one may ask about, and how those of each name behave.
local models = {
  bfd = { "bfd" }, gold = { "gold" }, lld = { "lld-14", "lld-19" },
  mold = { "mold-1", "mold-2" },
}
local all = { "bfd", "gold", "lld", "mold" }

-- A name that a demangler might read: in bfd's and gold's it is libiberty's.
local function may_be_mangled(name)
  return name:find "^[.$_]*_[ZRD]" ~= nil or name:find "^_GLOBAL_" ~= nil
         or name:find "^%?" ~= nil
end


-- == how a linker reads an item ==============================================

local quoted_is_exact = {
  bfd = function () return true end,
  gold = function (item) return item.name ~= "*" end,
  lld = function (item) return item.block.extern end,
  mold = function () return false end,
}


local function compile(item)
  if item.glob == nil then
    local glob, negated = text.glob(item.name)
    item.glob, item.negated = glob or false, negated
  end
  return item.glob
end


-- "exact", "glob", "star", or "odd" where more than one reading is about.
local function form(linker, item)
  local name = item.name
  if not name:find "[*?[\\]" then return "exact" end
  if item.quoted and quoted_is_exact[linker](item) then return "exact" end
  if name == "*" and not (linker == "mold" and item.quoted) then
    return "star"
  end
  if name:find("\\", 1, true) or not name:find "[*?[]" or not compile(item)
     or item.negated == "!" and linker == "mold" then return "odd" end
  return "glob"
end


-- Does it match?  true, false, or nil for "who knows".
local function matches(linker, item, name, demangled)
  local subject = name
  if item.language == "Java" then return nil end
  if item.language == "C++" then
    subject = demangled
    if not subject and may_be_mangled(name) then subject = nil
    elseif not subject then
      if linker == "gold" then return form(linker, item) == "star" end
      subject = name
    end
  end
  local as = form(linker, item)
  if as == "star" then return true end
  if as == "odd" or not subject then return nil end
  if as == "exact" then return item.name == subject end
  return item.glob(subject)
end


-- == ranks ===================================================================

local class = { exact = 3, glob = 2, star = 1 }

-- Nodes in order, each with what comes first in it; never more than a million.
local function place(item, first)
  return item.node.index * 2 + (item.where == first and 0 or 1)
end


local function place_in_lld(item)
  if item.node.name then return place(item, "global") + 2 end
  return place(item, "local")
end


local ranks = {
  bfd = function (as, item)
    if as == "exact" then return -place(item, "global") end
    return item.where == "global" and 1 or 0
  end,
  gold = function (as, item)
    local at = place(item, "local")
    if as ~= "exact" then return at end
    return (item.language == "C" and 0 or -1e8) - at
  end,
  ["lld-14"] = function (as, item)
    if as == "glob" then
      return item.node.index * 2 + (item.where == "global" and 1 or 0)
    end
    return -place_in_lld(item)
  end,
  ["lld-19"] = function (as, item)
    if as == "exact" then return -place_in_lld(item) end
    return item.node.index * 2 + (item.where == "global" and 1 or 0)
  end,
  ["mold-1"] = function (as, item, object)
    if as == "star" then return item.order end
    return 2e9 + (object.only_names and item.order or -item.order)
  end,
  ["mold-2"] = function (as, item)
    if as == "star" then return item.order end
    local exact = as == "exact" and item.language == "C"
    return (exact and 4 or 2) * 1e9 + (item.where == "global" and 1 or 0)
  end,
}


local function rank(model, as, item, object)
  local own = ranks[model](as, item, object)
  return model:find "^mold" and own or class[as] * 1e9 + own
end


-- == questions ===============================================================

local function clash(object, item, other)
  local trouble = object.trouble
  if item.node ~= other.node then
    trouble.bfd = trouble.bfd or "wants each name in one node"
  elseif item.where ~= other.where and (not item.pattern or item.name == "*")
  then
    trouble.gold = trouble.gold or "wants a name as global or local, not both"
  end
end


--- Tables to look names up in, made when first asked.
function winner.index(object)
  if object.exact then return end
  object.exact, object.globs, object.others = {}, {}, {}
  object.only_names = true
  for order, item in ipairs(object.items) do
    item.order = order
    local list = object.exact[item.name]
    if not list then
      list = {}
      object.exact[item.name] = list
    elseif object.kind == "version-script" then
      clash(object, item, list[1])
    end
    list[#list + 1] = item
    if item.language ~= "C" then
      object.others[#object.others + 1] = item
      object.only_names = false
    elseif item.pattern then
      object.globs[#object.globs + 1] = item
      if item.name ~= "*" then object.only_names = false end
    end
  end
end


-- Items that may match, each once.
local function candidates(object, name, demangled)
  local out = {}
  for _, item in ipairs(object.exact[name] or {}) do
    if item.language == "C" and not item.pattern then out[#out + 1] = item end
  end
  for _, item in ipairs(object.globs) do out[#out + 1] = item end
  for _, item in ipairs(object.others) do
    if item.name:find "[*?[\\]" or demangled == item.name or name == item.name
       or not demangled and may_be_mangled(name) then out[#out + 1] = item end
  end
  return out
end


-- The item that decides in one model: true if global or there is none, false
-- if local, nil if one that may match would change that.
local function decide(object, model, list, name, demangled)
  local linker = model:match "^%a+"
  local best, top, maybe = nil, -math.huge, {}
  for _, item in ipairs(list) do
    local yes = matches(linker, item, name, demangled)
    if yes ~= false and model == "mold-1" and item.where == "local"
       and item.block.extern then
      return nil, "mold may read an extern block under 'local:' as global"
    end
    local as = form(linker, item)
    local here = as == "odd" and math.huge or rank(model, as, item, object)
    if yes == nil then
      maybe[#maybe + 1] = { here, item }
    elseif yes and here > top then
      best, top = item, here
    end
  end
  local where = best and best.where or "global"
  for _, m in ipairs(maybe) do
    if m[1] >= top and m[2].where ~= where then
      return nil, ("'%s' may match it"):format(m[2].name)
    end
  end
  return where == "global", best
end


-- Is it in the list?  true, false or nil.
local function listed(_, model, list, name, demangled)
  local linker = model:match "^%a+"
  local maybe
  for _, item in ipairs(list) do
    local yes = matches(linker, item, name, demangled)
    if yes then return true, item end
    if yes == nil then maybe = item end
  end
  if maybe then return nil, ("'%s' may match it"):format(maybe.name) end
  return false
end


-- What all models say of those linkers that are not known to refuse the file.
local function agree(object, ask, linker, ...)
  local answer, told, item
  for _, each in ipairs(linker and { linker } or all) do
    local refuses, differs = object.trouble[each], object.differs[each]
    if linker and refuses or differs and not refuses then
      return nil, ("%s %s"):format(each, refuses or differs)
    end
    for _, model in ipairs(refuses and {} or models[each]) do
      local yes, by = ask(object, model, ...)
      if yes == nil then return nil, by end
      if answer ~= nil and yes ~= answer then
        return nil, ("%s and %s differ"):format(told, model)
      end
      answer, told, item = yes, model, item or by
    end
  end
  if answer == nil then return nil, "no linker is known to take the file" end
  return answer, item
end


--- Does the file let a name be exported?  See script.lua.
function winner.exports(object, name, options)
  winner.index(object)
  local linker, demangled = options.linker, options.demangled
  if linker and not models[linker] then
    return nil, ("what %s does with such a file is not known"):format(linker)
  end
  if name:find("@", 1, true) then
    return nil, "the name carries a version of its own"
  end
  local script, program = object.kind == "version-script",
                          options.makes == "executable"
  if not script and options.makes == "library" then return true end
  local yes, why = agree(object, script and decide or listed, linker,
                         candidates(object, name, demangled), name, demangled)
  if script and program and yes then
    return nil, "a program exports what other options say"
  elseif script or yes ~= false or program then
    return yes, why
  end
  return nil, "not in the list: a shared library exports it all the same, a "
              .. "program does not"
end

return winner
