--- What is told of links: the plan itself knows files only.
--
-- Evaluations are numbered for as long as the engine lives, so what is kept
-- here by number never meets another run's.

local core = require "symrun.core"

local told = {}

local links, words, changes = {}, {}, {}  -- by evaluation


-- Only lines need what reads lines.
local function reader() return package.loaded["symrun.line"] end


--- The line behind a subject that is a link.
function told.link(subject)
  return reader().of(subject)
end


--- An evaluation begins, perhaps of a link.
function told.begin(evaluation, link)
  if link then links[evaluation] = link end
end


--- A part as its words are.
function told.part(part)
  local text, value = part:text(), part:value()
  if not value or text:find(value, 1, true) then return tostring(part) end
  return tostring(part) .. " " .. core.printable(value)
end


--- What a report is about: the file or nil, the sentence, the number of a word.
--- A link is no file, nor is a part of its line.
function told.about(subject, text)
  local lines = reader()
  if not lines then return subject, text end
  if lines.of(subject) then return nil, text end
  if not lines.is_part(subject) then return subject, text end
  local word = subject:word()
  return nil, ("word %d, %s: %s"):format(word, told.part(subject), text), word
end


--- A finding of an evaluation is about this word of its line.
function told.word(evaluation, finding, word)
  if not word then return end
  words[evaluation] = words[evaluation] or {}
  words[evaluation][finding] = word
end


--- A finding asks for an edit of a line.
function told.edit(finding, edit)
  local link, text = require("symrun.link_edit").of(edit)
  if link ~= finding.link then
    error("the edit is of another link than the one that is looked at", 3)
  end
  local kept = changes[finding.evaluation] or {}
  changes[finding.evaluation] = kept
  core.edit(finding.number, { op = "link" })
  kept[#kept + 1] = text
  if finding.number >= 0 then link:ask(finding.rule, edit) end
end


local function name_of(link)
  return { output = link.words:output() }
end


--- The findings of a plan, with the link of each that is about one.
function told.findings(list)
  for _, f in ipairs(list) do
    local link = links[f.evaluation]
    if link then
      f.link = name_of(link)
      f.link.word = (words[f.evaluation] or {})[f.serial]
    end
  end
  return list
end


--- Its edits, the same way; those of one evaluation come in their order.  They
--- are asked for last: what was told of the run is forgotten then.
function told.edits(list)
  local seen = {}
  for _, e in ipairs(list) do
    local link = links[e.evaluation]
    if link and e.op == "link" then
      seen[e.evaluation] = (seen[e.evaluation] or 0) + 1
      e.link = name_of(link)
      e.link.change = changes[e.evaluation][seen[e.evaluation]]
      e.line = link
    end
  end
  links, words, changes = {}, {}, {}
  return list
end


--- A line is printed or run as rules want it; where they leave it alone, none
--- of what one asked for was done.
function told.applied(plan, link)
  for _, e in ipairs(plan.edits) do
    if e.line == link then e.applied = link:is_edited() end
    if e.made_for == link then e.applied = true end
  end
end

return told
