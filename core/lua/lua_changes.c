/*
** lua_changes.c
** What a rule wants changed of a line, as a Lua object.  It keeps the line.
*/

#include "lua_link.h"


/* line:changes() -> changes */
int sr_link_changes (lua_State *L) {
  sr_Link *K = sr_tolink(L, 1);
  sr_ChangesBox *box = (sr_ChangesBox *)lua_newuserdatauv(L, sizeof *box, 1);
  box->changes = NULL;
  box->link = K;
  luaL_setmetatable(L, SR_CHANGES_T);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  sr_check(L, sr_changes_new(K, &box->changes));
  return 1;
}


static int c_gc (lua_State *L) {
  sr_ChangesBox *box = (sr_ChangesBox *)luaL_checkudata(L, 1, SR_CHANGES_T);
  if (box->changes != NULL && sr_engine_if_any(L) != NULL)
    sr_changes_free(box->changes);
  box->changes = NULL;
  return 0;
}


static sr_ChangesBox *tochanges (lua_State *L) {
  return (sr_ChangesBox *)sr_checkobject(L, 1, SR_CHANGES_T);
}


static size_t part_of (lua_State *L, int arg, const sr_ChangesBox *box) {
  sr_PartBox *part = (sr_PartBox *)sr_checkobject(L, arg, SR_PART_T);
  luaL_argcheck(L, part->link == box->link, arg, "is of another line");
  return part->number;
}


static int changed (lua_State *L, int rc) {
  if (rc != SYMRUN_OK) return sr_no_answer(L, rc);
  lua_pushboolean(L, 1);
  return 1;
}


/* changes:drop(rule, part) -> true | nil, reason */
static int c_drop (lua_State *L) {
  sr_ChangesBox *box = tochanges(L);
  return changed(L, sr_change_drop(box->changes, luaL_checkstring(L, 2),
                                   part_of(L, 3, box)));
}


/* changes:set(rule, part, value) -> true | nil, reason */
static int c_set (lua_State *L) {
  sr_ChangesBox *box = tochanges(L);
  return changed(L, sr_change_value(box->changes, luaL_checkstring(L, 2),
                                    part_of(L, 3, box), sr_checkstr(L, 4)));
}


static sr_LinkPlace place_of (lua_State *L, const sr_ChangesBox *box,
                              size_t *part) {
  static const char *const places[] = {
    "first", "before", "after", "last", NULL
  };
  sr_LinkPlace place = (sr_LinkPlace)luaL_checkoption(L, 3, NULL, places);
  *part = place == SR_AT_BEFORE || place == SR_AT_AFTER
        ? part_of(L, 4, box) : 0;
  return place;
}


/* changes:add(rule, place, part or nil, option [, value]) -> true | nil,
   reason */
static int c_add (lua_State *L) {
  sr_ChangesBox *box = tochanges(L);
  size_t part;
  sr_LinkPlace place = place_of(L, box, &part);
  sr_Str value = {NULL, 0};
  if (!lua_isnoneornil(L, 6)) value = sr_checkstr(L, 6);
  return changed(L, sr_change_add(box->changes, luaL_checkstring(L, 2), place,
                                  part, sr_checkstr(L, 5),
                                  value.ptr == NULL ? NULL : &value));
}


/* changes:add_word(rule, place, part or nil, word) -> true | nil, reason */
static int c_add_word (lua_State *L) {
  sr_ChangesBox *box = tochanges(L);
  size_t part;
  sr_LinkPlace place = place_of(L, box, &part);
  return changed(L, sr_change_add_word(box->changes, luaL_checkstring(L, 2),
                                       place, part, sr_checkstr(L, 5)));
}


/* changes:any() -> boolean */
static int c_any (lua_State *L) {
  lua_pushboolean(L, sr_changes_any(tochanges(L)->changes));
  return 1;
}


static const luaL_Reg changes_methods[] = {
  {"drop", c_drop}, {"set", c_set}, {"add", c_add}, {"add_word", c_add_word},
  {"any", c_any}, {NULL, NULL}
};

static const luaL_Reg changes_meta[] = {{"__gc", c_gc}, {NULL, NULL}};


void sr_open_changes (lua_State *L) {
  sr_newtype(L, SR_CHANGES_T, changes_meta, changes_methods);
}
