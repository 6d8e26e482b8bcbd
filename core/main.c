/*
** main.c
** The tool: an engine, its Lua, the command line in Lua, an exit status.  All
** that is decided here is what only a program can know: the terminal, the
** clock, and that a closed pipe is an answer and not a signal.
*/

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"


static double now (void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}


static double started;

/* host.elapsed() -> seconds since the program began */
static int h_elapsed (lua_State *L) {
  lua_pushnumber(L, now() - started);
  return 1;
}


/* host.progress(text): one line on the terminal; nil takes it away */
static int h_progress (lua_State *L) {
  static bool shown;
  const char *text = luaL_optstring(L, 1, NULL);
  if (text != NULL) fprintf(stderr, "\r\033[K%.70s", text);
  else if (shown) fputs("\r\033[K", stderr);
  shown = text != NULL;
  return 0;
}


/* host.nm(tree, view, demangle, json) -> exit status; without a view, what a
   linker reads */
static int h_nm (lua_State *L) {
  const sr_Scope *scope = (sr_Scope *)luaL_checkudata(L, 1, SR_TREE_T);
  sr_Nm how = {sr_optview(L, 2), lua_isnoneornil(L, 2), lua_toboolean(L, 3),
               lua_toboolean(L, 4), stdout};
  bool clean;
  int rc = sr_nm(scope->tree, &how, &clean);
  if (rc != SYMRUN_OK && errno != EPIPE)  /* a closed pipe is an answer */
    fprintf(stderr, "symrun: %s\n", sr_engine(L)->message);
  lua_pushinteger(L, rc == SYMRUN_OK && clean ? 0 : 2);
  return 1;
}


static int call_main (lua_State *L) {
  static const luaL_Reg host[] = {
    {"elapsed", h_elapsed}, {"nm", h_nm}, {NULL, NULL}
  };
  int argc = (int)lua_tointeger(L, 1), i;
  char **argv = (char **)lua_touserdata(L, 2);
  lua_gc(L, LUA_GCSTOP);  /* what is loaded stays: there is nothing to find */
  lua_getglobal(L, "require");
  lua_pushliteral(L, "symrun.cli");
  lua_call(L, 1, 1);
  lua_gc(L, LUA_GCRESTART);
  lua_getfield(L, -1, "main");
  lua_createtable(L, argc, 0);                    /* main words */
  for (i = 1; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i);
  }
  luaL_newlib(L, host);                           /* main words host */
  luaL_setfuncs(L, sr_ld_host, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, "symrun.rules");
  lua_setfield(L, -2, "rules");
  lua_pushboolean(L, isatty(STDOUT_FILENO));
  lua_setfield(L, -2, "terminal");
  if (isatty(STDERR_FILENO)) {
    lua_pushcfunction(L, h_progress);
    lua_setfield(L, -2, "progress");
  }
  lua_call(L, 2, 1);
  return 1;
}


/* All words that were not for a linker alone. */
static int run (symrun *S, int argc, char **argv) {
  lua_State *L = symrun_lua(S);
  int status = 2;
  sr_ignore_pipe();
  if (L == NULL) {
    fprintf(stderr, "symrun: %s\n", symrun_message(S));
    return status;
  }
  lua_pushcfunction(L, call_main);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  if (lua_pcall(L, 2, 1, 0) == LUA_OK) status = (int)lua_tointeger(L, -1);
  else fprintf(stderr, "symrun: %s\n", lua_tostring(L, -1));
  return fflush(stdout) == 0 ? status : 2;
}


int main (int argc, char **argv) {
  static symrun *S;  /* seen by who counts what was not freed */
  int status;
  started = now();
#if defined(SR_FREE_AT_END)  /* who looks for errors sees every block */
  S = symrun_new(NULL, NULL);
#else
  S = symrun_new(sr_tool_alloc, NULL);
#endif
  if (S == NULL || !sr_ld(S, &argc, &argv, &status))
    status = run(S, argc, argv);
  if (S != NULL) sr_ld_end(S);
#if defined(SR_FREE_AT_END)  /* else the system takes it all back at once */
  symrun_close(S);
#endif
  return status;
}
