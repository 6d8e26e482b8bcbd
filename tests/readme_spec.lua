--- Every command in README is run, and must print what README says.

local helper = require "helper"

local readme = helper.read(helper.top .. "/README.md")


-- Blocks in order: { kind, text }.
local function blocks()
  local list = {}
  for kind, text in readme:gmatch "\n```(%a+)\n(.-)\n```" do
    list[#list + 1] = { kind, text }
  end
  return list
end


-- A block's commands as one shell script that prints them as README does.
local function script(text)
  local out = { "status=0" }
  for command in text:gmatch "%$ ([^\n]*)" do
    out[#out + 1] = ("printf '$ %%s\\n' '%s'"):format(
      command:gsub("'", "'\\''"))
    if command == "echo $?" then out[#out + 1] = "echo $status"
    else out[#out + 1] = ("{ %s; } 2>&1; status=$?"):format(command) end
  end
  return table.concat(out, "\n")
end


-- Sizes differ from compiler to compiler; what is told about them does not.
local function about(text)
  return (text:gsub("%d%d+", "N"))
end


describe("README", function ()
  it("prints what it says", function ()
    local folder = helper.folder "readme"
    local path = helper.tool:match "^(.*)/[^/]*$"
    helper.must({ helper.top .. "/examples/demo.sh", folder, "c" })
    folder = folder .. "/c"
    local commands = 0
    for _, block in ipairs(blocks()) do
      local kind, text = block[1], block[2]
      local name = text:match "^%-%- (%S+%.lua)\n"
      if kind == "lua" and name then helper.write(folder .. "/" .. name, text)
      elseif kind == "console" then
        local _, out = helper.run({ "env", "PATH=" .. path .. ":"
          .. os.getenv "PATH", "sh", "-c", script(text) }, folder)
        assert.equal(about(text .. "\n"), about(out))
        commands = commands + select(2, text:gsub("%$ ", ""))
      end
    end
    assert.equal(27, commands)
  end)
end)
