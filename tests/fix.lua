--- What the specs of --fix share: a tree of archives whose index lies, a policy
--- that mends it, and a run that is hit at one system call.

local helper = require "helper"

local fix = {}

fix.files = { "one/libx.a", "one/liby.a", "two/libz.a" }

fix.policy = [[
local symrun = require "symrun"

symrun.rule "mine/index" {
  about = "the index names what members define",
  each = symrun.archives(),
  check = function (archive, report)
    local lost = archive:defined() - archive:defined("*", "index")
    if not lost:empty() then
      report(archive, "hides %s", lost):fix(archive:reindex())
    end
  end,
}

symrun.rule "mine/no-b" {
  about = "b.o is not wanted",
  each = symrun.archives(), may_be_empty = true,
  check = function (archive, report)
    for member in archive:members "b.o":each() do
      report(member, "is here"):fix(member:drop())
    end
  end,
}
]]


--- A folder with the policy, objects, and archives without an index.
function fix.folder(name)
  local path = helper.folder(name)
  helper.write(path .. "/rule.lua", fix.policy)
  helper.must({ "mkdir", "one", "two", "src" }, path)
  for _, letter in ipairs { "a", "b", "c" } do
    helper.cc(path .. "/src", letter, ("int f_%s(void){return 1;}")
              :format(letter))
  end
  local function archive(to, ...)
    helper.must({ "ar", "rcSD", "../" .. to, ... }, path .. "/src")
  end
  archive("one/libx.a", "a.o", "b.o")
  archive("one/liby.a", "b.o", "c.o")
  archive("two/libz.a", "a.o", "b.o", "c.o")
  return path
end


--- The bytes of the files, by name.
function fix.bytes(path)
  local out = {}
  for _, name in ipairs(fix.files) do
    out[name] = helper.read(path .. "/" .. name)
  end
  return out
end


--- Put bytes back, and remove whatever else is there.
function fix.restore(path, bytes)
  helper.must({ "sh", "-c", "rm -rf one two; mkdir one two" }, path)
  for name, text in pairs(bytes) do helper.write(path .. "/" .. name, text) end
end


fix.words = { "--fix", "rule.lua", "one", "two" }

function fix.run(path) return helper.symrun(fix.words, path) end


--- What is in the folders besides the files.
function fix.left(path)
  local out = helper.must({ "ls", "-A", "one", "two" }, path)
  local left = {}
  for name in out:gmatch "[^\n]+" do
    if name:find "^%." then left[#left + 1] = name end
  end
  return left
end


--- The system calls of a run from where it begins to write: { name, nth }.
function fix.calls(path)
  helper.must({ "strace", "-o", "log", helper.tool,
                table.unpack(fix.words) }, path)
  local list, count, begun = {}, {}, false
  for line in io.lines(path .. "/log") do
    local name = line:match "^([%w_]+)%("
    if name then
      count[name] = (count[name] or 0) + 1
      begun = begun or line:find(".symrun-fix-", 1, true)
      if begun and not name:find "^exit" then
        list[#list + 1] = { name = name, nth = count[name], line = line }
      end
    end
  end
  return list
end


--- A run that is hit: `what` is as strace has it, "signal=KILL" or "error=EIO".
function fix.hit(path, call, what)
  return helper.run({ "strace", "-o", "/dev/null", "-e",
                      "trace=" .. call.name, "-e",
                      ("inject=%s:%s:when=%d"):format(call.name, what,
                                                      call.nth),
                      helper.tool, table.unpack(fix.words) }, path)
end

return fix
