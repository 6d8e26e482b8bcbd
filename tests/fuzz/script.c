/*
** script.c
** libFuzzer's target for the texts that link lines name, which Lua reads with
** LPeg.  The first byte says of which kind one is.
**
**   make fuzz FUZZERS=script
*/

#include <lauxlib.h>
#include <lualib.h>

#include "lines.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

/* A text prints as it was, its pieces are the whole of it, whatever is asked
   has an answer or a sentence, and an edit leaves what can be read again. */
static const char program[] =
  "local script = require 'symrun.script'\n"
  "local kinds = { 'version-script', 'dynamic-list', 'symbol-list',\n"
  "  'export-list', 'unexport-list', 'order-list', 'retain-list',\n"
  "  'file-list', 'def', 'linker-script' }\n"
  "local linkers = { 'bfd', 'gold', 'lld', 'mold', 'ld64', 'link',\n"
  "  'lld-link', 'mingw' }\n"
  "local function said(value, why)\n"
  "  assert(value ~= nil or type(why) == 'string', 'no answer and no reason')\n"
  "end\n"
  "return function (first, text)\n"
  "  local kind = kinds[first % #kinds + 1]\n"
  "  local s, why = script.parse(text, kind)\n"
  "  if not s then return said(s, why) end\n"
  "  assert(tostring(s) == text, 'it prints as it was')\n"
  "  local pieces = {}\n"
  "  for i, part in ipairs(s:parts()) do pieces[i] = part.text end\n"
  "  assert(table.concat(pieces) == text, 'its parts are the whole')\n"
  "  for _, linker in ipairs(linkers) do\n"
  "    said(s:exports('js_a', { linker = linker, makes = 'library' }))\n"
  "    s:trouble_with(linker)\n"
  "  end\n"
  "  said(s:names()) said(s:names 'local') s:patterns() said(s:inputs())\n"
  "  local made, reason = s:add { 'js_added' }\n"
  "  said(made, reason)\n"
  "  local cut\n"
  "  cut, reason = s:drop(function (name) return #name % 2 == 0 end)\n"
  "  said(cut, reason)\n"
  "  local after = tostring(s)\n"
  "  local again = assert(script.parse(after, kind))\n"
  "  assert(tostring(again) == after)\n"
  "end\n";

static symrun *S;
static lua_State *L;


int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  double since = seconds();
  Sum sum;
  if (size < 1 || size > 16384) return -1;
  memset(&sum, 0, sizeof sum);
  if (S == NULL) {
    S = symrun_new(NULL, NULL);
    L = S != NULL ? symrun_lua(S) : NULL;
    if (L == NULL || luaL_loadstring(L, program) != LUA_OK
        || lua_pcall(L, 0, 1, 0) != LUA_OK) abort();
    count_lines(L);
  }
  lua_pushvalue(L, -1);
  lua_pushinteger(L, bytes[0]);
  lua_pushlstring(L, (const char *)bytes + 1, size - 1);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
  }
  in_time(seconds() - since, 200 * size, &sum);  /* Lua takes its time */
  return 0;
}
