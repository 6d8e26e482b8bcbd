--- The functions of GCC's specs that decide what is linked: %:sanitize(address)
--- and the like.  Each gives a spec, "" for just true, nil for false.

local fail = require "symrun.gcc_conditions".fail

local functions = {}


-- == sanitizers ==============================================================

local function set(words)
  local out = {}
  for word in words:gmatch "%S+" do out[word] = true end
  return out
end

-- "GCC, Program Instrumentation Options": those that no library serves but
-- libubsan.
local undefined = set [[
  undefined shift shift-exponent shift-base integer-divide-by-zero unreachable
  vla-bound null return signed-integer-overflow bounds bounds-strict alignment
  object-size float-divide-by-zero float-cast-overflow nonnull-attribute
  returns-nonnull-attribute bool enum vptr pointer-overflow builtin]]

local others = set [[
  address hwaddress kernel-address kernel-hwaddress thread leak
  pointer-compare pointer-subtract shadow-call-stack]]


-- Which are on, the options being read one after the other.
local function sanitizers(run)
  local on, trap = {}, false
  for _, switch in ipairs(run.switches) do
    local off, list = switch.text:match "^f(n?o?%-?)sanitize=(.*)$"
    if list and (off == "" or off == "no-") then
      for name in list:gmatch "[^,]+" do
        if name == "all" and off ~= "" then on = {}
        elseif undefined[name] or others[name] then
          on[name] = off == "" or nil
          if name == "undefined" and off ~= "" then
            for each in pairs(undefined) do on[each] = nil end
          end
        else fail("the sanitizer %s is not known", name) end
      end
    elseif switch.text:find "^fsanitize%-undefined%-trap%-on%-error"
           or switch.text:find "^fsanitize%-trap" then
      trap = true
    end
  end
  return on, trap
end


function functions.sanitize(run, args)
  local on, trap = sanitizers(run)
  local name = args[1]
  if name == "undefined" then
    if trap then return nil end
    for each in pairs(undefined) do
      if on[each] then return "" end
    end
    return nil
  elseif name == "leak" then
    return on.leak and not on.address and not on.thread and "" or nil
  elseif name == "address" or name == "hwaddress" or name == "thread" then
    return on[name] and "" or nil
  end
  fail("the sanitizer %s is not known", name or "?")
end


-- == files ===================================================================

-- A specs file: "*name:" and, up to an empty line, the text that it is from now
-- on; "+" before it adds.
local function take_specs(run, path, text)
  local name, lines
  local function done()
    if not name then return end
    local body = table.concat(lines, "\n")
    local old = run.specs[name] or run.driver.spec(name) or ""
    run.specs[name] = body:sub(1, 1) == "+" and old .. body:sub(2) or body
    name = nil
  end
  for each in (text:gsub("\\\n", "") .. "\n"):gmatch "([^\n]*)\n" do
    local head, rest = each:match "^%*([^:]+):%s*(.-)%s*$"
    if head then
      done()
      name, lines = head, rest ~= "" and { rest } or {}
    elseif not each:find "%S" then
      if not name or #lines > 0 then done() end
    elseif name then lines[#lines + 1] = each
    elseif each:sub(1, 1) ~= "#" then
      fail("the specs in %s have commands that are not read", path)
    end
  end
  done()
end
functions.take_specs = take_specs


function functions.include(run, args)
  local path = args[1] and run.find(args[1])
  local text = path and run.text(path)
  if not text then fail("the specs %s are not there", args[1] or "?") end
  take_specs(run, path, text)
  return ""
end

functions["if-exists"] = function (run, args)
  local name = args[1] or ""
  if not name:find "^/" then return nil end
  return run.is_file(name) and name or nil
end

functions["if-exists-else"] = function (run, args)
  return functions["if-exists"](run, args) or args[2]
end

functions["if-exists-then-else"] = function (run, args)
  return run.is_file(args[1] or "") and args[2] or args[3]
end


-- == words ===================================================================

local function no_words() return nil end

for name in ("pass-through-libs find-plugindir dumps debug-level-gt "
             .. "dwarf-version-gt compare-debug-dump-opt "
             .. "print-asm-header be8_linkopt"):gmatch "%S+" do
  functions[name] = no_words
end


function functions.gt(_, args)
  local a, b = tonumber(args[#args - 1]), tonumber(args[#args])
  if #args < 2 then return nil end
  if not a or not b then fail("%%:gt is asked about no numbers") end
  return a > b and "" or nil
end


-- libgfortran and libgo take a library of the line out, or by another's place.
local function replace(run, from, to)
  for i = #run.infiles, 1, -1 do
    local one = run.infiles[i]
    if one.word == from then
      if to then run.infiles[i] = { word = to, part = one.part }
      else table.remove(run.infiles, i) end
    end
  end
end

functions["replace-outfile"] = function (run, args)
  replace(run, args[1], args[2])
  return nil
end

functions["remove-outfile"] = function (run, args)
  replace(run, args[1])
  return nil
end

return functions
