/*
** lua_facts.c
** What a file or a member says beside symbols.  "None" is an empty list or nil
** and is certain; what cannot be told raises unknown, and so does reading of a
** target's table a field that the file has no word for.
*/

#include "binding.h"

#define FACTS_T  "symrun.facts"  /* an answer, while it is told */


static sr_File *subject (lua_State *L, int arg, uint32_t *member) {
  const sr_Scope *s = (const sr_Scope *)luaL_testudata(L, arg, SR_FILE_T);
  sr_engine(L);
  *member = 0;
  if (s != NULL) {
    sr_check(L, sr_file_probe(s->file));
    luaL_argcheck(L, !sr_file_has_members(s->file), arg, "an archive says "
                  "nothing of itself, its members do");
    return s->file;
  }
  s = (const sr_Scope *)luaL_testudata(L, arg, SR_MEMBER_T);
  if (s == NULL) luaL_typeerror(L, arg, "file or member");
  *member = s->only;
  return s->file;
}


/* Write into the record what could not be told, and raise. */
static void raise_unread (lua_State *L, sr_File *F, uint32_t member,
                          sr_View_name view) {
  sr_check(L, sr_plan_unread(sr_plan_of(L), F, F->vague ? SR_NONE : member,
                             view));
}


/* [-0, +1, e] The answer lives in what is pushed, and 'told' frees it. */
static sr_Facts *ask_of (lua_State *L, sr_FactKind what, sr_Str name) {
  uint32_t member;
  sr_File *F = subject(L, 1, &member);
  sr_Facts **box = (sr_Facts **)lua_newuserdatauv(L, sizeof *box, 0);
  int rc, done;
  *box = NULL;
  luaL_setmetatable(L, FACTS_T);
  sr_check(L, sr_plan_looked(sr_plan_of(L), F));
  rc = sr_facts_ask(F, member, what, name, box);
  done = sr_file_done(F);
  if (rc == SYMRUN_UNKNOWN) raise_unread(L, F, member, SR_FACT_VIEW(what));
  sr_check(L, rc);
  sr_check(L, done);
  return *box;
}


static sr_Facts *ask (lua_State *L, sr_FactKind what) {
  sr_Str none = {"", 0};
  return ask_of(L, what, none);
}


static int free_facts (lua_State *L, int arg) {
  sr_Facts **box = (sr_Facts **)luaL_checkudata(L, arg, FACTS_T);
  sr_facts_free(*box);  /* accepts NULL */
  *box = NULL;
  return 0;
}

static int a_gc (lua_State *L) { return free_facts(L, 1); }


static int list (lua_State *L, sr_FactKind what) {
  sr_Facts *A = ask(L, what);                     /* answer */
  int at = lua_gettop(L);
  size_t i;
  lua_newtable(L);                                /* answer list */
  for (i = 0; i < A->count; i++) {
    lua_pushlstring(L, A->list[i].text.ptr, A->list[i].text.len);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_pushstring(L, A->count > 0 ? A->list[0].field : NULL);
  free_facts(L, at);
  return 2;
}


/* The one text that there is, or nil. */
static int one (lua_State *L, sr_FactKind what) {
  sr_Facts *A = ask(L, what);                     /* answer */
  int at = lua_gettop(L);
  if (A->count == 0) lua_pushnil(L);
  else lua_pushlstring(L, A->list[0].text.ptr, A->list[0].text.len);
  free_facts(L, at);
  return 1;
}


static int yes_or_no (lua_State *L, sr_FactKind what) {
  sr_Facts *A = ask(L, what);                     /* answer */
  bool yes = A->count > 0 && A->list[0].number != 0;
  free_facts(L, lua_gettop(L));
  lua_pushboolean(L, yes);
  return 1;
}


/* [-1, +0] Make the function on top say what the table below it lacks. */
static void protect (lua_State *L) {
  lua_createtable(L, 0, 2);                       /* table function meta */
  lua_insert(L, -2);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
}


/* x:needed() -> list of shared libraries, in its order */
static int needed (lua_State *L) {
  list(L, SR_FACT_NEEDED);
  lua_pop(L, 1);
  return 1;
}

/* x:inputs() -> list of the files that a linker script names, as it does; empty
   for what is none */
static int inputs (lua_State *L) {
  list(L, SR_FACT_INPUTS);
  lua_pop(L, 1);
  return 1;
}

/* x:producers() -> list of the programs that say they made it */
static int producers (lua_State *L) {
  list(L, SR_FACT_PRODUCERS);
  lua_pop(L, 1);
  return 1;
}

/* x:run_paths() -> list, and "runpath" or "rpath" unless it is empty */
static int run_paths (lua_State *L) { return list(L, SR_FACT_RUN_PATHS); }

/* x:soname() -> string, or nil */
static int soname (lua_State *L) { return one(L, SR_FACT_SONAME); }

/* x:interpreter() -> string, or nil */
static int interpreter (lua_State *L) { return one(L, SR_FACT_INTERPRETER); }

/* x:build_id() -> string of hexadecimal digits, or nil */
static int build_id (lua_State *L) { return one(L, SR_FACT_BUILD_ID); }

/* x:executable_stack() -> boolean */
static int executable_stack (lua_State *L) {
  return yes_or_no(L, SR_FACT_STACK);
}

/* x:text_relocations() -> boolean */
static int text_relocations (lua_State *L) {
  return yes_or_no(L, SR_FACT_TEXTREL);
}


/* -- constructors ---------------------------------------------------------- */

/* one.functions -> the functions of the list whose number is upvalue 2, of
   what upvalue 1 is: they are looked for when somebody asks. */
static int functions (lua_State *L) {
  const char *key = luaL_tolstring(L, 2, NULL);
  lua_Integer list = lua_tointeger(L, lua_upvalueindex(2)), n = 0;
  sr_Facts *A;
  size_t i;
  int at;
  if (strcmp(key, "functions") != 0)
    return luaL_error(L, "a list of constructors has no field '%s'", key);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_replace(L, 1);
  A = ask(L, SR_FACT_CALLED);                     /* answer */
  at = lua_gettop(L);
  lua_newtable(L);                                /* answer functions */
  for (i = 0; i < A->count && list >= 0; i++) {
    const sr_Fact *fact = &A->list[i];
    if (strcmp(fact->field, "section") == 0) { list--; continue; }
    if (list != 0) continue;
    lua_pushlstring(L, fact->text.ptr, fact->text.len);
    lua_rawseti(L, -2, ++n);
  }
  free_facts(L, at);
  return 1;
}


/* x:constructors() -> list of {section=, count=, functions=} */
static int constructors (lua_State *L) {
  sr_Facts *A = ask(L, SR_FACT_CONSTRUCTORS);     /* answer */
  int at = lua_gettop(L);
  size_t i;
  lua_newtable(L);                                /* answer list */
  for (i = 0; i < A->count; i++) {
    lua_createtable(L, 0, 2);                     /* answer list one */
    lua_pushlstring(L, A->list[i].text.ptr, A->list[i].text.len);
    lua_setfield(L, -2, "section");
    lua_pushinteger(L, (lua_Integer)A->list[i].number);
    lua_setfield(L, -2, "count");
    lua_pushvalue(L, 1);
    lua_pushinteger(L, (lua_Integer)i + 1);
    lua_pushcclosure(L, functions, 2);
    protect(L);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  free_facts(L, at);
  return 1;
}


/* -- sections -------------------------------------------------------------- */

static void set_flag (lua_State *L, const sr_Fact *fact, unsigned flag,
                      const char *field) {
  lua_pushboolean(L, (fact->flags & flag) != 0);
  lua_setfield(L, -2, field);
}


/* [-0, +1, e] Of the answer at the top. */
static int tell_sections (lua_State *L, sr_Facts *A) {
  int at = lua_gettop(L);
  size_t i;
  lua_newtable(L);                                /* answer list */
  for (i = 0; i < A->count; i++) {
    const sr_Fact *fact = &A->list[i];
    lua_createtable(L, 0, 7);                     /* answer list one */
    lua_pushlstring(L, fact->text.ptr, fact->text.len);
    lua_setfield(L, -2, "name");
    lua_pushinteger(L, (lua_Integer)fact->number);
    lua_setfield(L, -2, "size");
    set_flag(L, fact, SR_SECTION_WRITE, "writable");
    set_flag(L, fact, SR_SECTION_EXECUTE, "executable");
    set_flag(L, fact, SR_SECTION_RETAIN, "retain");
    set_flag(L, fact, SR_SECTION_EXCLUDE, "exclude");
    set_flag(L, fact, SR_SECTION_COMDAT, "comdat");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  free_facts(L, at);
  return 1;
}


/* x:sections_of(name) -> list of {name=, size=, writable=, executable=,
   retain=, exclude=, comdat=}: of each definition of that name, local ones
   too */
static int sections_of (lua_State *L) {
  return tell_sections(L, ask_of(L, SR_FACT_SECTIONS_OF, sr_checkstr(L, 2)));
}

/* x:sections() -> such a list of all sections, in the file's order */
static int sections (lua_State *L) {
  return tell_sections(L, ask(L, SR_FACT_SECTIONS));
}


/* x:section_bytes(name) -> list of strings, one for each section of the name */
static int section_bytes (lua_State *L) {
  sr_Facts *A = ask_of(L, SR_FACT_BYTES, sr_checkstr(L, 2));  /* answer */
  int at = lua_gettop(L);
  size_t i;
  lua_newtable(L);                                /* answer list */
  for (i = 0; i < A->count; i++) {
    lua_pushlstring(L, A->list[i].text.ptr, A->list[i].text.len);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  free_facts(L, at);
  return 1;
}


/* x:lto() -> {code=, kind=, section=, native=, embedded=}, or nil */
static int lto (lua_State *L) {
  sr_Facts *A = ask(L, SR_FACT_LTO);              /* answer */
  int at = lua_gettop(L);
  size_t i;
  if (A->count == 0) lua_pushnil(L);
  else {
    lua_createtable(L, 0, 5);                     /* answer lto */
    for (i = 0; i < A->count; i++) {
      lua_pushlstring(L, A->list[i].text.ptr, A->list[i].text.len);
      lua_setfield(L, -2, A->list[i].field);
    }
    set_flag(L, &A->list[0], SR_LTO_NATIVE, "native");
    set_flag(L, &A->list[0], SR_LTO_EMBEDDED, "embedded");
  }
  free_facts(L, at);
  return 1;
}


/* -- targets --------------------------------------------------------------- */

/* What a file has no word for is not nil, which would be unlike all that a
   rule compares it with. */
static int no_word (lua_State *L) {
  const char *key = luaL_tolstring(L, 2, NULL);
  sr_View_name view;
  uint32_t member;
  sr_File *F = subject(L, lua_upvalueindex(1), &member);
  int rc = sr_facts_missing(F, member, key, &view);
  if (rc == SYMRUN_END)
    return luaL_error(L, "a target has no field '%s'", key);
  if (rc == SYMRUN_UNKNOWN) raise_unread(L, F, member, view);
  sr_check(L, rc);
  return 0;
}


/* x:target() -> {machine=, bits=, endian=, os=, abi=} */
static int target (lua_State *L) {
  sr_Facts *A = ask(L, SR_FACT_TARGET);           /* answer */
  int at = lua_gettop(L);
  size_t i;
  lua_createtable(L, 0, 5);                       /* answer target */
  for (i = 0; i < A->count; i++) {
    const sr_Fact *fact = &A->list[i];
    if (fact->number != 0) lua_pushinteger(L, (lua_Integer)fact->number);
    else lua_pushlstring(L, fact->text.ptr, fact->text.len);
    lua_setfield(L, -2, fact->field);
  }
  free_facts(L, at);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, no_word, 1);
  protect(L);
  return 1;
}


static const luaL_Reg meth[] = {
  {"needed", needed},
  {"inputs", inputs},
  {"soname", soname},
  {"run_paths", run_paths},
  {"interpreter", interpreter},
  {"build_id", build_id},
  {"producers", producers},
  {"executable_stack", executable_stack},
  {"text_relocations", text_relocations},
  {"constructors", constructors},
  {"sections_of", sections_of},
  {"sections", sections},
  {"section_bytes", section_bytes},
  {"lto", lto},
  {"target", target},
  {NULL, NULL}
};

static const luaL_Reg metameth[] = {
  {"__gc", a_gc},
  {"__close", a_gc},
  {NULL, NULL}
};


void sr_add_facts (lua_State *L) {
  luaL_setfuncs(L, meth, 0);
}


void sr_open_facts (lua_State *L) {
  sr_newtype(L, FACTS_T, metameth, NULL);
}
