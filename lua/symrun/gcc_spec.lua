--- GCC's specs: the little language in which a driver is told how to make the
--- linker's line out of its own.
--
-- "GCC, Spec Files" in its manual is short of the functions and of half of
-- %{...}; do_spec_1 and handle_braces of gcc.cc say the rest.  What is not
-- known here raises a sentence: the line is unknown then.

local conditions = require "symrun.gcc_conditions"
local functions = require "symrun.gcc_functions"

local spec = {}

local Run = {}

local DEPTH = 64  -- of specs that name specs

local fail, close = conditions.fail, conditions.close


-- == words ===================================================================

function Run:finish()
  local word = self.word
  if word ~= "" then
    if self.library then word = self.find(word) or word end
    self:push(word)
  end
  self.word, self.library = "", false
end


function Run:push(word, part)
  self.out[#self.out + 1] = { word = word, part = part }
end


-- An option of the driver, handed on.
function Run:give(switch)
  self:finish()
  self:push("-" .. switch.text, switch.part)
  for _, value in ipairs(switch.values) do self:push(value, switch.part) end
end


-- == braces ==================================================================

-- %{S}, %{S*}, %{S*&T*}: the options themselves, in the line's order.
function Run:hand_on(condition)
  local chosen = {}
  for one in condition:gmatch "[^&|]+" do
    local _, list = conditions.holds(self, (one:gsub("%s", "")))
    for _, switch in ipairs(list) do chosen[switch] = true end
  end
  for _, switch in ipairs(self.switches) do
    if chosen[switch] then self:give(switch) end
  end
end


function Run:braces(body)
  for _, clause in ipairs(conditions.clauses(body)) do
    local condition, text = clause[1], clause[2]
    if not text then return self:hand_on(condition) end
    local yes, list, name, star = true, {}, nil, nil
    if condition:find "%S" then
      yes, list, name, star = conditions.any(self, condition)
    end
    if yes then
      if star ~= "*" or not text:find("%*", 1, true) then
        return self:read(text)
      end
      for _, switch in ipairs(list) do
        self:read(text, switch.values[1] or switch.text:sub(#name + 1))
        self:finish()
      end
      return
    end
  end
end


-- == the language ============================================================

-- %:name(arguments): what it gives, or nil.
function Run:call(name, args)
  local f = functions[name]
  if not f then fail("the function %s of the specs is not known", name) end
  local inner = setmetatable({ out = {}, word = "" }, { __index = self })
  inner.finish, inner.push = Run.finish, Run.push
  inner:read(args)
  inner:finish()
  local words = {}
  for i, each in ipairs(inner.out) do words[i] = each.word end
  return f(self, words)
end


local named = { S = "startfile", E = "endfile", G = "libgcc", L = "lib",
                l = "link" }
local ignored = {}
for c in ("XdwiIAYZ12CabBVjpPm|"):gmatch "." do ignored[c] = "" end

local letters = {}

letters["%"] = function (self) self.word = self.word .. "%" end
letters.O = function (self) self.word = self.word .. ".o" end
letters.s = function (self) self.library = true end
letters.R = function (self) self.word = self.word .. (self.sysroot or "") end
letters.M = function (self) self.word = self.word .. self.multilib end
letters.e = function (_, text, at)
  fail("the driver refuses: %s", text:sub(at))
end
letters.n = function (_, text) return #text + 1 end
letters["*"] = function (self, _, _, star)
  self.word = self.word .. (star or "")
end

function letters.o(self)
  self:finish()
  for _, one in ipairs(self.infiles) do self.out[#self.out + 1] = one end
end

function letters.D(self)
  self:finish()
  for _, folder in ipairs(self.folders) do self:push("-L" .. folder) end
end

-- names of files that are made on the way
for c in ("ugU"):gmatch "." do
  letters[c] = function (self, text, at)
    local last = select(2, text:find("^[%w._]*", at))
    self.word = self.word .. "temporary" .. text:sub(at, last)
    return last + 1
  end
end

letters["<"] = function (self, text, at)
  local name, star, last = text:match("^([^%s*]*)(%*?)()", at)
  for _, switch in ipairs(self.switches) do
    if switch.text == name or star == "*"
       and switch.text:sub(1, #name) == name then switch.dead = true end
  end
  return last
end
letters[">"] = letters["<"]

letters["("] = function (self, text, at)
  local last = text:find(")", at, true)
  local name = last and text:sub(at, last - 1)
  local found = name and (self.specs[name] or self.driver.spec(name))
  if not found then
    if not name or not self.empty[name] then
      fail("the spec %s is not in the driver", name or "?")
    end
    found = ""
  end
  self:read(found)
  return last + 1
end

letters["{"] = function (self, text, at)
  local last = close(text, at, "{}")
  self:braces(text:sub(at, last - 1))
  return last + 1
end

-- in a response file, or watched
letters["@"] = function (self, text, at)
  if text:sub(at, at) ~= "{" then fail("the specs are not whole") end
  return letters["{"](self, text, at + 1)
end
letters.W = letters["@"]

letters[":"] = function (self, text, at)
  local name, paren = text:match("^([%w_-]+)()%(", at)
  if not name then fail("a function of the specs has no name") end
  local last = close(text, paren + 1, "()")
  local got = self:call(name, text:sub(paren + 1, last - 1))
  if got and got ~= "" then self:read(got) end
  return last + 1
end

function letters.x(_, text, at)
  fail("an option that the specs add, %s, is not read", text:sub(at))
end


--- Read a spec; words come to `out`.
function Run:read(text, star)
  self.depth[1] = self.depth[1] + 1
  if self.depth[1] > DEPTH then fail("specs name specs, and never end") end
  local at = 1
  while at <= #text do
    local c = text:sub(at, at)
    if c == "%" then
      local letter = text:sub(at + 1, at + 1)
      at = at + 2
      if named[letter] then
        self:read(self.specs[named[letter]] or self.driver.spec(named[letter])
                  or "", star)
      elseif letters[letter] then
        at = letters[letter](self, text, at, star) or at
      elseif not ignored[letter] then
        fail("%%%s in the specs of the driver is not known", letter)
      end
    elseif c:find "%s" then
      self:finish()
      at = at + 1
    else
      local last = select(2, text:find("^[^%%%s]+", at))
      self.word = self.word .. text:sub(at, last)
      at = last + 1
    end
  end
  self.depth[1] = self.depth[1] - 1
end


--- The linker's words, { word=, part= } each, or nil and a sentence.  `given`:
--- driver, specs (those that take the place of its own), switches, infiles,
--- folders, multilib, sysroot, find(name), read(path).
function spec.words(given)
  local run = setmetatable({
    out = {}, word = "", library = false, depth = { 0 },
    -- #defined to nothing where a target has no such thing
    empty = { mfwrap = true, mflib = true, link_gomp = true, post_link = true,
              link_itm = true, linker_plugin_file = true, lto_wrapper = true,
              link_ssp = true, shared_libgcc_undefs = true } },
    { __index = function (_, key)
        local own = Run[key]
        if own ~= nil then return own end
        return given[key]
      end })
  local ok, why = pcall(function ()
    run:read(given.specs.link_command or given.driver.spec "link_command")
    run:finish()
  end)
  if ok then return run.out end
  if type(why) ~= "table" then error(why, 0) end
  return nil, why[1]
end

return spec
