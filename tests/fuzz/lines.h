/*
** lines.h
** Lines of Lua, counted as libFuzzer counts branches of C: so it finds its way
** through readers that are written in Lua, too.
*/

#ifndef lines_h
#define lines_h

#include <lua.h>

#include "scan.h"

#define COUNTERS  (1 << 14)

__attribute__((section("__libfuzzer_extra_counters")))
static uint8_t counters[COUNTERS];


static void count_line (lua_State *L, lua_Debug *info) {
  uint32_t h;
  const char *s;
  lua_getinfo(L, "Sl", info);
  h = (uint32_t)info->currentline * 2654435761u;
  for (s = info->short_src; *s != '\0'; s++)
    h = (h ^ (unsigned char)*s) * 16777619u;
  counters[h % COUNTERS]++;
}


static inline void count_lines (lua_State *L) {
  lua_sethook(L, count_line, LUA_MASKLINE, 0);
}

#endif
