--- What a linker makes of intermediate code: which it reads by itself, which by
--- a plugin, and which not at all.
--
-- GCC's objects look empty to a linker without its plugin; of LLVM's bitcode
-- GNU ld says "file format not recognized".

local literal = require "symrun.literal"
local place = require "symrun.why_place"

local lto = {}

local own = {  -- what they read by themselves
  lld = "bitcode", ["lld-14"] = "bitcode", ["wasm-ld"] = "bitcode",
  ["lld-link"] = "bitcode", ["ld64.lld"] = "bitcode", ld64 = "bitcode",
}

local called = { bitcode = "LLVM bitcode", ["gcc-lto"] = "GCC's LTO code" }
local compilers = { bitcode = "clang -flto -fuse-ld=lld",
                    ["gcc-lto"] = "gcc -flto" }


-- Which kind of intermediate code it is that has the name.
local function kind_of(one, symbol)
  for _, view in ipairs { "bitcode", "gcc-lto" } do
    local ok, yes = pcall(one.file.defines, one.file, literal(symbol), view)
    if ok and yes then return view end
  end
end


-- What the plugin of the line reads.  gcc's own has no path until gcc runs.
local function by_plugin(world)
  for part in world.words:parts() do
    local name = (part:name() or ""):gsub("^%-+", "")
    local path = name == "plugin" and part:value()
    if path and path:find "LLVMgold" then return "bitcode" end
    if path and path:find "lto_plugin" then return "gcc-lto" end
    if path then return path:find "%.so$" and "any" or "gcc-lto" end
  end
end


--- Why the linker of a line cannot read a definition, and what helps; nil if it
--- can, or is none of intermediate code.
function lto.unread(world, one)
  if not one.lto or not world.link then return nil end
  local kind = kind_of(one, one.symbol)
  if not kind or own[world.linker] == kind then return nil end
  local plugin = not own[world.linker] and by_plugin(world)
  if plugin == kind or plugin == "any" then return nil end
  local at = place.of(world, one)
  local hint = ("link with what compiled it: %s"):format(compilers[kind])
  if own[world.linker] then
    return ("%s has it as %s only, which %s does not read"):format(
             at, called[kind], world.says), hint
  end
  return ("%s has it as %s only, which %s reads by a plugin, and the line has "
          .. "%s"):format(at, called[kind], world.says,
          plugin and "that of another compiler" or "none"), hint
end


--- May the compiler drop what won, or keep it to itself?  So it may where
--- nothing but intermediate code wants it, and a program is made.
function lto.dropped(facts)
  if not facts.winner or not facts.winner.lto
     or facts.world.roots.makes ~= "executable" then return false end
  for _, one in ipairs(facts.wants) do
    if one.linked and not one.lto then return false end
  end
  return true
end

return lto
