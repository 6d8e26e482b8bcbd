--- What the cells of README's table of formats share: how symrun is asked, and
--- how what it says is compared with what another reader says.
--
-- Every one that compares wants something to compare: two empty lists prove
-- nothing.

local assert = require "luassert"
local facts = require "facts"
local helper = require "helper"
local peers = require "peers"

local cells = {}


--- Compile C, or C++ for a name that ends in .cpp, to NAME.o.
function cells.cc(folder, target, name, text, ...)
  local stem = name:gsub("%.cpp$", "")
  local source = name:find "%.cpp$" and name or name .. ".c"
  helper.write(folder .. "/" .. source, text)
  helper.must({ "clang", "--target=" .. target, "-w", "-O1", "-c", source,
                "-o", stem .. ".o", ... }, folder)
  return stem .. ".o"
end


function cells.all(text, pattern)
  local out = {}
  for s in text:gmatch(pattern) do out[#out + 1] = s end
  return out
end


--- Lists with the same things in them, in any order, and not too few.
function cells.same(ours, theirs, least)
  table.sort(ours)
  table.sort(theirs)
  assert.equal(table.concat(theirs, "\n"), table.concat(ours, "\n"))
  assert.is_true(#ours >= (least or 1), "there is too little to compare")
end


--- "name letter" of a file's rows in a view.  The format and the status are
--- those that are expected; the second is "ok" if nothing is said.
function cells.rows(folder, file, view, format, expected)
  local ours, status, err = peers.symrun({ file }, folder, "--view", view)
  local out = {}
  for i, row in ipairs(ours[file]) do
    out[i] = row:match "^[^\t]*\t([^\t]*\t.)":gsub("\t", " ")
  end
  assert.equal(expected or "ok", ours[file].status, err)
  assert.equal((expected or "ok") == "ok" and 0 or 2, status)
  assert.equal(format, ours[file].format)
  return out, err
end


--- The same, as "class" by name.
function cells.classes(folder, file, view)
  local ours = peers.symrun({ file }, folder, "--view", view or "native")[file]
  local out = {}
  for row, class in pairs(ours.classes) do
    out[row:match "^[^\t]*\t([^\t]*)\t"] = class
  end
  return out
end


--- llvm-nm's "name letter"; words are options.
function cells.llvm(folder, file, ...)
  local out = {}
  for i, row in ipairs(peers.llvm({ file }, folder, ...)[file]) do
    out[i] = row:match "^[^\t]*\t([^\t]*\t.)":gsub("\t", " ")
  end
  return out
end


--- A view is what another reader's rows say.
function cells.agree(folder, file, view, format, theirs, least)
  cells.same((cells.rows(folder, file, view, format)), theirs, least)
end


--- symrun says that it cannot tell, and calls it by its name.
function cells.refused(folder, file, view, format, reason)
  local _, err = cells.rows(folder, file, view, format, "refused")
  assert.matches(reason, err)
end


--- The names that a rule gets for an expression about 'it', one file.
function cells.ask(folder, file, expression)
  helper.write(folder .. "/ask.lua", ([[
    local symrun = require "symrun"
    symrun.rule "own/ask" {
      about = "a question", each = symrun.files "**/*",
      check = function (it, report)
        for name in (%s):each() do report(it, "<%%s>", name) end
      end,
    }
  ]]):format(expression))
  local _, out, err = helper.symrun({ "ask.lua", file }, folder)
  assert.is_nil(out:match "unknown:", out .. err)
  return cells.all(out:gsub("\n +", " "), "<([^>]*)>")
end


--- A rule's words about 'it', a file or its only member.
function cells.say(folder, file, body)
  helper.write(folder .. "/say.lua", ([[
    local symrun = require "symrun"
    symrun.rule "own/say" {
      about = "a question", each = symrun.files "**/*",
      check = function (it, report) %s end,
    }
  ]]):format(body))
  local status, out, err = helper.symrun({ "say.lua", file }, folder)
  return (out:gsub("\n +", " ")), status, err
end


--- What a rule is told of sections: "name size W X" each, '-' for what one is
--- not.  'of': those that a name is defined in.
function cells.sections(folder, file, of)
  local said = cells.say(folder, file, ([[
    for _, s in ipairs(%s) do
      report(it, "<%%s %%d %%s%%s>", s.name, s.size, s.writable and "W" or "-",
             s.executable and "X" or "-")
    end]]):format(of and ("it:sections_of %q"):format(of) or "it:sections()"))
  return cells.all(said, "<([^>]*)>")
end


local told = {}

--- One fact, of a file or "file(member)": a text, or { reason = } of what
--- cannot be told.  Rules are run once for each file.
function cells.fact(folder, file, name)
  local path = file:match "^(.-)%(" or file
  local key = folder .. "/" .. path
  told[key] = told[key] or facts.ask({ path }, folder)
  local of_file = assert(told[key][file], "nobody told of " .. file)
  return assert(of_file[name], "there is no such fact: " .. name)
end


function cells.is_fact(folder, file, name, expected)
  assert.same(expected, cells.fact(folder, file, name), file .. ": " .. name)
end


--- What a rule is told when it asks is unknown, with a reason.
function cells.untold(folder, file, name, reason)
  local fact = cells.fact(folder, file, name)
  assert.equal("table", type(fact), file .. ": " .. name)
  assert.matches(reason, fact.reason)
end

return cells
