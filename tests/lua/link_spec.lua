--- Link lines as typed parts: every spelling of every dialect, and what must
--- not be understood.

local links = require "links"
local show = links.show

-- Each line, and its parts as links.show has them.
local function all(cases)
  for _, case in ipairs(cases) do
    assert.equal(case[2], show(case[1], case.files), case[1])
  end
end


describe("one option has one name", function ()
  it("behind a driver", function ()
    for _, line in ipairs {
      "cc -Wl,--version-script=v", "cc -Wl,--version-script,v",
      "cc -Wl,-version-script=v", "cc -Wl,--version-script -Wl,v",
      "cc -Xlinker --version-script=v", "cc -Xlinker -version-script "
      .. "-Xlinker v", "cc -Wl,--version-script -Xlinker v",
      "cc -Xlinker --version-script -Wl,v", "cc @r", "cc -Wl,@s",
      "cc -Xlinker @s", "ld --version-script v", "ld -version-script=v",
      "ld @s", "ld @t", "ld.lld --version-script=v",
    } do
      assert.equal("--version-script=v", show(line, {
        r = "-Wl,--version-script\n-Wl,v", s = "'--version-script' \"v\"",
        t = "@u v", u = "--version-script",
      }), line)
    end
  end)

  it("of one letter", function ()
    all {
      { "ld.bfd -o a -ob --output c --output=d -output",
        "-o=a -o=b -o=c -o=d -o=utput" },
      { "ld -la -l b --library=c -library d", "-l=a -l=b -l=c -l=d" },
      { "ld -La -L b --library-path=c", "-L=a -L=b -L=c" },
      { "ld -znow -z defs -z muldefs", "-z=now -z=defs -z=muldefs" },
      { "ld -uf -u g --undefined=h -undefined i", "--undefined=f "
        .. "--undefined=g --undefined=h --undefined=i" },
      { "ld -hx -soname=x --soname x", "--soname=x --soname=x --soname=x" },
      { "ld -o=x -e=y", "-o==x --entry==y" },
      { "cc -o=x", "-o==x" },
      { "ld ( x.a ) -( y.a -) --start-group z.a --end-group",
        "( x.a ) --start-group y.a --end-group --start-group z.a "
        .. "--end-group" },
    }
  end)

  it("of the driver too", function ()
    all {
      { "cc -shared -pie -static -static-pie -r -u f -e g -T x.ld",
        "--shared --pie -static -static-pie --relocatable --undefined=f "
        .. "--entry=g --script=x.ld" },
      { "gcc --output=x --sysroot=/s --sysroot /t --param=a=b --param c=d",
        "-o=x --sysroot=/s --sysroot=/t --param=a=b --param=c=d" },
      { "gcc -x c -I i -include h -MF d -isystem s -D X=1 -DX a.c",
        "-x=c -I=i -include=h -MF=d -isystem=s -D=X=1 -D=X a.c" },
      { "gcc -Wall -O2 -fPIC -march=native -std=c11 -g3 -Wa,-x,y -pthread",
        "-Wall -O2 -fPIC -march=native -std=c11 -g3 -Wa,=-x,y -pthread" },
      { "clang -target x --target=y -mllvm -a -Xclang -b -arch arm64",
        "--target=x --target=y -mllvm=-a -Xclang=-b -arch=arm64" },
      { "gcc -B p -Bq -fuse-ld=gold", "-B=p -B=q -fuse-ld=gold" },
    }
  end)

  it("of Apple's linker", function ()
    all {
      { "ld64 -arch arm64 -platform_version macos 11.0 12.0 -o a b.o -lSystem",
        "-arch=arm64 -platform_version=macos=11.0=12.0 -o=a b.o -l=System" },
      { "ld64 -force_load x.a -weak_library y.dylib -weak-lz -framework Foo",
        "-force_load=x.a -weak_library=y.dylib -weak-l=z -framework=Foo" },
      { "ld64 -sectcreate __A __b f -rename_section a b c d -alias x y",
        "-sectcreate=__A=__b=f -rename_section=a=b=c=d -alias=x=y" },
      { "cc -arch x86_64 a.o -Wl,-exported_symbols_list,l -dynamiclib "
        .. "-install_name @rpath/x.dylib -Wl,-rpath,@loader_path/..",
        "-arch=x86_64 a.o -exported_symbols_list=l -dynamiclib "
        .. "-install_name=@rpath/x.dylib -rpath=@loader_path/.." },
    }
  end)

  it("of Microsoft's, in any case", function ()
    all {
      { "link.exe /OUT:a.exe -out:b.exe /Out:c", "/OUT=a.exe /OUT=b.exe "
        .. "/OUT=c" },
      { "lld-link /DLL /dll -DLL /debug /DEBUG:FULL x.obj /DEF:y.def",
        "/DLL /DLL /DLL /DEBUG /DEBUG=FULL x.obj /DEF=y.def" },
      { "lld-link /home/x.obj /wholearchive:l.lib /WHOLEARCHIVE "
        .. "/defaultlib:c --rsp-quoting=posix",
        "/home/x.obj /WHOLEARCHIVE=l.lib /WHOLEARCHIVE /DEFAULTLIB=c "
        .. "--rsp-quoting=posix" },
      { "link /none:x /none /x/none", "strange! strange! /x/none" },
      { "lld-link /none:x /none", "/none:x /none" },
      { "clang --target=x86_64-pc-windows-msvc x.o -Wl,/OUT:a.exe",
        "--target=x86_64-pc-windows-msvc x.o /OUT=a.exe" },
    }
  end)

  it("of wasm-ld", function ()
    all {
      { "wasm-ld a.o --export=f --export g --no-entry -o x --allow-undefined",
        "a.o --export=f --export=g --no-entry -o=x --allow-undefined" },
      { "clang --target=wasm32-wasi a.o -Wl,--export=f",
        "--target=wasm32-wasi a.o --export=f" },
    }
  end)
end)


describe("who reads a line", function ()
  it("is told by the program's name", function ()
    for program, name in pairs {
      cc = "cc", ["/usr/bin/gcc-12"] = "gcc", ["clang++-19"] = "clang",
      ["x86_64-linux-gnu-g++-12.2"] = "gcc", ["C:\\x\\link.EXE"] = "link",
      ["lld-link.exe"] = "lld-link", ["ld.lld"] = "lld", ["wasm-ld"] =
      "wasm-ld", ["rust-lld"] = "lld", ["x86_64-ld"] = "ld", mold = "mold",
      ["ld.gold"] = "gold", ["ld.bfd"] = "bfd", ["symrun-cc"] = "cc",
      ["symrun-ld"] = "ld", collect2 = "ld", ["ld64.lld"] = "ld64.lld",
      ["occ"] = "unknown", ["world"] = "unknown", python = "unknown",
    } do
      assert.equal(name, (links.line(program .. " a.o"):flavour()), program)
    end
  end)

  it("or by -flavor, or by what it says, or by whoever asks", function ()
    for _, case in ipairs {
      { "lld -flavor darwin a.o", "apple" }, { "lld -flavor gnu a.o", "gnu" },
      { "rust-lld -flavor link a.obj", "msvc" },
      { "rust-lld -flavor wasm a.o", "wasm" },
      { "clang -target arm64-apple-ios a.o", "apple" },
      { "clang -o --target=x-apple a.o", "gnu" },
      { "clang -target x86_64-linux -arch x a.o", "gnu" },
      { "cc -mmacosx-version-min=11.0 a.o", "apple" },
      { "ld -dylib -arch arm64 a.o", "apple" },
      { "ld -o x a.o", "gnu" },
      { "wasm32-wasi-clang a.o", "wasm" },
      { "emcc a.o", "wasm" },
      { "whatever a.o", "msvc", "lld-link" },
      { "clang -target x-apple a.o", "gnu", "clang" },
    } do
      local _, dialect = links.line(case[1], nil, case[3]):flavour()
      assert.equal(case[2], dialect, case[1])
    end
    assert.has_error(function () links.line("cc", nil, "nonsense") end)
  end)

  it("decides what an option is", function ()
    -- gold's --threads takes no value, LLD's does
    assert.equal("--threads 4", show "ld.gold --threads 4")
    assert.equal("--threads=4", show "ld.lld --threads 4")
    assert.equal("-fuse-ld=lld --threads=4 a.o",
                 show "cc -fuse-ld=lld -Wl,--threads,4 a.o")
    assert.equal("strange! 4? a.o", show "ld --threads 4 a.o")
    assert.equal("-o=x", show "ld.gold -output x")
    assert.equal("strange! x?", show "ld -output x")
    assert.equal("--threads=4 a.o", show "ld --threads=4 a.o")
  end)
end)


describe("what cannot be understood", function ()
  local function why(line, role)
    local ok, sentence = links.line(line, { loop = "x.o @loop", quotes =
      "'a\\b'", ok = "b.o", mark = "\xef\xbb\xbfb.o" }):sure(role)
    return ok or sentence
  end

  it("is kept and named", function ()
    for _, case in ipairs {
      { "cc a.o -o", "the option -o lacks its value" },
      { "cc a.o -Wl,-rpath", "the option -rpath lacks its value" },
      { "cc a.o -Xlinker", "the option -Xlinker lacks its value" },
      { "cc a.o @gone", "the response file gone is not there" },
      { "cc a.o -Wl,@gone", "the response file gone is not there" },
      { "ld a.o @loop", "the response file loop includes itself" },
      { "gcc @quotes", "the response file quotes is quoted in a way that "
        .. "programs read differently" },
      { "clang @quotes", true }, { "cc @ok", true },
      { "ld @mark", "the response file mark begins with a byte order mark, "
        .. "which not all programs that may read it know" },
      { "ld.lld @mark", true }, { "ld.bfd @mark", true },
      { "ld64 -filelist gone", "the list of files gone is not there" },
      { "ld a.o --frob b.o", "the option --frob is not one that is known, so "
        .. "b.o may be its value" },
      { "ld a.o --frob=x b.o", true }, { "ld a.o b.o --frob", true },
      { "ld --frob -v a.o", true }, { "ld --frob -o x a.o", "the option "
        .. "--frob is not one that is known, so -o may be its value" },
      { "link /frob a.obj", true },
      { "ld64 -frob a b c d e.o", "the option -frob is not one that is known, "
        .. "so a may be its value" },
      { "cc -- a.o", "the option -- is not one that is known, so a.o may be "
        .. "its value" },
      { "elf a.o", "elf is no linker that is known; say which it is like" },
      { "clang --config x a.o", "--config brings what cannot be read" },
      { "ld", true },
    } do
      assert.equal(case[2], why(case[1]), case[1])
    end
  end)

  it("is told as far as it goes", function ()
    for _, case in ipairs {
      { "ld --frob a.o b.o", "strange! a.o? b.o" },
      { "ld --frob -y -T s.ld b.o", "strange! --trace-symbol=-T? s.ld? b.o" },
      { "ld64 -frob a -o b c d e.o f.o", "strange! a? -o=b? c? d? e.o f.o" },
      { "cc -- a.o -o b.o", "strange! a.o? -o=b.o? " },
      { "gcc @quotes a.o b.o", "broken! a.o? b.o?" },
      { "gcc -Wl,-rpath,@quotes -Wl,b.o", "broken! broken! b.o?" },
      { "clang -Wl,a.o,,b.o", "a.o b.o" },
      { "gcc -Wl,a.o,,b.o", "a.o broken! b.o" },
      { "clang -Wl,-rpath -z now a.o", "broken! -z=now a.o" },
      { "gcc -Wl,-rpath -z now a.o", "--rpath=a.o -z=now" },
      { "clang -Wl,-rpath -O2 a.o", "--rpath=a.o -O2" },
    } do
      assert.equal((case[2]:gsub(" $", "")),
                   show(case[1], { quotes = "'a\\b'" }), case[1])
    end
  end)

  it("matters only for what it may be", function ()
    assert.equal(true, why("ld a.o --frob b.o", "output"))
    assert.equal("the option --frob is not one that is known, so -o may be "
                 .. "its value", why("ld --frob -o x", "output"))
    -- BFD and gold take a beginning for the whole
    assert.equal("the option --version-scr=v is not one that is known, and "
                 .. "may be short for one that is",
                 why("ld a.o --version-scr=v", "version-script"))
    assert.equal(true, why("ld a.o --version-scr=v", "output"))
    assert.equal("--config brings what cannot be read",
                 why("clang --config x a.o", "output"))
  end)

  it("is not what only looks like it", function ()
    -- names that begin with '@' and are no files are names
    assert.equal("-rpath=@executable_path a.o",
                 show "ld64 -rpath @executable_path a.o")
    assert.equal("-o=@x a.o", show "cc -o @x a.o")
    -- the value of an option is no option
    assert.equal("--soname=-lfoo a.o", show "ld -soname -lfoo a.o")
    -- an input, as the linker has it, is the value of an option before it
    assert.equal("--rpath=a.o b.o", show "cc -Wl,-rpath a.o b.o")
  end)
end)


describe("the state at a part", function ()
  local function state(line, shown)
    local part, out = links.find(links.line(line), shown), {}
    for _, name in ipairs { "whole", "group", "lazy", "as-needed",
                            "static" } do
      if part:is_in(name) then out[#out + 1] = name end
    end
    return table.concat(out, " ")
  end

  it("is what the options before it say", function ()
    for _, case in ipairs {
      { "ld --whole-archive x.a --no-whole-archive", "x.a", "whole" },
      { "ld --whole-archive --no-whole-archive x.a", "x.a", "" },
      { "cc -Wl,--whole-archive x.a", "x.a", "whole" },
      { "cc -Wl,--as-needed,-( -lx", "-l=x", "group as-needed" },
      { "ld -Bstatic --push-state -Bdynamic --whole-archive x.a --pop-state",
        "x.a", "whole" },
      { "ld -Bstatic --push-state -Bdynamic --whole-archive --pop-state x.a",
        "x.a", "static" },
      { "cc -lx -static", "-l=x", "static" },
      { "ld -lx -static", "-l=x", "" },
      { "ld64 x.a -all_load", "x.a", "whole" },
      { "ld64 -force_load x.a y.a", "-force_load=x.a", "whole" },
      { "ld64 -force_load x.a y.a", "y.a", "" },
      { "ld --start-lib x.o --end-lib y.o", "x.o", "lazy" },
      { "lld-link x.lib /wholearchive", "x.lib", "whole" },
    } do
      assert.equal(case[3], state(case[1], case[2]), case[1])
    end
  end)
end)


describe("a line", function ()
  it("links or does not", function ()
    for line, answer in pairs {
      ["cc a.o"] = true, ["cc -c a.c"] = false, ["cc -S a.c"] = false,
      ["cc -E a.c"] = false, ["cc -M a.c"] = false, ["cc --version"] = false,
      ["cc -v"] = false, ["cc -print-file-name=x"] = false,
      ["cc -### a.o"] = false, ["ld --version"] = false, ["ld -v"] = false,
      ["ld -M a.o"] = true, ["cc -MD a.o"] = true, ["cc -o -c a.o"] = true,
      ["cc -dumpmachine"] = false, ["lld-link /lib a.obj"] = false,
      ["cc -Wl,--help"] = false, ["cc -lfoo"] = true, ["cc"] = false,
    } do
      assert.equal(answer, (links.line(line):links()), line)
    end
    assert.is_nil((links.line("cc @gone"):links()))
    assert.is_nil((links.line("ld --frob --version"):links()))
  end)

  it("makes something", function ()
    for line, answer in pairs {
      ["cc a.o"] = "a.out", ["cc -ox a.o -o y"] = "y",
      ["cc a.o -Wl,-o,z"] = "z", ["link a.obj /out:b.exe"] = "b.exe",
      ["ld64 -o x"] = "x",
    } do
      assert.equal(answer, (links.line(line):output()), line)
    end
    for _, line in ipairs { "link a.obj", "wasm-ld a.o", "cc @gone",
                            "x86_64-w64-mingw32-gcc a.o" } do
      assert.is_nil((links.line(line):output()), line)
    end
  end)

  it("gives options by name, however they are spelled", function ()
    local function found(line, name)
      local out = {}
      for part in links.line(line):options(name) do
        out[#out + 1] = part:value() or part:text()
      end
      return table.concat(out, " ")
    end
    for _, case in ipairs {
      { "cc -Wl,--version-script=a -Xlinker -version-script -Xlinker b",
        "--version-script", "a b" },
      { "cc -Wl,--version-script=a", "-version-script", "a" },
      { "cc -Wl,--version-script=a", "version-script", "a" },
      { "cc -u f -Wl,-u,g -Wl,--undefined=h", "--undefined", "f g h" },
      { "cc -u f -Wl,-u,g -Wl,--undefined=h", "-u", "f g h" },
      { "cc -Wl,-z,now -z defs -Wl,-zrelro", "-z", "now defs relro" },
      { "cc -Wl,-z,now -z defs", "-z defs", "defs" },
      { "cc -shared -Wl,-shared", "--shared", "-shared -shared" },
      { "cc -fPIC -march=x", "-march", "x" },
      { "link /OUT:a -out:b", "/out", "a b" },
      { "link /OUT:a -out:b", "-OUT", "a b" },
      { "ld64 -exported_symbols_list l", "-exported_symbols_list", "l" },
      { "cc -o x", "--no-such", "" }, { "cc a.o", "", "" },
    } do
      assert.equal(case[3], found(case[1], case[2]), case[1])
    end
    local out = {}
    for part in links.line("cc -T a -Wl,-T,b"):role "script" do
      out[#out + 1] = part:value()
    end
    assert.same({ "a", "b" }, out)
    assert.has_error(function () links.line("cc"):role "no-such" end)
  end)

  it("names its texts, with what is in them", function ()
    local line = links.line("cc @r -Wl,@s", { r = "a.o @t", s = "b.o",
                                              t = "c.o" })
    local out = {}
    for i, text in ipairs(line:texts()) do
      out[i] = ("%s<%d=%s"):format(text.path, text.from, text.bytes)
    end
    assert.same({ "r<0=a.o @t", "t<1=c.o", "s<0=b.o" }, out)
  end)
end)
