--- Changes of a line: in its own spelling, in the text where they belong, and
--- none that would be a guess.

local links = require "links"

-- Change a line and print it: its words as text; or nil and why not.
local function changed(text, change, files, flavour)
  local line = links.line(text, files, flavour)
  local changes = line:changes()
  local ok, why = change(changes, function (shown)
    return links.find(line, shown)
  end)
  if not ok then return nil, why end
  local words, made = line:print(changes, "/m")
  if not words then return nil, made end
  return table.concat(words, " "), made
end

local function drop(shown)
  return function (c, part) return c:drop("r", part(shown)) end
end

local function set(shown, value)
  return function (c, part) return c:set("r", part(shown), value) end
end

local function add(place, shown, ...)
  local what = { ... }
  return function (c, part)
    return c:add("r", place, shown and part(shown), table.unpack(what))
  end
end

local function word(place, shown, what)
  return function (c, part)
    return c:add_word("r", place, shown and part(shown), what)
  end
end


describe("a change is in the line's own spelling", function ()
  it("when a part goes", function ()
    for _, case in ipairs {
      { "cc a.o -Wl,--gc-sections b.o", "--gc-sections", "cc a.o b.o" },
      { "cc -Wl,-z,now,--gc-sections,-z,defs", "--gc-sections",
        "cc -Wl,-z,now,-z,defs" },
      { "cc -Wl,-z -Wl,now a.o", "-z=now", "cc a.o" },
      { "cc -Xlinker --soname -Xlinker x a.o", "--soname=x", "cc a.o" },
      { "cc -Wl,--soname -Xlinker x a.o", "--soname=x", "cc a.o" },
      { "cc -Wl,--soname -O2 -Wl,x,--gc-sections a.o", "--soname=x",
        "cc -O2 -Wl,--gc-sections a.o" },
      { "ld --soname x a.o", "--soname=x", "ld a.o" },
      { "link /OUT:x a.obj", "/OUT=x", "link a.obj" },
      { "cc -o x a.o", "-o=x", "cc a.o" },
      { "lld -flavor gnu a.o b.o", "a.o", "lld -flavor gnu b.o" },
    } do
      assert.equal(case[3], (changed(case[1], drop(case[2]))), case[1])
    end
  end)

  it("when a value is another", function ()
    for _, case in ipairs {
      { "cc -Wl,--version-script=v", "--version-script=v", "new",
        "cc -Wl,--version-script=new" },
      { "cc -Wl,--version-script,v,-z,now", "--version-script=v", "new",
        "cc -Wl,--version-script,new,-z,now" },
      { "cc -Wl,-z,now,--version-script,v", "--version-script=v", "a,b",
        "cc -Wl,-z,now,--version-script -Xlinker a,b" },
      { "cc -Wl,-z,now,--version-script=v,-E", "--version-script=v", "a,b",
        "cc -Wl,-z,now -Xlinker --version-script=a,b -Wl,-E" },
      { "cc -ox a.o", "-o=x", "y", "cc -oy a.o" },
      { "cc -o x a.o", "-o=x", "-y", "cc -o -y a.o" },
      { "ld --output=x a.o", "-o=x", "y", "ld --output=y a.o" },
      { "link /DEF:a.def x.obj", "/DEF=a.def", "b.def",
        "link /DEF:b.def x.obj" },
      { "cc a.o b.o", "b.o", "c.o", "cc a.o c.o" },
      { "ld64 -exported_symbols_list l a.o", "-exported_symbols_list=l", "m",
        "ld64 -exported_symbols_list m a.o" },
    } do
      assert.equal(case[4], (changed(case[1], set(case[2], case[3]))), case[1])
    end
  end)

  it("when an option is new", function ()
    for _, case in ipairs {
      { "cc a.o b.o", add("after", "a.o", "--version-script", "v"),
        "cc a.o -Wl,--version-script=v b.o" },
      { "cc a.o b.o", add("before", "b.o", "version-script", "v,w"),
        "cc a.o -Xlinker --version-script=v,w b.o" },
      { "ld a.o b.o", add("before", "b.o", "--version-script", "v,w"),
        "ld a.o --version-script=v,w b.o" },
      { "cc a.o", add("last", nil, "-shared"), "cc a.o -shared" },
      { "ld a.o", add("last", nil, "-shared"), "ld a.o --shared" },
      { "cc a.o", add("first", nil, "--as-needed"), "cc -Wl,--as-needed a.o" },
      { "ld a.o", add("first", nil, "-u", "f"), "ld --undefined f a.o" },
      { "cc a.o", add("first", nil, "--undefined", "f"),
        "cc -Wl,--undefined,f a.o" },
      { "cc a.o", add("first", nil, "-u", "f"), "cc -u f a.o" },
      { "lld -flavor gnu a.o", add("first", nil, "-z", "now"),
        "lld -flavor gnu -z now a.o" },
      { "link a.obj", add("last", nil, "/EXPORT", "f"),
        "link a.obj /EXPORT:f" },
      { "link a.obj", add("last", nil, "-dll"), "link a.obj /DLL" },
      { "clang -target x-apple a.o", add("last", nil, "-exported_symbol",
        "_f"), "clang -target x-apple a.o -Wl,-exported_symbol,_f" },
      { "wasm-ld a.o", add("last", nil, "--export", "f"),
        "wasm-ld a.o --export=f" },
      { "cc", word("last", nil, "a.o"), "cc a.o" },
      { "cc -Wl,-z,now,-E a.o", word("after", "-z=now", "b.o"),
        "cc -Wl,-z,now b.o -Wl,-E a.o" },
    } do
      assert.equal(case[3], (changed(case[1], case[2])), case[1])
    end
  end)

  it("and stands in no part's way", function ()
    assert.equal("cc -Wl,--soname -O2 -Wl,x b.o a.o",
                 (changed("cc -Wl,--soname -O2 -Wl,x a.o",
                          word("after", "-O2", "b.o"))))
    assert.equal("cc b.o -Xlinker x.o -Xlinker -E a.o",
                 (changed("cc -Xlinker x.o -Xlinker -E a.o",
                          word("before", "x.o", "b.o"))))
  end)
end)


describe("a change in a response file", function ()
  local function made(text, change, files, flavour)
    local words, list = changed(text, change, files, flavour)
    return words, list and list[1] and list[1].bytes, list
  end

  it("makes a new one, which the line names", function ()
    local words, text, list = made("cc x.o @r y.o", drop "--gc-sections",
      { r = "'a b.o'\n  -Wl,--gc-sections\nc\\ d.o\n" })
    assert.equal("'a b.o'\nc\\ d.o\n", text)
    assert.equal("cc x.o @" .. list[1].path .. " y.o", words)
    assert.is_truthy(list[1].path:find "^/m/%x+%.rsp$")
    local again = select(3, made("cc @r", drop "--gc-sections",
      { r = "'a b.o'\n  -Wl,--gc-sections\nc\\ d.o\n" }))
    assert.equal(list[1].path, again[1].path)
  end)

  it("is quoted as that was", function ()
    for _, case in ipairs {
      { "cc @r", '"a.o" b.o', set("a.o", 'x "y'), '"x \\"y" b.o' },
      { "cc @r", "a.o b.o", set("a.o", "x y"), "x\\ y b.o" },
      { "cc @r", "'a.o'\tb.o\n", add("after", "a.o", "--as-needed"),
        "'a.o'\n-Wl,--as-needed\tb.o\n" },
      { "cc -Wl,@r", "a.o b.o", add("after", "a.o", "--as-needed"),
        "a.o --as-needed b.o" },
      { "lld-link @r", '"a b.obj" /OUT:x', set("a b.obj", 'c d\\'),
        '"c d\\\\" /OUT:x' },
      { "link @r", "\xff\xfea\0 \0\"\0\xe9\0\"\0", set("\xc3\xa9", "x y"),
        "\xff\xfea\0 \0\"\0x\0 \0y\0\"\0" },
      { "clang @r", "\xef\xbb\xbfa.o b.o", drop "b.o", "\xef\xbb\xbfa.o" },
      { "ld64 -filelist r", "a b.o\nc.o\n", set("a b.o", "x y.o"),
        "x y.o\nc.o\n" },
    } do
      local _, text = made(case[1], case[3], { r = case[2] })
      assert.equal(case[4], text, case[1] .. ": " .. case[2])
    end
  end)

  it("that another names makes two", function ()
    local words, list = changed("cc @r", drop "b.o", { r = "a.o @s c.o",
                                                       s = "b.o\nd.o\n" })
    assert.equal(2, #list)
    assert.equal("\nd.o\n", list[1].bytes)
    assert.equal("a.o @" .. list[1].path .. " c.o", list[2].bytes)
    assert.equal("cc @" .. list[2].path, words)
  end)
end)


describe("what would be a guess is refused", function ()
  local function refused(why, text, change, files)
    local ok, sentence = changed(text, change, files)
    assert.is_nil(ok, text)
    assert.equal(why, sentence, text)
  end

  it("in doubtful places", function ()
    local strange = "the option --frob is not one that is known"
    refused(strange .. ", so nothing can be put behind it", "ld a.o --frob",
            word("last", nil, "b.o"))
    refused(strange .. ", so nothing can be put behind it",
            "ld --frob a.o", word("before", "a.o?", "b.o"))
    refused("what cannot be told apart from a value of the option before it "
            .. "cannot be changed", "ld --frob a.o", drop "a.o?")
    refused(strange, "ld --frob a.o", drop "strange!")
    refused("the option -o lacks its value", "ld a.o -o", drop "broken!")
    assert.equal("ld64 -frob a b c d e.o f.o",
                 (changed("ld64 -frob a b c d e.o",
                          word("after", "e.o", "f.o"))))
    assert.equal("ld a.o b.o c.o",
                 (changed("ld a.o --frob=x b.o c.o", drop "strange!")))
  end)

  it("for words that would be read as something else", function ()
    refused("a word that begins with '@' would name a response file",
            "cc a.o", word("last", nil, "@b"))
    refused("a path that begins with '-' would be an option; put ./ before it",
            "cc a.o", set("a.o", "-b.o"))
    refused("a part without a value cannot be given another", "cc -shared",
            set("--shared", "x"))
    refused("this linker has no option --no-such that is known", "cc a.o",
            add("last", nil, "--no-such"))
    refused("the option --as-needed takes no value", "ld a.o",
            add("last", nil, "--as-needed", "x"))
    refused("the option --soname needs a value", "ld a.o",
            add("last", nil, "--soname"))
    refused("a name in a list of files that has a folder cannot be changed",
            "ld64 -filelist f,dir", set("dir/a.o", "b.o"), { f = "a.o\n" })
  end)

  it("when two rules want different things", function ()
    local line = links.line "cc -Wl,--version-script=v a.o"
    local changes, part = line:changes(), line:parts()()
    assert.is_true(changes:set("one", part, "x"))
    assert.is_true(changes:set("two", part, "x"))
    local ok, why = changes:set("two", part, "y")
    assert.is_nil(ok)
    assert.equal("one and two want to change --version-script=v in different "
                 .. "ways", why)
    assert.is_nil((changes:drop("three", part)))
    assert.is_true(changes:add("one", "last", nil, "--as-needed"))
    assert.is_true(changes:add("two", "last", nil, "--as-needed"))
    assert.same({ "cc", "-Wl,--version-script=x", "a.o", "-Wl,--as-needed" },
                (line:print(changes)))
  end)
end)
