--- symrun edit: by hand what rules ask for, with nm, ar and ld as oracles.

local helper = require "helper"

local function sh(path, command)
  return helper.must({ "sh", "-c", command }, path)
end

local function edit(path, ...)
  return helper.symrun({ "edit", ... }, path)
end

-- "T f_p" for each symbol that nm knows, by name.
local function symbols(path, name)
  local out = {}
  for line in sh(path, "nm " .. name):gmatch "[^\n]+" do
    local letter, symbol = line:match " (%a) (%S+)$"
    if letter then out[#out + 1] = letter .. " " .. symbol end
  end
  table.sort(out)
  return table.concat(out, ", ")
end

-- p.o defines f_p and helper, has a static hid, and wants other; q.o defines
-- that and f_q, and wants f_p.
local function folder()
  local path = helper.folder "edit"
  helper.cc(path, "p", [[
    int helper(void) { return 3; }
    static int hid(void) { return 4; }
    extern int other(void);
    int f_p(void) { return helper() + hid() + other(); }]], "-O0")
  helper.cc(path, "q", [[
    int other(void) { return 1; }
    extern int f_p(void);
    int f_q(void) { return f_p(); }]], "-O0")
  sh(path, "ar rcD libp.a p.o q.o")
  return path
end

local function refused(sentence, ...)
  local path = folder()
  local before = sh(path, "md5sum *")
  local status, out, err = edit(path, ...)
  assert.equal(2, status, err)
  assert.equal("", out)
  assert.truthy(err:find(sentence, 1, true), err)
  assert.equal(before, sh(path, "md5sum *"))
end


describe("symrun edit", function ()
  it("changes symbols of an object", function ()
    for words, expected in pairs {
      ["--localize helper"] = "T f_p, U other, t helper, t hid",
      ["--weaken f_p --globalize hid"] = "T helper, T hid, U other, W f_p",
      ["--rename f_p=g --rename other=o2"] = "T g, T helper, U o2, t hid",
      ["--keep-only f_p"] = "T f_p, U other, t helper, t hid",
      ["--localize helper --localize f_p"] = "U other, t f_p, t helper, t hid",
    } do
      local path = folder()
      local list = { "p.o" }
      for word in words:gmatch "%S+" do list[#list + 1] = word end
      local status, out, err = edit(path, table.unpack(list))
      assert.equal("", out .. err)
      assert.equal(0, status)
      assert.equal(expected, symbols(path, "p.o"), words)
    end
  end)

  it("hides, and leaves out sections", function ()
    local path = folder()
    assert.equal(0, (edit(path, "p.o", "--hide", "f_p", "--drop-section",
                          ".comment")))
    assert.truthy(sh(path, "readelf -sW p.o"):find "HIDDEN +%d+ f_p")
    assert.falsy(sh(path, "readelf -SW p.o"):find(".comment", 1, true))
    assert.equal(0, (edit(path, "p.o", "--unhide", "f_p")))
    assert.falsy(sh(path, "readelf -sW p.o"):find "HIDDEN")
  end)

  it("changes archives, whose index follows, and what links still links",
  function ()
    local path = folder()
    assert.equal(0, (edit(path, "libp.a", "--localize", "helper", "--rename",
                          "f_p=g_p", "--order", "q.o")))
    assert.equal("q.o\np.o\n", sh(path, "ar t libp.a"))
    assert.equal("T f_q, T g_p, T other, U g_p, U other, t helper, t hid",
                 symbols(path, "libp.a"))
    local index = sh(path, "nm -s libp.a")
    assert.truthy(index:find("g_p in p.o", 1, true))
    assert.falsy(index:find("helper in", 1, true))
    helper.cc(path, "m", "int f_q(void); int main(void){return f_q() - 8;}")
    sh(path, "gcc m.o libp.a -o m && ./m")
  end)

  it("drops members by name, number and pattern", function ()
    local path = folder()
    sh(path, "ar qD libp.a p.o q.o p.o")
    local status, _, err = edit(path, "libp.a", "--drop", "p.o")
    assert.equal(2, status)
    assert.truthy(err:find("there are 3 members p.o: name one as 'p.o#2'", 1,
                           true), err)
    assert.equal(0, (edit(path, "libp.a", "--drop", "p.o#2")))
    assert.equal("p.o\nq.o\nq.o\np.o\n", sh(path, "ar t libp.a"))
    assert.equal(0, (edit(path, "libp.a", "--drop", "q*")))
    assert.equal("p.o\np.o\n", sh(path, "ar t libp.a"))
  end)

  it("does all to some members with --in", function ()
    local path = folder()
    sh(path, "ar rcD libp.a p.o; cp p.o p2.o; ar qD libp.a p2.o")
    assert.equal(0, (edit(path, "libp.a", "--in", "p2.o", "--localize",
                          "helper")))
    sh(path, "ar x libp.a")
    assert.truthy(symbols(path, "p.o"):find("T helper", 1, true))
    assert.truthy(symbols(path, "p2.o"):find("t helper", 1, true))
  end)

  it("writes elsewhere with -o and --into", function ()
    local path = folder()
    local before = sh(path, "md5sum p.o")
    assert.equal(0, (edit(path, "p.o", "--localize", "f_p", "-o", "new.o")))
    assert.equal(0, (edit(path, "p.o", "--localize", "f_p", "--into", "d/e")))
    assert.equal(sh(path, "md5sum < new.o"), sh(path, "md5sum < d/e/p.o"))
    assert.truthy(symbols(path, "new.o"):find("t f_p", 1, true))
    assert.equal(before, sh(path, "md5sum p.o"))
    refused("is the file itself", "p.o", "--localize", "f_p", "-o", "./p.o")
    refused("give one", "p.o", "--localize", "f_p", "-o", "x", "--into", "y")
  end)

  it("done twice is done once, and changes no time", function ()
    local path = folder()
    assert.equal(0, (edit(path, "libp.a", "--localize", "helper", "--reindex")))
    local before = sh(path, "ls -li --time-style=full-iso libp.a; md5sum *")
    assert.equal(0, (edit(path, "libp.a", "--localize", "helper", "--reindex")))
    assert.equal(before, sh(path, "ls -li --time-style=full-iso libp.a; "
                                  .. "md5sum *"))
  end)

  it("says what is not there", function ()
    refused("no symbol nobody is defined here", "p.o", "--localize", "nobody")
    refused("there is no symbol nobody", "libp.a", "--rename", "nobody=x")
    refused("there is no symbol f_*", "libp.a", "--strip", "f_*")
    refused("no symbol f_q is defined here", "libp.a", "--in", "p.o",
            "--localize", "f_q")
    refused("there is no section .none", "p.o", "--drop-section", ".none")
    refused("there is no member z.o", "libp.a", "--drop", "z.o")
    refused("No such file", "none.a", "--reindex")
  end)

  it("refuses what would break a link, unless one insists", function ()
    refused("q.o still wants f_p, which no other member defines", "libp.a",
            "--localize", "f_p")
    refused("still wants", "libp.a", "--keep-only", "f_q")
    local path = folder()
    assert.equal(0, (edit(path, "libp.a", "--localize", "f_p", "--insist")))
    refused("--strip other", "p.o", "--strip", "other")
  end)

  it("refuses options that contradict each other, or say nothing", function ()
    refused("--localize f_q wants to localize f_q in libp.a, and --globalize "
            .. "f_q to globalize it", "libp.a", "--localize", "f_q",
            "--globalize", "f_q")
    refused("another way", "p.o", "--rename", "f_p=a", "--rename", "f_p=b")
    refused("--rename takes NAME=NEW", "p.o", "--rename", "f_p")
    refused("nothing is to be done", "p.o")
    refused("edit takes a file", "--reindex")
    refused("edit takes one file", "p.o", "q.o", "--localize", "f_p")
    refused("reindex is of archives, and p.o is an ELF file", "p.o",
            "--reindex")
    local path = folder()
    local status, _, err = helper.symrun({ "nm", "--localize", "f", "p.o" },
                                         path)
    assert.equal(2, status)
    assert.truthy(err:find("only symrun edit takes --localize", 1, true))
  end)

  it("leaves what is damaged, or cannot be known, as it is", function ()
    local path = folder()
    local bytes = helper.read(path .. "/libp.a")
    helper.write(path .. "/cut.a", bytes:sub(1, #bytes - 100))
    local status, _, err = edit(path, "cut.a", "--localize", "helper")
    assert.equal(2, status, err)
    assert.equal(bytes:sub(1, #bytes - 100), helper.read(path .. "/cut.a"))
    helper.write(path .. "/text.o", "not an object\n")
    assert.equal(2, (edit(path, "text.o", "--localize", "helper")))
    sh(path, "mkdir d; mkfifo f")
    assert.equal(2, (edit(path, "d", "--reindex")))
    assert.equal(2, (edit(path, "f", "--localize", "x")))
  end)
end)


describe("a thin archive", function ()
  it("is edited where it stands, and has no copies elsewhere", function ()
    local path = folder()
    sh(path, "ar rcDST libt.a p.o q.o 2>/dev/null || ar rcDS --thin libt.a "
             .. "p.o q.o")
    assert.equal(0, (edit(path, "libt.a", "--drop", "p.o", "--reindex")))
    assert.equal("q.o\n", sh(path, "ar t libt.a"))
    local status, _, err = edit(path, "libt.a", "--reindex", "-o", "x/t.a")
    assert.equal(2, status)
    assert.truthy(err:find("is a thin archive", 1, true), err)
  end)
end)


describe("what a linker may read elsewhere", function ()
  local function made()
    local path = folder()
    sh(path, "clang -flto -c p.c -o bc.o; gcc -flto -c p.c -o slim.o; "
             .. "gcc -flto -ffat-lto-objects -c p.c -o fat.o; "
             .. "clang -target x86_64-apple-macos -c q.c -o mac.o; "
             .. "ar rcDS mix.a bc.o p.o")
    helper.write(path .. "/k.cc",
                 "inline int k(){return 1;} int u(){return k();}")
    sh(path, "g++ -c k.cc")
    return path
  end

  it("is not edited here alone, and options say what to do", function ()
    local path = made()
    local before = sh(path, "md5sum *.o *.a")
    for words, sentence in pairs {
      ["bc.o --localize helper"] = "is LLVM bitcode, with no native code",
      ["mix.a --localize helper"] = "mix.a(bc.o): nobody knows which symbols",
      ["slim.o --localize helper"] = "holds GCC's LTO and no native code",
      ["fat.o --localize helper"] = "(drop-lto drops",
      ["k.o --localize _Z1kv"] = "(dissolve makes",
      ["mac.o --strip f_q"] = "linkers divide its section",
    } do
      local list = {}
      for word in words:gmatch "%S+" do list[#list + 1] = word end
      local status, _, err = edit(path, table.unpack(list))
      assert.equal(2, status, words)
      assert.truthy(err:find(sentence, 1, true), err)
    end
    assert.equal(before, sh(path, "md5sum *.o *.a"))
  end)

  it("goes with it when that is asked for", function ()
    local path = made()
    assert.equal(0, (edit(path, "fat.o", "--localize", "helper",
                          "--drop-lto")))
    assert.truthy(symbols(path, "fat.o"):find("t helper", 1, true))
    assert.falsy(sh(path, "readelf -SW fat.o"):find(".gnu.lto_", 1, true))
    assert.equal(0, (edit(path, "k.o", "--localize", "_Z1kv", "--dissolve")))
    assert.falsy(sh(path, "readelf -gW k.o"):find("_Z1kv", 1, true))
    assert.equal(0, (edit(path, "mix.a", "--in", "p.o", "--localize",
                          "helper")))
    assert.equal(0, (edit(path, "mix.a", "--drop", "bc.o")))
    assert.equal("p.o\n", sh(path, "ar t mix.a"))
  end)
end)
