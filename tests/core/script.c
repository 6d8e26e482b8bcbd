/*
** script.c
** The engine's Lua reads text files with an LPeg of its own: nothing is looked
** for on the disk, the engine's allocator has it all, and gets it back.  A
** refused allocation is an error of the call, never a script half read.
*/

#include <lauxlib.h>
#include <lualib.h>

#include "symrun.h"
#include "check.h"

static size_t held, calls, refused = SIZE_MAX;

static void *count (void *ud, void *ptr, size_t osize, size_t nsize) {
  void *p;
  (void)ud;
  if (ptr == NULL) osize = 0;  /* a kind of object, from Lua */
  if (nsize > osize && ++calls >= refused) return NULL;
  if (nsize == 0) {
    free(ptr);
    held -= osize;
    return NULL;
  }
  p = realloc(ptr, nsize);
  if (p != NULL) held += nsize - osize;
  return p;
}


static const char program[] =
  "package.path, package.cpath = '', ''\n"
  "local script = require 'symrun.script'\n"
  "local s = assert(script.parse('V1 { global: a; b*; local: *; };',"
  "                              'version-script'))\n"
  "assert(s:exports 'a' and s:exports 'bc' and s:exports 'c' == false)\n"
  "assert(s:add { 'c' } and s:exports 'c')\n"
  "local none, why = script.parse('{ a', 'version-script')\n"
  "assert(not none and why:find 'line 1, column 4')\n"
  "return tostring(s)";


/* Does the program give what it should?  -1 if there was no memory. */
static int run (void) {
  symrun *S = symrun_new(count, NULL);
  lua_State *L = S != NULL ? symrun_lua(S) : NULL;
  int out = -1;
  if (L != NULL) {
    int rc = luaL_loadstring(L, program);
    if (rc == LUA_OK) rc = lua_pcall(L, 0, 1, 0);
    if (rc == LUA_OK)
      out = strcmp(lua_tostring(L, -1),
                   "V1 { global: a; b*; c; local: *; };") == 0;
    else if (rc != LUA_ERRMEM && refused == SIZE_MAX)
      fprintf(stderr, "%s\n", lua_tostring(L, -1));
  }
  symrun_close(S);
  return out;
}


int main (void) {
  size_t all, step;
  CHECK(run() == 1, "the script is not read");
  CHECK(held == 0, "%zu bytes are not given back", held);
  all = calls;
  CHECK(all > 1000, "only %zu allocations", all);
  for (step = 1; step < all; step += 1 + all / 200) {
    calls = 0;
    refused = step;
    CHECK(run() != 0, "another script, after %zu allocations", step);
    CHECK(held == 0, "%zu bytes are lost after %zu allocations", held, step);
  }
  return finish(200);
}
