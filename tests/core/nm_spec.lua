local helper = require "helper"

describe("symrun nm", function ()
  it("prints a row for each symbol, sorted", function ()
    local folder = helper.folder "nm"
    helper.cc(folder, "a", "int f(void); int g(void) { return f(); }")
    local status, out = helper.symrun({ "nm", "a.o" }, folder)
    assert.equal(0, status)
    assert.equal("file\tslice\tmember\tsymbol\tletter\tclass\tsize\n"
      .. "a.o\t#\telf\tok\t-\t-\t2\n"
      .. "a.o\t-\t-\tf\tU\tundef\t0\n"
      .. "a.o\t-\t-\tg\tT\tglobal\t11\n",
      (out:gsub("global\t%d+", "global\t11")))
  end)
end)
