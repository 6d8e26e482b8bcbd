--- The resolver against linkers: who wins, what is linked and in which order,
--- what is undefined, what is defined twice.
--
-- Two hundred links that were thought of, and as many that chance
-- made, each by every linker that is installed.

local helper = require "helper"
local linkers = require "linkers"
local random_links = require "random_links"
local resolved = require "resolved"
local tiny_links = require "tiny_links"

local MANNERS = { bfd = "bfd", gold = "gold", lld14 = "lld-14", lld19 = "lld",
                  mold = "mold" }


-- Make a link's files below a folder, and know what gives what.
local function prepare(folder, link, i)
  link.folder = ("%s/%d"):format(folder, i)
  helper.must { "mkdir", link.folder }
  link.gives, link.versions, link.names = {}, {}, {}
  local defines
  defines, link.commands = tiny_links.make(link.folder, link.files)
  local seen = {}
  for _, d in ipairs(defines) do
    local name, version = d.name:match "^([^@]+)@?@?(.*)$"
    link.gives[name .. "=" .. d.size] = d.unit
    if version ~= "" then link.versions[version] = d.unit end
    if not seen[name] then link.names[#link.names + 1] = name end
    seen[name] = true
  end
  return link
end


-- The links with what all linkers make of them.
local function asked(folder, links)
  for i, link in ipairs(links) do prepare(folder, link, i) end
  linkers.run(folder, links)
  return linkers.outcomes(folder, links)
end


-- What differs between the resolver and one linker, as text; and how many
-- links were compared, not made, and had something of interest.
local function compare(links, outcomes, linker)
  local list, count = {}, { links = 0, failed = 0, pulled = 0, shared = 0,
                            twice = 0, undefined = 0 }
  for i, link in ipairs(links) do
    local theirs = outcomes[i][linker]
    if theirs then
      local ours = resolved.link(link, MANNERS[linker], link.names)
      local differ = resolved.differences(link, ours, theirs, link.names)
      if #differ > 0 then
        list[#list + 1] = random_links.text(link) .. "\n    "
                          .. table.concat(differ, "\n    ")
      end
      local function saw(what, seen)
        if seen then count[what] = count[what] + 1 end
      end
      saw("links", true)
      saw("failed", not theirs.made)
      saw("pulled", next(ours.why))
      saw("shared", next(theirs.shared))
      saw("twice", theirs.duplicates[1])
      saw("undefined", theirs.undefined[1])
    end
  end
  return table.concat(list, "\n"), count
end


local function thought_of()
  local links = {}
  for _, topic in ipairs(require "link_cases") do
    for i = 2, #topic do
      local files = {}
      for name, text in pairs(topic[i]) do
        if name ~= 1 and name ~= "but" then files[name] = text end
      end
      local link = tiny_links.link(topic[i][1], files)
      if topic[i].but then link.skip = { [topic[i].but] = true } end
      links[#links + 1] = link
    end
  end
  return links
end


describe("the resolver", function ()
  local thought, chance = thought_of(), {}
  math.randomseed(1)
  for i = 1, 150 do chance[i] = random_links.link() end
  local of_thought = asked(helper.folder "links", thought)
  local of_chance = asked(helper.folder "links", chance)

  for _, linker in ipairs(linkers.all) do
    it("says of links that were thought of what " .. linker.version
       .. " makes of them", function ()
      local differ, count = compare(thought, of_thought, linker.name)
      assert.equal("", differ)
      assert.is_true(count.links > 150 and count.failed < 25, count.failed)
    end)

    it("says of links that chance made what " .. linker.version
       .. " makes of them", function ()
      local differ, count = compare(chance, of_chance, linker.name)
      assert.equal("", differ)
      assert.is_true(count.links > 100 and count.failed < 12, count.failed)
      for _, what in ipairs { "pulled", "shared", "twice", "undefined" } do
        assert.is_true(count[what] > 10, what .. " " .. count[what])
      end
    end)
  end

  it("was compared with all four", function ()
    local seen = {}
    for _, linker in ipairs(linkers.all) do
      seen[linker.name:match "%a+"] = true
    end
    assert.same({ bfd = true, gold = true, lld = true, mold = true }, seen)
  end)
end)
