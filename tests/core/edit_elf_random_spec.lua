--- Random edits of ELF objects, one after the other, beside a model that is a
--- table of names: what is refused, and what every symbol is then.

local edited = require "edited"
local helper = require "helper"

local random = math.random

-- What a model's symbol is: bind, see, place (undefined, defined, common,
-- absolute), value, needed.
local model = {}

-- Each gives false where the edit must be refused.

function model.localize(all, e)
  local s = all[e.name]
  if not s or s.bind == "LOCAL" then return true end
  if s.place == "undefined" or s.place == "common" then return false end
  s.bind = "LOCAL"
  return true
end

function model.globalize(all, e)
  local s = all[e.name]
  if s and s.bind == "LOCAL" then s.bind = "GLOBAL" end
  return true
end

function model.weaken(all, e)
  local s = all[e.name]
  if not s or s.bind ~= "GLOBAL" then return true end
  if s.place == "undefined" or s.place == "common" then return false end
  s.bind = "WEAK"
  return true
end

function model.hide(all, e)
  local s = all[e.name]
  if s and s.bind ~= "LOCAL" then s.see = "HIDDEN" end
  return true
end

function model.unhide(all, e)
  local s = all[e.name]
  if s and s.bind ~= "LOCAL" then s.see = "DEFAULT" end
  return true
end

function model.rename(all, e)
  if not all[e.name] or e.name == e.to then return true end
  if all[e.to] then return false end
  all[e.to], all[e.name] = all[e.name], nil
  return true
end

function model.strip(all, e)
  if not all[e.name] then return true end
  if all[e.name].needed then return false end
  all[e.name] = nil
  return true
end

model["add-undefined"] = function (all, e)
  local s = all[e.name]
  if s then return s.place == "undefined" end
  all[e.name] = { bind = "GLOBAL", see = "DEFAULT", place = "undefined" }
  return true
end

model["add-absolute"] = function (all, e)
  local s = all[e.name] or { see = "DEFAULT", place = "undefined" }
  if s.place == "absolute" and s.value == e.value then return true end
  if s.place ~= "undefined" then return false end
  s.bind, s.place, s.value = "GLOBAL", "absolute", e.value
  all[e.name] = s
  return true
end

model["keep-only"] = function (all, e)
  for name, s in pairs(all) do
    if not e.list[name] and s.bind ~= "LOCAL" and s.place ~= "undefined" then
      if s.place == "common" then return false end
      s.bind = "LOCAL"
    end
  end
  return true
end


local PLACES = { UND = "undefined", COM = "common", ABS = "absolute" }

local function modelled(path)
  local all = {}
  for name, s in pairs(edited.table(path)) do
    all[name] = { bind = s.bind, see = s.see, value = tonumber(s.value, 16),
                  place = PLACES[s.where] or "defined" }
  end
  for _, list in pairs(edited.look(path).relocations) do
    for _, line in ipairs(list) do
      for word in line:gmatch "[%w_.$]+" do
        if all[word] then all[word].needed = true end
      end
    end
  end
  return all
end


local function told(all)
  local out = {}
  for name, s in pairs(all) do
    out[#out + 1] = table.concat({ name, s.bind, s.see, s.place }, " ")
  end
  table.sort(out)
  return table.concat(out, "\n")
end


local function copied(all)
  local out = {}
  for name, s in pairs(all) do
    out[name] = {}
    for key, value in pairs(s) do out[name][key] = value end
  end
  return out
end


local OPS = { "localize", "globalize", "weaken", "hide", "unhide", "rename",
              "strip", "add-undefined", "add-absolute" }

-- Some edits, as the core takes them; the model's are the same.
local function some(all, count)
  local names = {}
  for name in pairs(all) do names[#names + 1] = name end
  table.sort(names)
  local function any()
    return random() < 0.1 and "new" .. random(6) or names[random(#names)]
  end
  if random() < 0.05 then
    local list, edits = {}, {}
    for i = 1, random(5) do
      edits[i] = { op = "keep-only", name = any() }
      list[edits[i].name] = true
    end
    return edits, { { op = "keep-only", list = list } }
  end
  local edits = {}
  while #edits < count do
    local e = { op = OPS[random(#OPS)], name = any(), value = random(3) }
    if e.op == "rename" then
      e.to = random() < 0.3 and any()
             or ("%s%d"):format(("x"):rep(random(40)), random(1000))
    end
    if not (e.op:find "^add" and all[e.name]
            and all[e.name].bind == "LOCAL") then edits[#edits + 1] = e end
  end
  return edits, edits
end


local function sequence(path, steps)
  local all, bytes = modelled(path), helper.read(path)
  local now, refused, changed = path .. ".now", 0, 0
  for step = 1, steps do
    -- more edits at once would need to know what the first of them do
    local edits, same = some(all, 1)
    local after, fits = copied(all), true
    for _, e in ipairs(same) do fits = fits and model[e.op](after, e) end
    local out, why = edited.made(bytes, edits)
    local title = ("%s, step %d, %s %s %s: %s"):format(path, step,
      edits[1].op, edits[1].name, edits[1].to or "", why)
    assert.equal(fits, out ~= nil, title)
    if fits then
      changed = changed + (out ~= bytes and 1 or 0)
      all, bytes = after, out
      if out ~= bytes or step % 5 == 0 then
        helper.write(now, bytes)
        local is = {}
        for name, s in pairs(edited.table(now)) do
          is[name] = { bind = s.bind, see = s.see,
                       place = PLACES[s.where] or "defined" }
        end
        assert.equal(told(all), told(is), title)
      end
    else
      refused = refused + 1
    end
  end
  assert.is_true(refused > steps / 20 and changed > steps / 5,
                 refused .. ", " .. changed)
  helper.write(now, bytes)
  assert.equal("", edited.warnings(now))
  assert.is_nil(edited.sections_differ(edited.look(path), edited.look(now),
                                       {}))
end


describe("random edits of an ELF object", function ()
  local folder
  setup(function ()
    folder = helper.folder "edit-random"
    helper.write(folder .. "/c.c", edited.C)
    helper.write(folder .. "/d.c", "int common_one[3], other_common;\n"
                 .. "int in_d (void) { return other_common; }\n")
  end)

  for i, c in ipairs {
    { "gcc", "-O1", "-fno-asynchronous-unwind-tables" },
    { "clang", "-O0", "-ffunction-sections" },
    { "gcc", "-O0", "-g", "-m32", "-fno-pie" },
  } do
    it("do what a model does: " .. table.concat(c, " "), function ()
      math.randomseed(i)
      local words = table.move(c, 1, #c, 1, {})
      table.move({ "-fcommon", "-c", "c.c", "d.c" }, 1, 4, #words + 1, words)
      helper.must(words, folder)
      helper.must({ "ld", c[4] == "-m32" and "-melf_i386" or "-melf_x86_64",
                    "-r", "-o", "both.o", "c.o", "d.o" }, folder)
      sequence(folder .. "/c.o", 400)
      sequence(folder .. "/both.o", 200)
    end)
  end
end)
