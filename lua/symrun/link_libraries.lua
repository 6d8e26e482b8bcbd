--- The names of the files that a library, -l, may mean: by dialect, and for
--- Windows, where there are eight.

local what = require "symrun.link_what"

local libraries = {}


-- Files that -l may mean, by dialect: shared ones first.
local forms = {
  gnu = { shared = { "lib%s.so" }, static = { "lib%s.a" } },
  apple = { shared = { "lib%s.tbd", "lib%s.dylib" }, static = { "lib%s.a" } },
  wasm = { shared = { "lib%s.so" }, static = { "lib%s.a" } },
}

-- Those of Windows, as the manual of ld has them under "ld and WIN32"; %% is
-- what --dll-search-prefix says, and without it the name is left out.
local windows = {
  "lib%s.dll.a", "%s.dll.a", "lib%s.a", "%s.lib", "lib%s.lib", "%%%s.dll",
  "lib%s.dll", "%s.dll",
}

local function of_windows(link, name)
  local prefix
  for part in link.words:options "--dll-search-prefix" do
    prefix = part:value()
  end
  local out = {}
  for _, form in ipairs(windows) do
    local file = form:format(name)
    if file:sub(1, 1) ~= "%" then out[#out + 1] = file
    elseif prefix then out[#out + 1] = prefix .. file:sub(2) end
  end
  return out
end


--- Those that -lNAME may mean, the first first; `static`: no shared one.
function libraries.names(link, name, static)
  if link.dialect == "msvc" then
    return { name:find "%.%w+$" and name or name .. ".lib" }
  end
  if name:sub(1, 1) == ":" then return { name:sub(2) } end
  local by, out = forms[link.dialect], {}
  if link.mingw == nil then
    link.mingw = link.dialect == "gnu" and what.mingw(link.words)
  end
  if link.mingw and not static then return of_windows(link, name) end
  if not static then
    for _, form in ipairs(by.shared) do out[#out + 1] = form:format(name) end
  end
  for _, form in ipairs(by.static) do out[#out + 1] = form:format(name) end
  return out
end

return libraries
