--- What a line makes, and which linker reads it: what other questions about it
--- begin with.  Each gives the answer, or nil and a sentence.

local what = {}


local function any(words, role)
  for part in words:role(role) do
    if not part:maybe() then return true end
  end
  local ok, why = words:sure(role)
  if not ok then return nil, why end
  return false
end


-- The first of these roles that the line has.
local function which(words, roles)
  for _, role in ipairs(roles) do
    local yes, why = any(words, role)
    if yes == nil then return nil, why end
    if yes then return role end
  end
  return false
end


--- Has the line an option with this role?
what.has = any


--- "executable", "library" or "object".
function what.makes(words)
  local object, why = any(words, "relocatable")
  if object == nil then return nil, why end
  local library
  library, why = which(words, { "shared", "bundle" })
  if library == nil then return nil, why end
  if object and library then
    return nil, "the line wants an object and a library at once"
  end
  return object and "object" or library and "library" or "executable"
end


local gnu = { bfd = "bfd", gold = "gold", lld = "lld", mold = "mold" }

local direct = {
  apple = { ld64 = "ld64", ["ld64.lld"] = "lld" },
  msvc = { link = "link", ["lld-link"] = "lld-link" },
  wasm = { ["wasm-ld"] = "wasm-ld" }, gnu = gnu,
}


--- The linker, as script.lua calls it; nil where it may be any.
function what.linker(words)
  local flavour, dialect, driver = words:flavour()
  if not driver then return direct[dialect][flavour] end
  local named
  for part in words:role "use-ld" do
    if part:maybe() then return nil end
    named = (part:value() or ""):match "[^/]*$":gsub("^ld%.", "")
    named = named:gsub("%-[%d.]+$", "")
  end
  if dialect == "gnu" then return gnu[named] end
  return nil
end


--- Is what is made linked without any shared library?  A driver's -static is;
--- a linker's says so only of the libraries that follow.
function what.static(words)
  local pie, why = any(words, "static-pie")
  if pie == nil then return nil, why end
  if pie then return false end
  for part in words:role "static" do
    if part:of_driver() and not part:maybe() then return true end
  end
  return false
end


--- Programs for Windows from the line of a GNU compiler.
function what.mingw(words)
  local program = (words:words()[1] or ""):match "[^/\\]*$"
  if program:find("mingw", 1, true) then return true end
  for _, role in ipairs { "target", "emulation" } do
    for part in words:role(role) do
      local value = part:value() or part:text()
      if value:find "mingw" or value:find "windows"
         or role == "emulation" and value:find "pe" then return true end
    end
  end
  return false
end


--- Does the linker drop what nobody wants?  true, false, nil for who knows.
function what.collects(link)
  local ok = link.words:sure "gc" and link.words:sure "no-gc"
  if not ok then return nil end
  local on = link.dialect == "wasm"
  for part in link.words:parts() do
    local role = part:role()
    if link.dialect == "msvc" then
      if role == "gc" then return nil end  -- /OPT:REF, and what /DEBUG makes
    elseif role == "gc" then on = true
    elseif role == "no-gc" then on = false end
  end
  if link.dialect == "msvc" then return nil end
  return on
end

return what
