--- A run that writes files is killed, or refused, at each of its system calls.

local fix = require "fix"
local helper = require "helper"


describe("a rewrite of three files in two folders", function ()
  local path, old, new, calls

  setup(function ()
    path = fix.folder "fix-kill"
    old = fix.bytes(path)
    calls = fix.calls(path)
    new = fix.bytes(path)
  end)

  -- How many files are new; fails if one is neither old nor new.
  local function count_new(told)
    local n, now = 0, fix.bytes(path)
    for _, name in ipairs(fix.files) do
      assert.truthy(now[name] == old[name] or now[name] == new[name],
                    name .. " is torn by " .. told)
      if now[name] == new[name] then n = n + 1 end
    end
    return n
  end

  -- The next run makes all of them new, and nothing stays beside them.
  local function next_run(told)
    local status, out, err = fix.run(path)
    assert.equal(0, status, told .. "\n" .. out .. err)
    assert.equal(#fix.files, count_new(told), told)
    assert.same({}, fix.left(path), told)
    return err
  end

  it("changes all three", function ()
    for _, name in ipairs(fix.files) do
      assert.not_equal(old[name], new[name])
    end
    assert.truthy(#calls > 40)
  end)

  it("leaves whole files wherever it is killed, and the next run goes on",
  function ()
    local finished, undone, between = 0, 0, 0
    for _, call in ipairs(calls) do
      fix.restore(path, old)
      local status = fix.hit(path, call, "signal=KILL")
      assert.equal(137, status, call.line)
      local n = count_new(call.line)
      local err = next_run(call.line)
      if n > 0 and n < #fix.files then between = between + 1 end
      if err:find("was finished", 1, true) then finished = finished + 1 end
      if err:find("is gone", 1, true) then undone = undone + 1 end
    end
    assert.truthy(finished > 0 and undone > 0 and between > 1)
  end)

  for _, error in ipairs { "ENOSPC", "EIO" } do
    it("writes all or nothing when a call fails with " .. error, function ()
      local refused = 0
      for _, call in ipairs(calls) do
        if call.name ~= "munmap" and call.name ~= "brk" then
          fix.restore(path, old)
          local status, _, err = fix.hit(path, call, "error=" .. error)
          local n = count_new(call.line)
          assert.truthy(n == 0 or n == #fix.files, call.line .. err)
          if status == 0 then
            assert.equal(#fix.files, n, call.line)
          else
            assert.equal(2, status, call.line .. err)
            refused = refused + (n == 0 and 1 or 0)
          end
          next_run(call.line)
        end
      end
      assert.truthy(refused > 10, tostring(refused))
    end)
  end


  -- The first call of a kind, or a later one.
  local function call_of(name, nth)
    for _, call in ipairs(calls) do
      if call.name == name then
        nth = nth - 1
        if nth == 0 then return call end
      end
    end
  end

  it("leaves alone what others wrote since it was killed", function ()
    fix.restore(path, old)
    fix.hit(path, call_of("renameat2", 2), "signal=KILL")
    assert.equal(1, count_new "a kill")
    local _, _, told = helper.symrun({ "rule.lua", "one", "two" }, path)
    assert.truthy(told:find("a run that did was cut short", 1, true), told)
    helper.must({ "ar", "rcSD", "two/libz.a", "src/c.o" }, path)
    local status, out, err = fix.run(path)
    assert.equal(0, status, out .. err)
    assert.truthy(err:find("1 file there had changed since, and stayed", 1,
                           true), err)
    assert.equal("a.o\nc.o\n", helper.must({ "ar", "t", "two/libz.a" }, path))
    assert.truthy(helper.must({ "nm", "-s", "two/libz.a" }, path)
                  :find("f_c in c.o", 1, true))
    assert.same({}, fix.left(path))
  end)

  it("keeps others away while it lives", function ()
    fix.restore(path, old)
    local call = call_of("fsync", 3)
    local slow = helper.line { "strace", "-o", "/dev/null", "-e",
      "trace=fsync", "-e", ("inject=fsync:delay_enter=1500000:when=%d"):format(
      call.nth), helper.tool, table.unpack(fix.words) }
    local status, _, err = helper.run({ "sh", "-c", slow .. " >/dev/null & "
      .. "sleep 0.7; " .. helper.line { helper.tool, table.unpack(fix.words) }
      .. "; status=$?; wait; exit $status" }, path)
    assert.equal(2, status)
    assert.truthy(err:find("another symrun is writing here", 1, true), err)
    assert.equal(#fix.files, count_new "a run beside it")
    assert.same({}, fix.left(path))
  end)

  it("is not misled by what looks like a journal", function ()
    local name = "/one/.symrun-fix-1-2"
    fix.restore(path, old)
    helper.write(path .. name, "symrun is replacing files: 1\n"
      .. "file 0 1 1 1 1 1 9:libx.a.qq\nall 0123456789abcdef\n")
    helper.write(path .. name .. ".0", "x")
    helper.write(path .. name .. ".x", "is nobody's")
    local status = fix.run(path)
    assert.equal(0, status)
    assert.same({ ".symrun-fix-1-2.x" }, fix.left(path))
    fix.restore(path, old)
    helper.must({ "mkdir", path .. name })
    local _, out, err
    status, out, err = fix.run(path)
    assert.equal(2, status, out)
    assert.truthy(err:find(".symrun-fix-1-2", 1, true), err)
    assert.equal(0, count_new "a folder")
    fix.restore(path, old)
    helper.must({ "ln", "-s", "../two/.symrun-fix-1-2", path .. name })
    helper.must({ "ln", "-s", "../one/.symrun-fix-1-2",
                  path .. "/two/.symrun-fix-1-2" })
    status, _, err = fix.run(path)
    assert.equal(2, status, err)
    assert.equal(0, count_new "links in a ring")
  end)
end)
