--- The programs that symrun is compared with, and how each is asked.
--
-- Each gets the question in the form in which it does the least: -g and
-- --defined-only, output to nowhere, no grep behind it.  symrun must be that
-- much faster than the part of a pipe that nobody can leave out.

local turns = require "bench.turns"

local peers = {}

local function has(program)
  return os.execute(("command -v '%s' >/dev/null 2>&1"):format(program))
end


peers.has = has


-- A command: its name, the words to time, those whose answer is compared and
-- how that is read, and why it cannot run, if it cannot.
local function command(t)
  t.check = t.check or t.words
  if t.needs and not has(t.needs) then
    t.missing = t.needs .. " is not installed"
  end
  return t
end


local nm_says = { ["nm"] = "GNU nm", ["llvm-nm-19"] = "llvm-nm-19",
                  ["eu-nm"] = "eu-nm" }

--- An nm over a list: program, the list, its options.  eu-nm ends with 1 when
--- any member has no symbols, and some of L's have none.
function peers.nm(program, corpus, ...)
  local words = { program, ... }
  local name = nm_says[program] .. " " .. table.concat({ ... }, " ")
  words[#words + 1] = "-g"
  if program == "eu-nm" then        -- which reads no lists
    table.move({ "-f", "bsd" }, 1, 2, #words + 1, words)
    table.move(corpus.paths, 1, #corpus.paths, #words + 1, words)
  else
    words[#words + 1] = "@" .. corpus.list
  end
  table.insert(words, 2, "--defined-only")
  return command { name = name, words = words, reads = "nm", needs = program,
                   status = program == "eu-nm" and 1 or 0 }
end


--- An nm's output through awk.
function peers.awk(program, corpus, script)
  local function line(more)
    return { "sh", "-c", ("%s -A -g @'%s' 2>/dev/null | awk %s -f '%s'")
                         :format(program, corpus.list, more, script) }
  end
  return command { name = nm_says[program] .. " -A | awk", words = line "",
                   check = line "-v list=1", reads = "lines", needs = program }
end


--- The program on Rust's object crate.
function peers.object(build, question, glob, corpus)
  local words = { build.program or "object-peer", question, glob }
  local check = table.move(words, 1, #words, 1, {})
  check[#check + 1] = "-l"
  words[#words + 1] = "@" .. corpus.list
  check[#check + 1] = "@" .. corpus.list
  return { name = "object program", words = words, check = check,
           reads = "lines", missing = build.missing }
end


--- The script on pyelftools, with the Python that Debian's package is for.
function peers.python(corpus, glob, script)
  local python = os.getenv "PYTHON3" or "/usr/bin/python3"
  local it = command {
    name = "pyelftools script", reads = "lines", needs = python,
    words = { python, script, glob, "@" .. corpus.list },
    check = { python, script, glob, "-l", "@" .. corpus.list },
  }
  if not it.missing and turns.once({ python, "-c", "import elftools" }).status
                        ~= 0 then
    it.missing = "python3-pyelftools is not installed"
  end
  return it
end


--- Opening, reading and closing alone; 'how' is "ask" to ask for size and
--- times too.
function peers.floor(folder, corpus, how)
  local words = { folder .. "/files", how or "read", corpus.folder }
  return { name = how and "open+read+fstat+close" or "open+read+close",
           reads = "none", words = words, check = words, asks = how,
           expect = ("%d files"):format(#corpus.paths) }
end


--- What symrun reads for a command, read by a program that does nothing else:
--- no reader that reads so much can cost less.
function peers.reads(folder, corpus, symrun)
  local it = command {
    name = "the same reads alone", reads = "none", needs = "strace",
    words = { folder .. "/files", "replay", folder .. "/reads" },
  }
  if it.missing then return it end
  local trace = folder .. "/trace"
  turns.once { "strace", "-f", "-y", "-e", "trace=pread64", "-o", trace,
               table.unpack(symrun.words) }
  local out = assert(io.open(folder .. "/reads", "wb"))
  local last, files = nil, 0
  it.calls, it.bytes = 0, 0
  for line in io.lines(trace) do
    local path, offset, n =
      line:match "pread64%(%d+<(/[^>]*)>, .*, (%d+)%) = (%d+)$"
    if path ~= last and path then
      out:write(path, "\n")
      last, files = path, files + 1
    end
    if path then
      out:write(offset, " ", n, "\n")
      it.calls, it.bytes = it.calls + 1, it.bytes + math.tointeger(n)
    end
  end
  out:close()
  os.remove(trace)
  it.expect = ("%d files"):format(files)
  if files < #corpus.paths then it.missing = "strace saw too little" end
  return it
end


--- symrun with one of the bench's rules; settings is "NAME=VALUE" words.
function peers.symrun(tool, rule, settings, input)
  local words = { tool, "tests/bench/rules/" .. rule .. ".lua" }
  for _, setting in ipairs(settings) do
    words[#words + 1] = "-D"
    words[#words + 1] = setting
  end
  local check = table.move(words, 1, #words, 1, {})
  table.move({ "-D", "list=true", "--format", "json", input }, 1, 5,
             #check + 1, check)
  words[#words + 1] = input
  return { name = "symrun", words = words, check = check, reads = "symrun",
           input = input }
end


--- Build the program on the object crate, from Debian's sources of it.  Gives
--- { program = } or { missing = why }.
function peers.build_object(folder)
  local registry = "/usr/share/cargo/registry"
  if not has "cargo" then return { missing = "cargo is not installed" } end
  if not os.execute(("ls -d %s/object-* >/dev/null 2>&1"):format(registry)) then
    return { missing = "librust-object-dev is not installed" }
  end
  local into = folder .. "/object"
  local log = folder .. "/object.log"
  local ok = os.execute(([[
    mkdir -p '%s/src' && cp -u tests/bench/object/Cargo.toml '%s' &&
    cp -u tests/bench/object/src/main.rs '%s/src' && cd '%s' &&
    cargo build -q --offline --release --target-dir target \
      --config 'source.crates-io.replace-with="debian"' \
      --config 'source.debian.directory="%s"' >../object.log 2>&1]])
    :format(into, into, into, into, registry))
  if not ok then
    return { missing = "it cannot be built here; see " .. log }
  end
  return { program = into .. "/target/release/object-peer" }
end

return peers
