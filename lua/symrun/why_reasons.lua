--- Why nobody gives a name: what comes near to giving it.
--
-- Each reason is a sentence and, where something helps, what to do.  The first
-- one is the likeliest.

local core = require "symrun.core"
local literal = require "symrun.literal"
local resolve = require "symrun.link_resolve"

local reasons = {}

local MOST_NEAR = 3     -- names that are told as near ones
local MOST_FILES = 400  -- libraries beside the line that are looked into


local function add(facts, hint, format, ...)
  facts.reasons[#facts.reasons + 1] = { text = format:format(...),
                                        hint = hint }
end


-- The first of what is linked that wants it.
local function first_want(facts)
  local first
  for _, one in ipairs(facts.wants) do
    if one.linked and (not first or one.linked < first.linked) then
      first = one
    end
  end
  return first
end


-- == the line's own inputs ===================================================

local reads_once = { bfd = true, gold = true }
local reads_index = { bfd = true, gold = true, ["lld-14"] = true }

-- Something on the line defines it and is not linked.
local function not_taken(facts)
  local want, linker = first_want(facts), facts.world.linker
  for _, one in ipairs(facts.definitions) do
    local place = resolve.place(one)
    if one.discarded then
      add(facts, nil, "%s defines it in a copy of a COMDAT group that was not "
          .. "kept: another object's copy of that group, which lacks the "
          .. "name, came first", place)
    elseif one.library and one.hidden then
      add(facts, nil, "%s has it, but not for others to see", place)
    elseif one.library and want and want.hidden then
      add(facts, nil, "%s has it, but %s wants it hidden, and a shared library "
          .. "cannot give that", place, resolve.place(want))
    elseif one.library then
      add(facts, "link it without --as-needed, or behind who wants it",
          "%s has it, and is not linked: it was not needed when its turn came",
          place)
    elseif want and one.lazy and reads_once[linker]
           and (one.input or 0) < (want.input or 0) then
      add(facts, "put it behind, or both between --start-group and --end-group",
          "%s defines it, but stands before %s, which is the first to want it: "
          .. "%s reads an archive once, and does not come back", place,
          resolve.place(want), linker)
    elseif want and one.lazy and reads_index[linker] then
      add(facts, ("write the index anew, as ranlib %s does"):format(one.file),
          "%s defines it, but the archive's index does not list it, and %s "
          .. "believes the index", place, linker)
    end
  end
end


-- Definitions that no other file sees.
local function hidden_inside(facts)
  for _, entry in ipairs(facts.world.entries) do
    local ok, names = pcall(entry.file.defined_inside, entry.file,
                            literal(facts.symbol))
    for _, name in ipairs(ok and names:places(facts.symbol) or {}) do
      add(facts, "take away what makes it local: static, a version script, "
          .. "objcopy --localize-symbol", "%s has it as a local symbol, which "
          .. "no other object can use",
          resolve.place { file = name:file(), member = name:member() })
    end
  end
end


-- Only a linker with a plugin reads intermediate code.
local function only_lto(facts)
  for _, one in ipairs(facts.definitions) do
    if one.lto and one.linked == nil then
      add(facts, "link with what compiled it (clang -flto, gcc -flto)",
          "%s has it as intermediate code only, which a linker reads by its "
          .. "plugin", resolve.place(one))
    end
  end
end


-- == names that are near =====================================================

-- What people would call it: "f" of "_Z1fi", "_f", "__imp_f".
local function stem(name)
  local plain = core.demangled(name) or name
  plain = plain:gsub("::h%x+$", ""):gsub("%b()", ""):gsub("%b<>", "")
  plain = plain:match "([%w_$]+)%s*$" or plain
  return plain:gsub("^__imp_", ""):gsub("^_+", ""):gsub("@%d+$", "")
end


-- One letter more, less or another, or two that changed places.
local function is_typo(a, b)
  if math.abs(#a - #b) > 1 or #a < 5 then return false end
  local i = 1
  while i <= #a and a:byte(i) == b:byte(i) do i = i + 1 end
  local k = 0
  while k < #a - i + 1 and k < #b - i + 1
        and a:byte(#a - k) == b:byte(#b - k) do k = k + 1 end
  local left, right = #a - i + 1 - k, #b - i + 1 - k
  return left <= 1 and right <= 1
         or left == 2 and right == 2
            and a:sub(i, i + 1) == b:sub(i, i + 1):reverse()
end


-- Why another name is near; nil if it is not.
local function nearness(wanted, base, name)
  if name == wanted then return nil end
  if stem(name) == base then
    if core.demangled(name) and not core.demangled(wanted) then
      return 1, "is mangled: declare it extern \"C\", or #[no_mangle]"
    elseif core.demangled(wanted) and not core.demangled(name) then
      return 1, "is not mangled: who wants it takes it for C++"
    elseif core.demangled(name) then
      return 2, "has other parameters, or another scope"
    end
    return 2, "is decorated otherwise"
  end
  if name:lower() == wanted:lower() then
    return 3, "is written with other capitals"
  elseif is_typo(wanted, name) then return 4, "is one letter away" end
end


-- Globs that all near names match, few others do.
local function near_globs(wanted, base)
  local out = {}
  if #base >= 3 then out[1] = "*" .. literal(base) .. "*" end
  local half = #wanted // 2
  if half >= 3 then
    out[#out + 1] = literal(wanted:sub(1, half)) .. "*"
    out[#out + 1] = "*" .. literal(wanted:sub(-half))
  end
  return out
end


local function near_names(facts)
  local wanted, seen, list = facts.symbol, {}, {}
  local base = stem(wanted)
  for _, glob in ipairs(near_globs(wanted, base)) do
    for _, entry in ipairs(facts.world.entries) do
      local ok, names = pcall(entry.file.defined, entry.file, glob)
      if ok then
        pcall(function ()
          for name in names:each() do
            local text = name:text()
            local rank, how = nearness(wanted, base, text)
            if rank and not seen[text] then
              seen[text] = true
              list[#list + 1] = { rank = rank, how = how, text = text,
                place = resolve.place { file = name:file(),
                                        member = name:member() } }
            end
          end
        end)
      end
    end
  end
  table.sort(list, function (a, b)
    if a.rank ~= b.rank then return a.rank < b.rank end
    return a.text < b.text
  end)
  for i = 1, math.min(#list, MOST_NEAR) do
    local one = list[i]
    local plain = core.demangled(one.text)
    add(facts, nil, "%s defines %s%s, which %s", one.place,
        core.printable(one.text),
        plain and (", %s"):format(core.harmless(plain)) or "", one.how)
  end
end


-- == libraries that are not on the line ======================================

-- The folders that the line names, and those of its inputs.
local function folders_of(facts)
  local list, seen = {}, {}
  local function put(folder)
    if folder and not seen[folder] then
      seen[folder] = true
      list[#list + 1] = folder
    end
  end
  for _, folder in ipairs(facts.world.link.folders) do put(folder) end
  for _, entry in ipairs(facts.world.entries) do
    if entry.by == "line" and entry.word then
      put(entry.word:match "^(.*)/[^/]*$" or ".")
    end
  end
  return list
end


-- Libraries that lie beside what is linked and define it.
local function elsewhere(facts)
  local link, here, looked = facts.world.link, {}, 0
  if not link or link.given.files then return end
  for _, entry in ipairs(facts.world.entries) do
    here[entry.file:input()] = true
  end
  for _, folder in ipairs(folders_of(facts)) do
    local tree = core.tree(true)
    core.exclude(tree, "*/**")
    if core.add(tree, folder) then
      for _, kind in ipairs { "archive", "library" } do
        for _, file in ipairs(core.select(tree, kind)) do
          local path = folder .. "/" .. file:path()
          if looked < MOST_FILES and not file:path():find("/", 1, true)
             and not here[path] and not here[path:gsub("^%./", "")] then
            looked = looked + 1
            local ok, yes = pcall(file.defines, file,
                                  literal(facts.symbol),
                                  kind == "library" and "dynamic" or nil)
            if ok and yes then
              add(facts, "add it to the line", "%s defines it, and is not on "
                  .. "the line", core.printable(path))
            end
          end
        end
      end
    end
  end
end


--- Fill in `reasons`; winner: what linkers say, of a line.
function reasons.add(facts, winner)
  facts.reasons = {}
  if winner and winner.wanted and not winner.strongly then
    add(facts, nil, "it is wanted weakly only, so that it may be missing: its "
        .. "address is 0 then")
  end
  if facts.world.link then
    only_lto(facts)
    not_taken(facts)
  end
  hidden_inside(facts)
  if #facts.reasons == 0 or facts.world.link == nil then near_names(facts) end
  if facts.world.link and #facts.reasons == 0 then elsewhere(facts) end
  if #facts.reasons > 0 then facts.because = facts.reasons[1].text end
end

return reasons
