--- link:provided and must.provide: who gives what another owns, and what helps:
-- against all orders and all small sets of changes, and by really linking.

local helper = require "helper"
require "links"
local core = require "symrun.core"
local inputs = require "symrun.link_inputs"
local line = require "symrun.line"
local linkers = require "linkers"
local resolve = require "symrun.link_resolve"
local tiny_links = require "tiny_links"

local random = math.random
local NAMES = { "f", "g", "h", "i" }


-- == links ===================================================================

-- A link of files {name = text} in a folder, by their full paths.
local function link_of(folder, program, words)
  local list = { "ld." .. program }
  for word in words:gmatch "%S+" do
    list[#list + 1] = word:find "%.[ao]$" and folder .. "/" .. word or word
  end
  return line.new(list, nil, { folder = folder })
end


local function base(file) return (inputs.path(file):match "[^/]*$") end


-- Claims {{archive, name...}...} as link:provided takes them.
local function claims_of(link, claims)
  local out, by = {}, {}
  for _, file in ipairs(link:for_rule():archives()) do by[base(file)] = file end
  for i, claim in ipairs(claims) do
    out[i] = { from = by[claim[1]],
               names = by[claim[1]]:defined("{" .. table.concat(claim, ",", 2)
                                            .. "}") }
  end
  return out
end

local function provided(link, claims)
  return link:for_rule():provided(claims_of(link, claims))
end


-- "liba.a gives f, which libb.a owns": all that a result says, in short.
local function shown(result)
  local out = {}
  for i, one in ipairs(result) do
    out[i] = ("%s: %s, not %s"):format(one.name, one.winner and base(one.winner)
                                       or "nobody", base(one.from))
  end
  return table.concat(out, "; ")
end


local function changes(list)
  if not list then return nil end
  local out = {}
  for i, one in ipairs(list) do
    out[i] = ("%s %s"):format(base(one.file), one.name or one.member:name())
  end
  table.sort(out)
  return table.concat(out, ", ")
end


local function bases(list)
  local out = {}
  for i, file in ipairs(list or {}) do out[i] = base(file) end
  return table.concat(out, " ")
end


local function asked(program, files, words, claims)
  local folder = helper.folder "provide"
  tiny_links.make(folder, files)
  local link = link_of(folder, program, words)
  return provided(link, claims), folder, link
end


describe("link:provided", function ()
  local files = {
    ["app.o"] = "T main U x U y U help",
    ["libx.a"] = "x: T x / s: T y", ["liby.a"] = "y: T y / z: T help",
    ["libold.a"] = "x: T x / y: T y",
  }

  it("has nothing to say where each gives its own", function ()
    local result = asked("bfd", files, "app.o liby.a libx.a",
                         { { "libx.a", "x" }, { "liby.a", "y", "help" } })
    assert.equal("", shown(result))
    assert.equal(3, result.count)
    assert.same({}, result:groups())
  end)

  it("proposes the order that helps", function ()
    for _, program in ipairs { "bfd", "gold", "lld", "mold" } do
      local result = asked(program, files, "app.o libx.a liby.a",
                           { { "libx.a", "x" }, { "liby.a", "y" } })
      assert.equal("y: libx.a, not liby.a", shown(result))
      assert.equal("liby.a libx.a", bases(result:cure().order))
      assert.truthy(result:advice():find "^put them in this order: .*liby.a, ")
    end
  end)

  it("names two claims that no order holds, and what to hide or drop",
     function ()
    local result = asked("bfd", { ["app.o"] = "T main U x U y",
        ["liby.a"] = "y: T y / s: T x", ["libold.a"] = "x: T x / y: T y" },
      "app.o libold.a liby.a", { { "libold.a", "x" }, { "liby.a", "y" } })
    local cure = result:cure()
    assert.is_nil(cure.order)
    assert.same({ "x", "y" }, { cure.contradiction[1].name,
                                cure.contradiction[2].name })
    assert.equal("libold.a y", changes(cure.hide))
    assert.equal("libold.a y", changes(cure.drop))
    assert.truthy(result:advice():find("^no order holds both: x wants libold.a "
      .. "first, and y wants liby.a first; hide y in "))
  end)

  it("says so where three claims go round", function ()
    local result = asked("lld", { ["app.o"] = "T main U x U y U z",
        ["liba.a"] = "a: T x / b: T z", ["libb.a"] = "a: T y / b: T x",
        ["libc.a"] = "a: T z / b: T y" }, "app.o liba.a libb.a libc.a",
      { { "liba.a", "x" }, { "libb.a", "y" }, { "libc.a", "z" } })
    local cure = result:cure()
    assert.is_nil(cure.order)
    assert.is_nil(cure.contradiction)
    assert.equal(1, #cure.hide)
    assert.truthy(result:advice():find("^no order of the archives holds all of "
                                       .. "this; hide "))
  end)

  it("hides what else is twice then, owned or not", function ()
    -- hiding the stub alone would link "rt" of both
    local result = asked("bfd", { ["app.o"] = "T main U stub U own",
        ["liba.a"] = "a: T own U rt / r: T rt T stub",
        ["libs.a"] = "s: T stub T own U rt2 / r: T rt T rt2" },
      "app.o liba.a libs.a", { { "liba.a", "own" }, { "libs.a", "stub" } })
    assert.equal("libs.a own", changes(result:cure().hide))
    assert.equal("libs.a liba.a", bases(result:cure().hide.order))
  end)

  it("sees what an archive is past", function ()
    local result = asked("bfd", files, "libx.a liby.a app.o",
                         { { "libx.a", "x" }, { "liby.a", "y" } })
    assert.equal("x: nobody, not libx.a; y: nobody, not liby.a", shown(result))
    assert.equal("liby.a libx.a", bases(result:cure().order))
    assert.truthy(result:advice():find "^put them behind the other inputs, in ")
    assert.equal("", shown((asked("lld", files, "liby.a libx.a app.o",
                          { { "libx.a", "x" }, { "liby.a", "y" } }))))
  end)

  it("does not ask for what nothing wants or has", function ()
    local result = asked("bfd", files, "app.o libx.a liby.a",
                         { { "liby.a", "help" } })
    assert.equal("", shown(result))
    assert.equal(1, result.count)
    result = asked("bfd", { ["app.o"] = "T main", ["liba.a"] = "a: T f",
                            ["libb.a"] = "a: T f" },
                   "app.o liba.a libb.a", { { "libb.a", "f" } })
    assert.equal(0, result.count)
  end)

  it("has the first claim on a name count", function ()
    local result = asked("bfd", files, "app.o libold.a liby.a libx.a",
      { { "libold.a", "y" }, { "liby.a", "y" }, { "libx.a", "x" } })
    assert.equal("x: libold.a, not libx.a", shown(result))
  end)

  it("weak wants need no owner, weak definitions give", function ()
    local result = asked("bfd", { ["app.o"] = "T main w f",
        ["liba.a"] = "a: T f", ["libb.a"] = "a: T f" },
      "app.o liba.a libb.a", { { "libb.a", "f" } })
    assert.equal("", shown(result))
    result = asked("bfd", { ["app.o"] = "T main U f", ["liba.a"] = "a: W f",
                            ["libb.a"] = "a: T f" },
                   "app.o liba.a libb.a", { { "libb.a", "f" } })
    assert.equal("f: liba.a, not libb.a", shown(result))
  end)
end)


-- == unknown =================================================================

describe("what makes it unknown", function ()
  local function fails(words, files, program)
    local folder = helper.folder "provide-unknown"
    tiny_links.make(folder, files)
    helper.write(folder .. "/libbad.a", "!<arch>\nnot a header")
    local policy = folder .. "/rule.lua"
    helper.write(policy, [[
local symrun = require "symrun"
symrun.rule "a/b" (symrun.must.provide {
  providers = { "f=libb.a" } })
]])
    local list = {}
    for word in words:gmatch "%S+" do list[#list + 1] = word end
    local status, out = helper.symrun({ policy, "--", program,
                                        table.unpack(list) }, folder)
    return status, out
  end
  local files = { ["app.o"] = "T main U f", ["liba.a"] = "a: T f / g: T g",
                  ["libb.a"] = "b: T f" }

  it("an archive that cannot be read, if it may matter", function ()
    local status, out = fails("app.o libbad.a libb.a", files, "ld.bfd")
    assert.equal(2, status)
    assert.truthy(out:find "unknown", out)
  end)

  it("a driver that is not known", function ()
    local status, out = fails("app.o -lgone libb.a", files, "nobodys-gcc")
    assert.equal(2, status, out)
    -- but what is linked before it counts
    assert.equal(0, (fails("app.o libb.a -lgone", files, "nobodys-gcc")))
    assert.equal(1, (fails("app.o liba.a -lgone libb.a", files,
                           "nobodys-gcc")))
  end)

  it("linkers that differ, where nobody says which it is", function ()
    local text = { ["app.o"] = "T main U h", ["liba.a"] = "a: T g / f: T f",
                   ["libb.a"] = "b: T f", ["libc.a"] = "c: T h U f" }
    local words = "app.o libb.a libc.a liba.a"
    local status, out = fails(words, text, "nobodys-gcc")
    assert.equal(2, status, out)
    assert.truthy(out:gsub("%s+", " "):find("bfd has f from liba.a(f), lld "
      .. "from libb.a(b), and the line does not say which of them reads it",
      1, true), out)
    assert.equal(1, (fails(words, text, "ld.bfd")))
    assert.equal(0, (fails(words, text, "ld.lld")))
  end)

  it("owners that are not on the line", function ()
    assert.equal(2, (fails("app.o", { ["app.o"] = "T main" }, "ld.bfd")))
  end)

  it("nothing, where the answer does not depend on it", function ()
    -- it stands behind what is linked already
    local status, out = fails("app.o libb.a -lgone", files, "ld.bfd")
    assert.equal(2, status)  -- the library itself is damage
    assert.truthy(out:find("-lgone", 1, true))
    assert.equal(0, (fails("app.o libb.a", files, "ld.bfd")))
    assert.equal(0, (fails("app.o libb.a", files, "nobodys-gcc")))
    assert.equal(1, (fails("app.o liba.a libb.a", files, "nobodys-gcc")))
  end)
end)


-- == by chance ===============================================================

local function one_of(list) return list[random(#list)] end

local function some(most)
  local list, names = {}, { table.unpack(NAMES) }
  for i = 1, random(most) do list[i] = table.remove(names, random(#names)) end
  return list
end


-- An archive of a few members that have and want a few names.
local function archive()
  local out = {}
  for i = 1, random(2) do
    local words, has = {}, {}
    for _, name in ipairs(some(2)) do
      words[#words + 1], has[name] = "T " .. name, true
    end
    local want = one_of(NAMES)
    if random(100) <= 50 and not has[want] then
      words[#words + 1] = "U " .. want
    end
    out[i] = ("m%d: %s"):format(i, table.concat(words, " "))
  end
  return table.concat(out, " / ")
end


local function made_up()
  local case = { files = {}, archives = {}, claims = {} }
  case.files["app.o"] = "T main U " .. table.concat(some(3), " U ")
  for i = 1, random(2, 3) do
    local name = ("lib%s.a"):format(("abc"):sub(i, i))
    case.files[name] = archive()
    case.archives[i] = name
  end
  for _, name in ipairs(NAMES) do
    local owners = {}
    for _, path in ipairs(case.archives) do
      if case.files[path]:find("T " .. name, 1, true) then
        owners[#owners + 1] = path
      end
    end
    if #owners > 1 then
      case.claims[#case.claims + 1] = { one_of(owners), name }
    end
  end
  return case
end


local function permutations(list, f)
  local function go(k)
    if k > #list then return f(table.move(list, 1, #list, 1, {})) end
    for i = k, #list do
      list[k], list[i] = list[i], list[k]
      go(k + 1)
      list[k], list[i] = list[i], list[k]
    end
  end
  go(1)
end


-- Do all claims hold, and is nothing lost or twice?  The resolver alone tells.
local function holds(list, how, owner, before)
  local view = core.resolve(list, how)
  for name, path in pairs(owner) do
    local winner = view:winner(name)
    if winner.state == "defined" then
      if base(winner.file) ~= path then return false end
    elseif winner.strongly then return false end
  end
  return view:duplicates():empty() and view:undefined() <= before
end


-- All changes of a kind that the line's files allow.
local function all_changes(list, kind, owner)
  local out = {}
  for _, entry in ipairs(list) do
    local file = entry.file
    if kind == "hide" then
      for name in file:defined():each() do
        local pair, text = { file, name:text() }, name:text()
        local known = owner[text] == base(file)
        for _, one in ipairs(out) do
          known = known or one[1] == file and one[2] == text
        end
        if not known then out[#out + 1] = pair end
      end
    elseif base(file):find "%.a$" then
      for member in file:members():each() do
        out[#out + 1] = { file, member:index() }
      end
    end
  end
  return out
end


-- The fewest changes of a kind in any order: 0, 1, 2, or 3 for more.
local function brute(link, program, kind, owner)
  local list = resolve.files(resolve.of(link))
  local before = core.resolve(list, { linker = program }):undefined()
  local possible, fewest = all_changes(list, kind, owner), 3
  permutations({ table.unpack(list, 2) }, function (order)
    table.insert(order, 1, list[1])
    local function try(...)
      if select("#", ...) >= fewest then return end
      if holds(order, { linker = program, [kind] = { ... } }, owner, before)
      then fewest = select("#", ...) end
    end
    try()
    for i, a in ipairs(possible) do
      try(a)
      for k = i + 1, #possible do try(a, possible[k]) end
    end
  end)
  return fewest
end


-- Change copies as is proposed, and link them: who gives each name then?
local function linked(case, folder, program, order, list)
  local copies = folder .. "/copies"
  helper.must { "rm", "-rf", copies }
  helper.must { "mkdir", copies }
  helper.must { "sh", "-c", ("cp %s/*.[ao] %s"):format(folder, copies) }
  for _, change in ipairs(list or {}) do
    local path = base(change.file)
    if change.name then
      helper.must({ "objcopy", "--localize-symbol=" .. change.name, path },
                  copies)
    else helper.must({ "ar", "d", path, change.member:name() }, copies) end
  end
  local words = { "ld." .. program, "-e0", "-o", "out", "app.o",
                  "--unresolved-symbols=ignore-all" }
  for name in order:gmatch "%S+" do words[#words + 1] = name end
  local status, _, err = helper.run(words, copies)
  assert.equal(0, status, err)
  local found, gives = linkers.symbols(copies, { copies .. "/out" }), {}
  for _, s in ipairs(found[copies .. "/out"].static) do
    if s.bind ~= "LOCAL" and s.section ~= "UND" then
      gives[s.name] = case.gives[s.name .. "=" .. s.size]
    end
  end
  return gives
end


-- Every claim on a name that is in what was linked.
local function check_linked(owner, gives, text)
  for name, path in pairs(owner) do
    if gives[name] then
      assert.equal(path, gives[name]:match "^[^(]*", text)
    end
  end
end


describe("made up by chance", function ()
  local top = helper.folder "provide-random"

  local function prove(case, number, program, seen)
    local folder = ("%s/%d"):format(top, number)
    helper.must { "mkdir", folder }
    case.gives = {}
    for _, d in ipairs((tiny_links.make(folder, case.files))) do
      case.gives[d.name .. "=" .. d.size] = d.unit
    end
    local link = link_of(folder, program, "app.o "
                         .. table.concat(case.archives, " "))
    local owner, text = {}, program .. " " .. folder
    for _, claim in ipairs(case.claims) do owner[claim[2]] = claim[1] end
    local result = provided(link, case.claims)
    if #result == 0 then
      seen.right = seen.right + 1
      return
    end
    local cure = result:cure()
    if cure.order then
      assert.equal(0, brute(link, program, "hide", owner), text)
      check_linked(owner, linked(case, folder, program,
                                       bases(cure.order)), text)
      seen.order = seen.order + 1
      return
    end
    for _, kind in ipairs { "hide", "drop" } do
      local list, least = cure[kind], brute(link, program, kind, owner)
      assert.is_true(least > 0, text)
      if least < 3 then
        assert.equal(least, list and #list, text .. " " .. kind)
      elseif list then
        assert.is_true(#list >= 3, ("%s %s %s in %s"):format(text, kind,
                       changes(list), bases(list.order)))
      end
      if list then
        seen[kind] = seen[kind] + 1
        local order = list.order and bases(list.order)
                      or table.concat(case.archives, " ")
        for _, path in ipairs(case.archives) do
          if not order:find(path, 1, true) then order = order .. " " .. path end
        end
        check_linked(owner, linked(case, folder, program, order, list),
                     text)
      else seen.none = seen.none + 1 end
    end
  end

  it("what helps is the least that does, and helps when it is linked",
     function ()
    math.randomseed(7)
    local seen = { right = 0, order = 0, hide = 0, drop = 0, none = 0 }
    local number = 0
    repeat
      local case = made_up()
      if #case.claims > 1 then
        number = number + 1
        prove(case, number, ({ "bfd", "lld", "gold" })[number % 3 + 1], seen)
      end
    until number == 150
    assert.is_true(seen.right > 10 and seen.order > 10 and seen.hide > 10
                   and seen.drop > 5, helper.line { seen.right, seen.order,
                                                    seen.hide, seen.drop })
  end)
end)


-- == hostile =================================================================

describe("a great many", function ()
  it("archives, in a circle of claims", function ()
    local files, claims, words = { ["app.o"] = "T main" }, {}, { "app.o" }
    for i = 1, 20 do
      local name = ("lib%02d.a"):format(i)
      files["app.o"] = files["app.o"] .. " U f" .. i
      files[name] = ("a: T f%d / b: T f%d"):format(i, i % 20 + 1)
      claims[i] = { name, "f" .. i }
      words[i + 1] = name
    end
    local result = asked("lld", files, table.concat(words, " "), claims)
    assert.equal(19, #result)
    local cure = result:cure()
    assert.is_nil(cure.order)
    assert.is_nil(cure.contradiction)
    assert.equal(19, #cure.hide)
    assert.equal(19, #cure.drop)
    assert.truthy(result:advice():find "and 13 more")
  end)

  it("names", function ()
    local all, wants = {}, {}
    for i = 1, 3000 do
      all[i] = "T f" .. i
      wants[i] = "U f" .. i
    end
    local own, want = table.concat(all, " "), table.concat(wants, " ")
    local claim = { "libb.a", "f*" }
    local result = asked("bfd", { ["app.o"] = "T main " .. want,
        ["liba.a"] = "a: T only " .. own, ["libb.a"] = "b: T other " .. own },
      "app.o liba.a libb.a", { claim })
    assert.equal(3000, #result)
    assert.equal("libb.a liba.a", bases(result:cure().order))
    -- with both wanted, only one change helps: to drop the whole member
    result = asked("bfd", { ["app.o"] = "T main U more " .. want,
        ["liba.a"] = "a: T more " .. own, ["libb.a"] = "b: " .. own },
      "app.o liba.a libb.a", { claim })
    assert.is_nil(result:cure().order)
    assert.is_true(#result:advice() < 400)
  end)
end)
