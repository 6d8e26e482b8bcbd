--- symrun why as text, JSON, DOT and SVG: the same facts, whatever is in a
--- name, and the same bytes every time.

local dkjson = require "dkjson"
local helper = require "helper"

local folder = helper.folder "why-formats"
helper.cc(folder, "main", "int f(void); int main(void) { return f(); }")
helper.cc(folder, "f", "int g(void); int f(void) { return g(); }")
helper.cc(folder, "g", "int g(void) { return 0; }")
helper.must({ "ar", "rc", "libf.a", "f.o", "g.o" }, folder)
helper.must({ "cp", "libf.a", "lib \"<&>\\.a" }, folder)

-- Names that break what is not careful: no two the same to a linker.
local NAMES = {
  "a\27[31mred", "q\"uote", "<&>'", "bad\xff\xfe", "two\nlines", "ta\tb",
  "{*}[,]", "%s%d", "]]>", "\\N", "\xc3\xbcber", ("x"):rep(70000),
}
local made = require "make"
local symbols = {}
for i, name in ipairs(NAMES) do
  symbols[i] = { name = name, section = "undef", type = "none" }
end
helper.write(folder .. "/evil.o", (made.elf { symbols = symbols }))
for i, name in ipairs(NAMES) do
  symbols[i] = { name = name, section = "abs" }
end
helper.write(folder .. "/given.o", (made.elf { symbols = symbols }))


local function why(format, name, ...)
  local status, text, err = helper.symrun({ "why", "--format", format, name,
                                            ... }, folder)
  assert.equal("", err)
  return status, text
end


local function json(name, ...)
  local status, text = why("json", name, ...)
  return assert(dkjson.decode(text)), status, text
end


-- A reader of XML that is not ours.
local function is_xml(text)
  helper.write(folder .. "/out.svg", text)
  helper.must({ "python3", "-c", "import sys, xml.dom.minidom as m; "
                .. "m.parse(sys.argv[1])", "out.svg" }, folder)
end


describe("JSON", function ()
  it("has all that the contract lists", function ()
    local all, status = json("g", "--", "gcc", "main.o", "libf.a")
    assert.equal(0, status)
    assert.equal("g", all.symbol)
    assert.equal("defined", all.state)
    assert.same({ file = "libf.a", member = { index = 2, name = "g.o" } },
                { file = all.winner.file, member = all.winner.member })
    assert.equal("libf.a", all.definitions[1].file)
    assert.is_true(all.definitions[1].linked)
    assert.equal("f.o", all.wanted_by[1].member.name)
    assert.same({ file = "libf.a", symbol = "g",
                  member = { index = 1, name = "f.o" } }, all.pulled_in_by)
    assert.equal("nothing else on the line defines it", all.because)
  end)

  it("says what is missing, and why", function ()
    local all, status = json("f", "--", "gcc", "libf.a", "main.o")
    assert.equal(1, status)
    assert.equal("undefined", all.state)
    assert.is_nil(all.winner)
    assert.truthy(all.because:find("stands before main.o", 1, true))
    assert.equal(all.because, all.reasons[1].because)
    assert.truthy(all.reasons[1].hint)
  end)

  it("says what could not be read", function ()
    helper.write(folder .. "/cut.a", helper.read(folder .. "/libf.a"):sub(1,
                                                                        500))
    local all, status = json("f", "--", "gcc", "main.o", "cut.a")
    assert.equal(2, status)
    assert.equal("unknown", all.state)
    assert.equal("cut.a", all.unread[1].file)
    all, status = json("f", "--", "gcc", "main.o", "-lnothere")
    assert.equal(2, status)
    assert.truthy(all.because:find("-lnothere", 1, true))
  end)

  it("names files below folders as they were typed", function ()
    local all = json("g", ".")
    local files = {}
    for _, one in ipairs(all.definitions) do files[one.file] = true end
    assert.is_true(files["g.o"] and files["libf.a"])
    helper.must({ "mkdir", "-p", "sub" }, folder)
    helper.must({ "cp", "g.o", "sub" }, folder)
    assert.equal("sub/g.o", json("g", "sub").definitions[1].file)
    assert.equal("sub/g.o", json("g", "sub/g.o").definitions[1].file)
  end)
end)


describe("DOT and SVG", function ()
  it("show the chain from the line to the name", function ()
    local _, dot = why("dot", "g", "--", "gcc", "main.o", "libf.a")
    assert.equal([[
digraph why {
  rankdir = LR;
  node [shape = box];
  n1 [label = "main.o"];
  n2 [label = "libf.a(f.o)"];
  n1 -> n2 [label = "f"];
  n3 [label = "libf.a(g.o)"];
  n2 -> n3 [label = "g"];
  n4 [label = "g", shape = ellipse];
  n3 -> n4 [label = "gives"];
}
]], dot)
    local _, svg = why("svg", "g", "--", "gcc", "main.o", "libf.a")
    is_xml(svg)
    local _, boxes = svg:gsub("<rect ", "")
    assert.equal(4, boxes)
    assert.truthy(svg:find(">libf.a(f.o)</text>", 1, true))
  end)

  it("show nothing that is not there", function ()
    local status, dot = why("dot", "nobody", "--", "gcc", "main.o", "libf.a")
    assert.equal(1, status)
    assert.falsy(dot:find("->", 1, true))
  end)
end)


describe("names that break things", function ()
  local function check(status, ...)
    for _, name in ipairs(NAMES) do
      for _, format in ipairs { "text", "dot", "svg", "json" } do
        local got, text = why(format, name, "--", "ld.bfd", ...)
        assert.equal(status, got, name:sub(1, 80))
        assert.falsy(text:find "[\0-\9\11-\31\127]", format)
        assert.truthy(utf8.len(text), format)
        if format == "json" then
          local all = assert(dkjson.decode(text))
          local raw = all.symbol
          for _, key in ipairs(all.escaped or {}) do
            if key == "symbol" then
              raw = raw:gsub("\\x(%x%x)", function (hex)
                return string.char(tonumber(hex, 16))
              end)
            end
          end
          assert.equal(name, raw)
        else assert.is_true(#text < 4000) end
        if format == "svg" then is_xml(text) end
        if format == "dot" then  -- each quote closes what one opened
          local bare = text:gsub('\\\\', ""):gsub('\\"', "")
          local _, quotes = bare:gsub('"', "")
          assert.equal(0, quotes % 2)
          for line in bare:gsub('"[^"]*"', "Q"):gmatch "[^\n]+" do
            assert.falsy(line:find '[^%w%s%[%]={},;>-]', line)
          end
        end
      end
    end
  end

  it("are harmless when they are missing", function ()
    check(1, "evil.o")
  end)

  it("are harmless when they are given", function ()
    check(0, "evil.o", "given.o")
  end)

  it("may be a file's, too", function ()
    for _, format in ipairs { "text", "dot", "svg", "json" } do
      local status, text = why(format, "f", "--", "gcc", "main.o",
                               "lib \"<&>\\.a")
      assert.equal(0, status)
      if format == "svg" then is_xml(text) end
      if format == "json" then
        assert.equal("lib \"<&>\\.a", dkjson.decode(text).winner.file)
      end
    end
  end)
end)


describe("the same question", function ()
  it("has the same answer, to the byte", function ()
    for _, format in ipairs { "text", "json", "dot", "svg" } do
      local first
      for _, jobs in ipairs { "-j1", "-j8", "-j8" } do
        local _, text = why(format, "f", jobs, "--", "gcc", "libf.a", "main.o")
        first = first or text
        assert.equal(first, text)
      end
    end
  end)

  it("in a format that there is not is an error", function ()
    local status, out, err = helper.symrun({ "why", "--format", "sarif", "f",
                                             "main.o" }, folder)
    assert.equal(2, status)
    assert.equal("", out)
    assert.truthy(err:find("--format takes dot or json or svg or text", 1,
                           true))
  end)
end)
