--- What the specs of law 1 share: archives of which nobody can read some part,
--- rules of one line about them, and what the report says.

local helper = require "helper"
local json = require "dkjson"
local make = require "make"

local law = {}


function law.object(...)
  local symbols = {}
  for i, name in ipairs { ... } do
    symbols[i] = { name = name, section = ".text", bind = "global" }
  end
  return (make.elf { symbols = symbols })
end


-- An object whose second symbol has a name beyond the table of names.
local function damaged(name)
  return (make.elf { symbols = {
    { name = name, section = ".text" },
    { name = "js_lost", section = ".text", st_name = 0x7fffffff },
  } })
end


local a, b = law.object("js_a", "other"), law.object "js_b"
local bitcode = "BC\xc0\xde" .. ("\0"):rep(60)
local whole = make.ar { { "a.o", a }, { "b.o", b } }

local gaps = {
  text = { make.ar { { "a.o", a }, { "notes.txt", "hello\n" }, { "b.o", b } },
           "notes.txt" },
  bitcode = { make.ar { { "a.o", a }, { "bit.o", bitcode }, { "b.o", b } },
              "bit.o" },
  ["cut table"] = { make.ar { { "a.o", a }, { "cut.o", damaged "js_c" },
                              { "b.o", b } }, "cut.o", damage = true },
  ["cut archive"] = { whole:sub(1, -20), nil, damage = true },
}


function law.rule(body, glob)
  return ([[
local symrun = require "symrun"
local kept = {}
symrun.rule "spec/asks" { about = "asks", each = symrun.archives "%s",
  check = function (archive, report)
    %s
  end }
]]):format(glob or "**/*.a", body)
end


-- Run a policy over files (name -> bytes); gives the status and the report.
function law.run(files, policy, ...)
  local folder = helper.folder "law"
  helper.must({ "mkdir", "tree" }, folder)
  for name, bytes in pairs(files) do
    helper.write(folder .. "/tree/" .. name, bytes)
  end
  helper.write(folder .. "/policy.lua", policy)
  local status, out, err = helper.symrun({ "--format", "json", "policy.lua",
    "tree", ... }, folder)
  local report = json.decode(out)
  assert(report, out .. err)
  return status, report, err
end


function law.messages(report)
  local out = {}
  for i, f in ipairs(report.findings) do
    out[i] = f.state == "unknown" and "unknown" or f.message
  end
  return out
end


-- The report has an unknown about this file and member.
function law.names(report, file, member)
  for _, f in ipairs(report.findings) do
    if f.state == "unknown" and f.file == file
       and (f.member and f.member.name) == member then
      return true
    end
  end
  return false
end


function law.each_gap(f)
  for _, kind in ipairs { "text", "bitcode", "cut table", "cut archive" } do
    f(kind, table.unpack(gaps[kind], 1, 2))
  end
end


law.a, law.b, law.bitcode, law.whole, law.gaps = a, b, bitcode, whole, gaps

return law
