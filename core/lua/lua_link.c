/*
** lua_link.c
** Link lines as Lua objects.  A link is freed with its object; its parts and
** its changes keep it.  Nothing here raises because a line is not understood:
** what has no answer gives nil, or false, and the sentence.
*/

#include "lua_link.h"

typedef struct LinkBox { sr_Link *link; } LinkBox;
typedef sr_PartBox PartBox;
typedef sr_ChangesBox ChangesBox;


static sr_Link *tolink (lua_State *L, int arg) {
  return ((LinkBox *)sr_checkobject(L, arg, SR_LINK_T))->link;
}


sr_Link *sr_tolink (lua_State *L, int arg) { return tolink(L, arg); }


static const sr_LinkPart *topart (lua_State *L, int arg) {
  PartBox *box = (PartBox *)sr_checkobject(L, arg, SR_PART_T);
  return sr_link_part(box->link, box->number);
}


static void push_str (lua_State *L, sr_Str s) {
  if (s.ptr == NULL) lua_pushnil(L);
  else lua_pushlstring(L, s.ptr, s.len);
}


int sr_no_answer (lua_State *L, int rc) {
  if (rc == SYMRUN_NOMEM) sr_check(L, rc);
  lua_pushnil(L);
  lua_pushstring(L, sr_engine(L)->message);
  return 2;
}


/* -- making ------------------------------------------------------------ */

typedef struct Given {  /* texts that need not be on disk */
  const char *folder;   /* where others are */
  size_t count;
  struct { sr_Str path, bytes; } files[1];
} Given;


static int read_given (void *ud, symrun *S, sr_Arena *A, sr_Str path,
                       sr_Str *out) {
  const Given *g = (const Given *)ud;
  size_t i;
  (void)A;
  for (i = 0; i < g->count; i++) {
    if (g->files[i].path.len != path.len
        || memcmp(g->files[i].path.ptr, path.ptr, path.len) != 0) continue;
    *out = g->files[i].bytes;
    return SYMRUN_OK;
  }
  return sr_fail(S, SYMRUN_IO, "is not there");
}


/* The same where each path has another at which the text now is, and others are
   where they seem to be. */
static int read_kept (void *ud, symrun *S, sr_Arena *A, sr_Str path,
                      sr_Str *out) {
  const Given *g = (const Given *)ud;
  const char *name = sr_arena_copy(S, A, path.ptr, path.len);
  sr_Str now;
  if (name == NULL) return SYMRUN_NOMEM;
  if (read_given(ud, S, A, path, &now) != SYMRUN_OK)
    return sr_text_read(S, A, g->folder, name, SIZE_MAX / 8, out);
  return sr_text_read(S, A, NULL, now.ptr, SIZE_MAX / 8, out);
}


/* The table at 'arg', path -> bytes, as C sees it; leaves it on the stack. */
static Given *given_files (lua_State *L, int arg) {
  size_t n = 0;
  Given *g;
  for (lua_pushnil(L); lua_next(L, arg) != 0; lua_pop(L, 1)) n++;
  g = (Given *)lua_newuserdatauv(L, sizeof *g + n * sizeof g->files[0], 0);
  g->count = 0;
  g->folder = NULL;
  for (lua_pushnil(L); lua_next(L, arg) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "files are a table of paths and their bytes");
    g->files[g->count].path = sr_checkstr(L, -2);
    g->files[g->count++].bytes = sr_checkstr(L, -1);
  }
  return g;
}


static sr_Str *words_at (lua_State *L, int arg, size_t *count) {
  size_t n = (size_t)luaL_len(L, arg), i;
  sr_Str *words = (sr_Str *)lua_newuserdatauv(L, (n + 1) * sizeof *words, 0);
  for (i = 0; i < n; i++) {
    if (lua_rawgeti(L, arg, (lua_Integer)i + 1) != LUA_TSTRING)
      luaL_error(L, "the words of a line are strings");
    words[i] = sr_checkstr(L, -1);
    lua_pop(L, 1);  /* the table keeps it */
  }
  *count = n;
  return words;
}


/* line(words [, {flavour=, folder=, files=, kept=}]) -> line; 'files' has bytes
   by path, 'kept' the path at which a file now is */
static int l_line (lua_State *L) {
  sr_LinkGiven given;
  size_t count;
  sr_Str *words;
  LinkBox *box;
  memset(&given, 0, sizeof given);
  luaL_checktype(L, 1, LUA_TTABLE);
  if (lua_isnoneornil(L, 2)) {
    lua_settop(L, 1);
    lua_newtable(L);
  }
  lua_settop(L, 2);
  if (lua_getfield(L, 2, "flavour") != LUA_TNIL) {
    given.flavour = sr_flavour_named(sr_checkstr(L, 3));
    luaL_argcheck(L, given.flavour != NULL, 2, "there is no such flavour");
  }
  lua_getfield(L, 2, "folder");
  given.folder = luaL_optstring(L, 4, NULL);
  box = (LinkBox *)lua_newuserdatauv(L, sizeof *box, 2);
  box->link = NULL;
  luaL_setmetatable(L, SR_LINK_T);                /* 5: the line */
  if (lua_getfield(L, 2, "files") != LUA_TNIL) {  /* 6 */
    luaL_checktype(L, 6, LUA_TTABLE);
    given.ud = given_files(L, 6);                 /* 7 */
    given.read = read_given;
    lua_setiuservalue(L, 5, 1);
    lua_setiuservalue(L, 5, 2);  /* its strings are the texts */
  }
  else if (lua_getfield(L, 2, "kept") != LUA_TNIL) {
    Given *kept;
    luaL_checktype(L, 7, LUA_TTABLE);
    given.ud = kept = given_files(L, 7);          /* 8 */
    kept->folder = given.folder;
    given.read = read_kept;
  }
  words = words_at(L, 1, &count);
  sr_check(L, sr_link_new(sr_engine(L), words, count, &given, &box->link));
  lua_pushvalue(L, 5);
  return 1;
}


static int k_gc (lua_State *L) {
  LinkBox *box = (LinkBox *)luaL_checkudata(L, 1, SR_LINK_T);
  if (box->link != NULL && sr_engine_if_any(L) != NULL)
    sr_link_free(box->link);
  box->link = NULL;
  return 0;
}


/* flavours() -> array of names */
static int l_flavours (lua_State *L) {
  const sr_Flavour *F;
  size_t i;
  lua_newtable(L);
  for (i = 0; (F = sr_flavour_at(i)) != NULL; i++) {
    lua_pushstring(L, F->name);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}


/* option(name) -> {role = true, ...}, with "none" for none | nil: there is no
   such option */
static int l_option (lua_State *L) {
  bool roles[SR_OPT_OPAQUE + 1];
  int i;
  if (!sr_option_known(sr_checkstr(L, 1), roles)) return 0;
  lua_newtable(L);
  for (i = 0; i <= SR_OPT_OPAQUE; i++) {
    if (!roles[i]) continue;
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, sr_role_name((sr_LinkRole)i));
  }
  return 1;
}


/* -- links ------------------------------------------------------------- */

static const char *const kinds[] = {
  "input", "library", "text", "option", "strange", "broken", NULL
};


static void push_part (lua_State *L, int link, size_t number) {
  PartBox *box = (PartBox *)lua_newuserdatauv(L, sizeof *box, 1);
  box->link = tolink(L, link);
  box->number = number;
  luaL_setmetatable(L, SR_PART_T);
  lua_pushvalue(L, link);
  lua_setiuservalue(L, -2, 1);
}


/* line:flavour() -> name, dialect, driver? */
static int k_flavour (lua_State *L) {
  static const char *const dialects[] = {"gnu", "apple", "msvc", "wasm"};
  const sr_Flavour *F = sr_link_flavour(tolink(L, 1));
  lua_pushstring(L, F->name);
  lua_pushstring(L, dialects[F->dialect]);
  lua_pushboolean(L, F->driver != 0);
  return 3;
}


/* line:words() -> array of strings, as they were given */
static int k_words (lua_State *L) {
  const sr_Str *words;
  size_t n = sr_link_words(tolink(L, 1), &words), i;
  lua_createtable(L, (int)(n < INT_MAX ? n : 0), 0);
  for (i = 0; i < n; i++) {
    push_str(L, words[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}


static int next_part (lua_State *L) {
  size_t i = (size_t)lua_tointeger(L, lua_upvalueindex(2));
  const sr_Link *K = tolink(L, lua_upvalueindex(1));
  if (sr_link_part(K, i) == NULL) return 0;
  lua_pushinteger(L, (lua_Integer)i + 1);
  lua_replace(L, lua_upvalueindex(2));
  push_part(L, lua_upvalueindex(1), i);
  return 1;
}


/* for part in line:parts() do */
static int k_parts (lua_State *L) {
  tolink(L, 1);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, next_part, 2);
  return 1;
}


static int next_role (lua_State *L) {
  size_t i = (size_t)lua_tointeger(L, lua_upvalueindex(2));
  sr_LinkRole role = (sr_LinkRole)lua_tointeger(L, lua_upvalueindex(3));
  if (sr_link_role(tolink(L, lua_upvalueindex(1)), role, &i) == NULL) return 0;
  lua_pushinteger(L, (lua_Integer)i + 1);
  lua_replace(L, lua_upvalueindex(2));
  push_part(L, lua_upvalueindex(1), i);
  return 1;
}


static sr_LinkRole checkrole (lua_State *L, int arg) {
  sr_LinkRole role = SR_OPT_NONE;
  if (!sr_role_named(sr_checkstr(L, arg), &role))
    luaL_error(L, "no option has the role '%s'", lua_tostring(L, arg));
  return role;
}


/* for part in line:role "version-script" do */
static int k_role (lua_State *L) {
  tolink(L, 1);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  lua_pushinteger(L, checkrole(L, 2));
  lua_pushcclosure(L, next_role, 3);
  return 1;
}


static int next_named (lua_State *L) {
  size_t i = (size_t)lua_tointeger(L, lua_upvalueindex(2));
  if (sr_link_named(tolink(L, lua_upvalueindex(1)),
                    sr_checkstr(L, lua_upvalueindex(3)), &i) == NULL) return 0;
  lua_pushinteger(L, (lua_Integer)i + 1);
  lua_replace(L, lua_upvalueindex(2));
  push_part(L, lua_upvalueindex(1), i);
  return 1;
}


/* for part in line:options "--version-script" do: in whatever spelling */
static int k_options (lua_State *L) {
  tolink(L, 1);
  luaL_checkstring(L, 2);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, next_named, 3);
  return 1;
}


/* line:sure([role]) -> true | nil, reason */
static int k_sure (lua_State *L) {
  sr_Link *K = tolink(L, 1);
  int rc = lua_isnoneornil(L, 2) ? sr_link_sure(K)
         : sr_link_sure_of(K, checkrole(L, 2));
  if (rc != SYMRUN_OK) return sr_no_answer(L, rc);
  lua_pushboolean(L, 1);
  return 1;
}


/* line:links() -> does it link? boolean | nil, reason */
static int k_links (lua_State *L) {
  int rc = sr_link_links(tolink(L, 1));
  if (rc < 0) return sr_no_answer(L, rc);
  lua_pushboolean(L, rc);
  return 1;
}


/* line:output() -> string | nil, reason */
static int k_output (lua_State *L) {
  sr_Str out = {NULL, 0};
  int rc = sr_link_output(tolink(L, 1), &out);
  if (rc != SYMRUN_OK) return sr_no_answer(L, rc);
  push_str(L, out);
  return 1;
}


/* line:texts() -> array of {path=, role=, bytes=, from=}: the files of words
   that were read, 'from' being the number of the one that names it, 0 the line
   itself */
static int k_texts (lua_State *L) {
  const sr_Link *K = tolink(L, 1);
  const sr_LinkText *t;
  size_t i;
  lua_newtable(L);
  for (i = 1; (t = sr_link_text(K, i)) != NULL; i++) {
    lua_createtable(L, 0, 4);
    push_str(L, t->path);
    lua_setfield(L, -2, "path");
    push_str(L, t->bytes);
    lua_setfield(L, -2, "bytes");
    lua_pushstring(L, sr_role_name(t->role));
    lua_setfield(L, -2, "role");
    lua_pushinteger(L, (lua_Integer)t->in);
    lua_setfield(L, -2, "from");
    lua_rawseti(L, -2, (lua_Integer)i);
  }
  return 1;
}


static void push_printed (lua_State *L, const sr_Printed *out) {
  size_t i;
  lua_newtable(L);                                /* words */
  for (i = 0; i < out->count; i++) {
    push_str(L, out->words[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_newtable(L);                                /* words made */
  for (i = 0; i < out->nmade; i++) {
    lua_createtable(L, 0, 3);
    push_str(L, out->made[i].path);
    lua_setfield(L, -2, "path");
    push_str(L, out->made[i].bytes);
    lua_setfield(L, -2, "bytes");
    lua_pushinteger(L, (lua_Integer)out->made[i].text);
    lua_setfield(L, -2, "text");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}


/* line:print([changes [, folder]]) -> words, {{path=, bytes=, text=}...} |
   nil, reason */
static int k_print (lua_State *L) {
  sr_Link *K = tolink(L, 1);
  ChangesBox *box = lua_isnoneornil(L, 2) ? NULL
                  : (ChangesBox *)sr_checkobject(L, 2, SR_CHANGES_T);
  sr_Str folder = {"", 0};
  sr_Printed out;
  int rc;
  luaL_argcheck(L, box == NULL || box->link == K, 2, "is of another line");
  if (!lua_isnoneornil(L, 3)) folder = sr_checkstr(L, 3);
  rc = sr_link_print(K, box == NULL ? NULL : box->changes, folder, &out);
  if (rc != SYMRUN_OK) return sr_no_answer(L, rc);
  push_printed(L, &out);
  return 2;
}


static int k_tostring (lua_State *L) {
  sr_Link *K = tolink(L, 1);
  const sr_Str *words;
  char shown[256];
  size_t n = sr_link_words(K, &words);
  if (n == 0) lua_pushliteral(L, "an empty line");
  else {
    sr_printable(shown, sizeof shown, words[0].ptr, words[0].len);
    lua_pushfstring(L, "a line of %s", shown);
  }
  return 1;
}


/* -- parts ------------------------------------------------------------- */

static int p_kind (lua_State *L) {
  lua_pushstring(L, kinds[topart(L, 1)->kind]);
  return 1;
}


/* part:role() -> string, or nil for none */
static int p_role (lua_State *L) {
  const sr_LinkPart *p = topart(L, 1);
  if (p->role == SR_OPT_NONE) lua_pushnil(L);
  else lua_pushstring(L, sr_role_name(p->role));
  return 1;
}


/* part:name() -> the option's one name, or nil */
static int p_name (lua_State *L) {
  lua_pushstring(L, topart(L, 1)->name);
  return 1;
}


/* part:value([i]) -> string, or nil */
static int p_value (lua_State *L) {
  const sr_LinkPart *p = topart(L, 1);
  lua_Integer i = luaL_optinteger(L, 2, 1);
  if (i < 1 || i > (lua_Integer)p->nvalues) lua_pushnil(L);
  else push_str(L, p->values[i - 1]);
  return 1;
}


/* part:text() -> its first word, as the linker sees it */
static int p_text (lua_State *L) {
  push_str(L, topart(L, 1)->text);
  return 1;
}


/* part:word() -> number of the line's word that it came from */
static int p_word (lua_State *L) {
  lua_pushinteger(L, (lua_Integer)topart(L, 1)->word);
  return 1;
}


static int p_maybe (lua_State *L) {
  lua_pushboolean(L, topart(L, 1)->maybe);
  return 1;
}


/* part:of_driver() -> is it the driver's own, not the linker's? */
static int p_of_driver (lua_State *L) {
  lua_pushboolean(L, topart(L, 1)->driver);
  return 1;
}


/* part:is_in("whole" | "group" | "lazy" | "as-needed" | "static") */
static int p_is_in (lua_State *L) {
  static const char *const states[] = {
    "whole", "group", "lazy", "as-needed", "static", NULL
  };
  const sr_LinkPart *p = topart(L, 1);
  unsigned bit = 1u << luaL_checkoption(L, 2, NULL, states);
  lua_pushboolean(L, (p->state & bit) != 0);
  return 1;
}


static int p_group (lua_State *L) {
  lua_pushinteger(L, (lua_Integer)topart(L, 1)->group);
  return 1;
}


/* part:trouble() -> why it is not understood, or nil */
static int p_trouble (lua_State *L) {
  PartBox *box = (PartBox *)sr_checkobject(L, 1, SR_PART_T);
  lua_pushstring(L, sr_link_trouble(box->link, box->number));
  return 1;
}


static int p_eq (lua_State *L) {
  PartBox *a = (PartBox *)luaL_testudata(L, 1, SR_PART_T);
  PartBox *b = (PartBox *)luaL_testudata(L, 2, SR_PART_T);
  lua_pushboolean(L, a != NULL && b != NULL && a->link == b->link
                  && a->number == b->number);
  return 1;
}


static int p_tostring (lua_State *L) {
  sr_Str text = topart(L, 1)->text;
  char shown[1024];
  size_t n = sr_printable(shown, sizeof shown, text.ptr, text.len);
  lua_pushlstring(L, shown, n);
  return 1;
}


static const luaL_Reg link_methods[] = {
  {"flavour", k_flavour}, {"words", k_words}, {"parts", k_parts},
  {"role", k_role}, {"options", k_options}, {"sure", k_sure},
  {"links", k_links}, {"output", k_output}, {"texts", k_texts},
  {"print", k_print}, {"changes", sr_link_changes}, {NULL, NULL}
};

static const luaL_Reg link_meta[] = {
  {"__gc", k_gc}, {"__tostring", k_tostring}, {NULL, NULL}
};

static const luaL_Reg part_methods[] = {
  {"kind", p_kind}, {"role", p_role}, {"name", p_name}, {"value", p_value},
  {"text", p_text}, {"word", p_word}, {"maybe", p_maybe},
  {"of_driver", p_of_driver}, {"is_in", p_is_in}, {"group", p_group},
  {"trouble", p_trouble}, {NULL, NULL}
};

static const luaL_Reg part_meta[] = {
  {"__eq", p_eq}, {"__tostring", p_tostring}, {NULL, NULL}
};

static const luaL_Reg funcs[] = {
  {"line", l_line}, {"flavours", l_flavours}, {"option", l_option},
  {NULL, NULL}
};


void sr_open_link (lua_State *L) {
  sr_newtype(L, SR_LINK_T, link_meta, link_methods);
  sr_newtype(L, SR_PART_T, part_meta, part_methods);
  sr_open_changes(L);
  luaL_setfuncs(L, funcs, 0);
}
