--- symrun test: find the specs of rules, and run them.
--
-- A spec is a Lua file that requires symrun.spec and returns what that gives;
-- it runs with the whole Lua.  Other files are left alone, specs for other
-- tools among them.

local core = require "symrun.core"
local options = require "symrun.options"
local output = require "symrun.output"
local spec = require "symrun.spec"

local test = {}


local function is_folder(path)
  local file = io.open(path .. "/.")
  return file ~= nil and file:close()
end


-- Words that name files, and what is below those that name folders.
local function candidates(words)
  local out, tree = {}, core.tree(true)
  for _, word in ipairs(words) do
    if word:find "%.lua$" and not is_folder(word) then
      out[#out + 1] = { path = word, named = true }
    else
      local ok, why = core.add(tree, word)
      if not ok then return nil, why end
    end
  end
  for _, file in ipairs(core.select(tree, "any", "**/*_spec.lua")) do
    local folder = file:input():gsub("/$", "")
    out[#out + 1] = { path = folder .. "/" .. file:path() }
  end
  return out
end


-- Run one file: how many cases, and what is wrong; nil if it is no spec.
local function run_file(path, named)
  local file, why = io.open(path, "rb")
  local text = file and file:read "a"
  if file then file:close() end
  if not text then return 0, { why or "cannot be read" } end
  if not named and not text:find "require *%(?[\"']symrun%.spec[\"']" then
    return nil
  end
  local chunk, failed = load(text, "@" .. path, "t")
  if not chunk then return 0, { failed } end
  local ok, told = pcall(chunk, path)
  if not ok then return 0, { tostring(told) } end
  if type(told) ~= "table" or not told.rules then
    return 0, { "returns no spec: its last line is return spec \"RULES.lua\" "
                .. "{ case, ... }" }
  end
  return spec.check(told.rules, told.cases, path:match "^(.*/)")
end


--- Run the specs that some words name, or all below this folder.
function test.main(words)
  local list, why = candidates(#words > 0 and words or { "." })
  if not list then options.say("%s", why) return 2 end
  local cases, files, out, failed = 0, 0, {}, 0
  for _, one in ipairs(list) do
    local n, wrong = run_file(one.path, one.named)
    if n then
      cases, files, failed = cases + n, files + 1, failed + #wrong
      for _, what in ipairs(wrong) do
        out[#out + 1] = core.printable(one.path) .. ": " .. what
      end
    end
  end
  if cases == 0 then
    for _, told in ipairs(out) do options.say("%s", told) end
    options.say("no specs of rules were found, so nothing was tested")
    return 2
  end
  out[#out + 1] = ("%d case%s of %d rule file%s: %s"):format(cases,
    cases == 1 and "" or "s", files, files == 1 and "" or "s",
    failed == 0 and "all right" or failed .. " wrong")
  local status = output.print(table.concat(out, "\n"))
  return status == 0 and failed > 0 and 1 or status
end

return test
