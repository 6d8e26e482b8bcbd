--- The command line, as a table of options and a walk over words.

local core = require "symrun.core"
local rule = require "symrun.rule"

local options = {}

-- name, short form, what its value is called (nil: a switch), help
local list = {
  { "define", "D", "[FILE.]NAME=VALUE",
    "set a parameter that a rule file declares" },
  { "exclude", nil, "GLOB", "leave files and folders out of the tree" },
  { "all", nil, nil, "look into cargo's deps, build, incremental" },
  { "format", nil, "F", "text (default), json; nm tsv; line argv, argv0" },
  { "flavour", nil, "F", "whose words a link line is: gcc, lld-link..." },
  { "output", nil, "F=FILE", "write a further format to a file" },
  { "fail-on", nil, "LEVEL",
    "what makes status 1: error, warning, note" },
  { "select", nil, "GLOB", "only rules with such names" },
  { "fix", nil, nil, "do what rules want changed, in place" },
  { "into", nil, "DIR", "the same, but as copies below a folder" },
  { "run", nil, nil, "with a link line: run it, after the checks" },
  { "rules", nil, "FILE", "ld: a rule file; may be repeated" },
  { "link-anyway", nil, nil, "ld, --run: link in spite of what was found" },
  { "capture", nil, "DIR", "ld: keep the link in a folder" },
  { "replay", nil, nil, "ld: link again, from a capture" },
  { "list", nil, nil, "list the rules and what they hold" },
  { "explain", nil, "RULE", "tell the story of a rule" },
  { "jobs", "j", "N", "let N threads read; nothing else changes" },
  { "timing", nil, nil, "tell where the time went" },
  { "color", nil, "WHEN", "auto (default), always or never; NO_COLOR holds" },
  { "quiet", "q", nil, "findings only" },
  { "verbose", "v", nil, "tell what is looked at" },
  { "view", nil, "VIEW", "nm: native, bitcode, gcc-lto, dynamic or index" },
  { "demangle", "C", nil, "nm: names as people wrote them" },
  { "drop", nil, "MEMBER", "edit: leave a member out of an archive" },
  { "order", nil, "MEMBER", "edit: first this member; may be repeated" },
  { "reindex", nil, nil, "edit: write an archive's index anew" },
  { "localize", nil, "NAME", "edit: only its own object sees a symbol" },
  { "globalize", nil, "NAME", "edit: all objects see it" },
  { "weaken", nil, "NAME", "edit: it gives way to others" },
  { "hide", nil, "NAME", "edit: no other program or library sees it" },
  { "unhide", nil, "NAME", "edit: they do" },
  { "rename", nil, "NAME=NEW", "edit: what is defined, and who wants it" },
  { "strip", nil, "NAME", "edit: take away a symbol that nobody needs" },
  { "keep-only", nil, "NAME", "edit: localize all definitions but these" },
  { "drop-section", nil, "NAME", "edit: leave out a section" },
  { "in", nil, "MEMBER", "edit: do all this to some members only" },
  { "dissolve", nil, nil, "edit: also where it ends a COMDAT group" },
  { "drop-lto", nil, nil, "edit: drop LTO tables that say otherwise" },
  { "insist", nil, nil, "edit: also where somebody still wants the name" },
  { "out", "o", "FILE", "edit: write there, and not in place" },
  { "version", nil, nil, "print the version" },
  { "help", "h", nil, "print this help" },
}

local long, short = {}, {}
for _, o in ipairs(list) do
  local option = { name = o[1], value = o[3], help = o[4], short = o[2] }
  long[o[1]] = option
  if o[2] then short[o[2]] = option end
end


--- Say something to whoever runs the tool.
function options.say(format, ...)
  io.stderr:write("symrun: ", core.harmless(format:format(...)), "\n")
end


--- The last value that an option was given, or a default.
function options.last(values, default)
  return #values > 0 and values[#values] or default
end


function options.help()
  local out = {}
  for _, o in ipairs(list) do
    local shown = (o[2] and "-" .. o[2] .. ", " or "    ") .. "--" .. o[1]
                  .. (o[3] and " " .. o[3] or "")
    out[#out + 1] = ("  %-30s %s"):format(shown, o[4])
  end
  return table.concat(out, "\n")
end


local function unknown_option(word)
  local names = {}
  for _, o in ipairs(list) do names[#names + 1] = "--" .. o[1] end
  word = word:match "^[^=]*"
  local near = #word > 3 and rule.nearest(word:gsub("^%-*", "--"), names)
  return ("there is no option %s%s; symrun --help lists them"):format(
    core.printable(word), near and (" (did you mean %s?)"):format(near) or "")
end


local function set(out, option, value)
  local have = out[option.name]
  have[#have + 1] = value == nil and true or value
end


-- Take one option that begins at words[i]; gives the index of its last word.
local function take(words, i, out)
  local word = words[i]
  local name, value = word:match("^%-%-([^=]+)=(.*)$")
  local option = long[name or word:match("^%-%-(.+)$")]
  if not option and word:sub(1, 2) ~= "--" then
    option = short[word:sub(2, 2)]
    if #word > 2 then value = word:sub(3) end
    if value and option and not option.value then option = nil end
  end
  if not option then return nil, unknown_option(word) end
  if not option.value then
    if value then
      return nil, ("option --%s takes no value"):format(option.name)
    end
    set(out, option)
    return i
  end
  if value == nil then
    i = i + 1
    value = words[i]
  end
  if value == nil then
    return nil, ("option --%s needs a value: %s"):format(option.name,
                                                         option.value)
  end
  set(out, option, value)
  return i
end


--- Split words, from number `i` on, into options, plain words, and the words
--- after `--`.  `leading`: from the first plain word on all are plain.
--- Gives nil and a sentence when they cannot be understood.
function options.parse(words, i, leading)
  local out, plain, after = {}, {}, nil
  for _, o in ipairs(list) do out[o[1]] = {} end
  i = i or 1
  while i <= #words do
    local word = words[i]
    if word == "--" and not (leading and #plain > 0) then
      after = table.move(words, i + 1, #words, 1, {})
      break
    elseif word:sub(1, 1) == "-" and word ~= "-"
           and not (leading and #plain > 0) then
      local last, why = take(words, i, out)
      if not last then return nil, why end
      i = last
    else
      plain[#plain + 1] = word
    end
    i = i + 1
  end
  return out, plain, after
end

return options
