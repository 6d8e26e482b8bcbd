/*
** link_table.c
** Words looked up among the options.  The rows become a hash table of names
** when a line is read, which costs less than a line of ten words.
*/

#include "link_inner.h"

#define MOST  ((size_t)48)  /* bytes of the longest name */

typedef struct Name {
  const char *text;
  const sr_Row *row;
  const char *canonical;  /* with its dashes */
  uint32_t next;          /* with the same hash; 0: none */
  unsigned char len;
} Name;

struct sr_Table {
  symrun *S;
  sr_Dialect dialect;
  bool driver;
  bool gnu;               /* a second dash is no part of a name */
  bool fold;              /* nor is case */
  Name *names;            /* from 1 */
  uint32_t count, *slots, mask;
  size_t longest;         /* name that a value may follow at once */
};


/* -- making ------------------------------------------------------------ */

static unsigned char lower (unsigned char c) {
  return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}


static uint32_t step (uint32_t hash, const sr_Table *T, char c) {
  unsigned char u = (unsigned char)c;
  return (hash ^ (T->fold ? lower(u) : u)) * 16777619u;
}


static uint32_t hash_of (const sr_Table *T, const char *s, size_t len) {
  uint32_t hash = 2166136261u;
  size_t i;
  for (i = 0; i < len; i++) hash = step(hash, T, s[i]);
  return hash;
}


/* GNU and wasm: "-x", "--long"; the others say themselves. */
static const char *spelled (sr_Table *T, sr_Arena *A, const char *s,
                            size_t len) {
  bool two = T->gnu && len > 1;
  bool slash = !T->driver && T->dialect == SR_DIALECT_MSVC && *s != '-';
  char text[MOST + 3];
  size_t n = 0, i;
  text[n++] = slash ? '/' : '-';
  if (two) text[n++] = '-';
  for (i = 0; i < len; i++)
    text[n++] = slash && s[i] >= 'a' && s[i] <= 'z' ? (char)(s[i] - 32) : s[i];
  return sr_arena_copy(T->S, A, text, n);
}


static size_t count_names (const sr_Row *rows) {
  size_t n = 0;
  const char *p;
  for (; rows->names != NULL; rows++)
    for (n++, p = rows->names; *p != '\0'; p++) n += *p == ' ';
  return n;
}


static int add_row (sr_Table *T, sr_Arena *A, const sr_Row *row) {
  const char *p = row->names, *canonical = NULL;
  while (*p != '\0') {
    size_t len = strcspn(p, " ");
    Name *name = &T->names[++T->count];
    uint32_t *slot = &T->slots[hash_of(T, p, len) & T->mask];
    if (canonical == NULL || (row->forms & SR_ALIAS) == 0)
      canonical = spelled(T, A, p, len);
    if (canonical == NULL) return SYMRUN_NOMEM;
    name->text = p;
    name->len = (unsigned char)len;
    name->row = row;
    name->canonical = canonical;
    /* rows that stand first are met first */
    while (*slot != 0) slot = &T->names[*slot].next;
    *slot = T->count;
    if ((row->forms & (SR_JOIN | SR_JOINSEP)) != 0 && len > T->longest)
      T->longest = len;
    p += len + (p[len] == ' ');
  }
  return SYMRUN_OK;
}


int sr_table_new (symrun *S, sr_Arena *A, const sr_Row *rows,
                  sr_Dialect dialect, bool driver, sr_Table **out) {
  size_t n = count_names(rows), slots = 64;
  sr_Table *T = (sr_Table *)sr_arena_new(S, A, sizeof *T);
  if (T == NULL) return SYMRUN_NOMEM;
  while (slots < n * 2) slots *= 2;
  memset(T, 0, sizeof *T);
  T->S = S;
  T->dialect = dialect;
  T->driver = driver;
  T->gnu = !driver
        && (dialect == SR_DIALECT_GNU || dialect == SR_DIALECT_WASM);
  T->fold = !driver && dialect == SR_DIALECT_MSVC;
  T->mask = (uint32_t)slots - 1;
  T->names = (Name *)sr_arena_new(S, A, (n + 1) * sizeof *T->names);
  T->slots = (uint32_t *)sr_arena_new(S, A, slots * sizeof *T->slots);
  if (T->names == NULL || T->slots == NULL) return SYMRUN_NOMEM;
  memset(T->names, 0, (n + 1) * sizeof *T->names);
  memset(T->slots, 0, slots * sizeof *T->slots);
  for (; rows->names != NULL; rows++)
    if (add_row(T, A, rows) != SYMRUN_OK) return SYMRUN_NOMEM;
  *out = T;
  return SYMRUN_OK;
}


/* -- looking up -------------------------------------------------------- */

typedef struct Asked {
  const char *body;     /* the word without its dashes */
  size_t len, dashes;
  unsigned by;
} Asked;


static bool same (const sr_Table *T, const Name *name, const char *s,
                  size_t len) {
  size_t i;
  if (name->len != len) return false;
  if (!T->fold) return memcmp(name->text, s, len) == 0;
  for (i = 0; i < len; i++)
    if (lower((unsigned char)name->text[i]) != lower((unsigned char)s[i]))
      return false;
  return true;
}


/* Does the name of a row stand for this many dashes?  One letter never has
   two; of GNU's longer ones those with "o" first have two. */
static bool dashes_fit (const sr_Table *T, const Name *name, const Asked *a) {
  if (!T->gnu) return true;  /* the second one is in the name */
  if (name->len == 1) return a->dashes == 1;
  if (a->dashes == 2) return true;
  if (T->dialect != SR_DIALECT_GNU) return true;
  if (*name->text == 'o') return a->by == SR_BY_GOLD;
  return (name->row->forms & SR_LLD2) == 0 || a->by != SR_BY_LLD;
}


/* The form, of those in 'forms', in which a row takes a word; 0: none. */
static unsigned form_of (const sr_Table *T, const Name *name,
                         unsigned forms) {
  unsigned have = name->row->forms & forms;
  /* "soname h": the value of a short one may follow at once */
  if (T->gnu && name->len > 1 && (name->row->forms & SR_SEP) != 0)
    have &= ~(unsigned)SR_JOIN;
  if (name->len == 1 && T->dialect != SR_DIALECT_MSVC)
    have &= ~(unsigned)SR_EQ;  /* "-o=x" makes a file "=x" */
  return have;
}


/* What the rows with this name say of it.  'forms' is what the word is like:
   the whole of it, up to a "=", or up to a value. */
static bool find (const sr_Table *T, const Asked *a, size_t len, uint32_t hash,
                  unsigned forms, sr_Match *out) {
  uint32_t i = T->slots[hash & T->mask];
  bool found = false;
  for (; i != 0; i = T->names[i].next) {
    const Name *name = &T->names[i];
    unsigned form, need;
    if (!same(T, name, a->body, len) || !dashes_fit(T, name, a)) continue;
    if (name->row->by != 0 && (name->row->by & a->by) == 0) continue;
    form = form_of(T, name, forms);
    if (form == 0) continue;
    need = (form & SR_FLAG) != 0 || (form & (SR_EQ | SR_JOIN)) != 0 ? 0
         : name->row->forms >> 12 != 0 ? name->row->forms >> 12 : 1;
    if (found) {
      out->differ |= need != out->need;
      if (name->row->role != out->row->role)
        out->other = (sr_LinkRole)name->row->role;
      continue;
    }
    found = true;
    out->row = name->row;
    out->name = name->canonical;
    out->need = need;
    out->value = (form & SR_JOINSEP) != 0 ? 0
               : (form & SR_EQ) != 0 ? a->dashes + len + 1
               : (form & SR_JOIN) != 0 ? a->dashes + len : 0;
    out->differ = false;
    out->other = SR_OPT_NONE;
  }
  return found;
}


/* The longest name that the word begins with and that a value may follow. */
static bool find_joined (const sr_Table *T, const Asked *a, sr_Match *out) {
  uint32_t hashes[MOST + 1];
  size_t most = a->len < T->longest ? a->len : T->longest, i;
  if (most > MOST) most = MOST;
  hashes[0] = 2166136261u;
  for (i = 0; i < most; i++) hashes[i + 1] = step(hashes[i], T, a->body[i]);
  for (i = most; i > 0; i--)
    if (find(T, a, i, hashes[i], SR_JOIN | SR_JOINSEP, out)) return true;
  return false;
}


/* Of -fPIC, -Wall and the like the whole is the name. */
static int whole_name (const sr_Table *T, sr_Arena *A, sr_Str word,
                       sr_Match *out) {
  const char *eq = (const char *)memchr(word.ptr, '=', word.len);
  size_t len = eq != NULL ? (size_t)(eq - word.ptr) : word.len;
  out->name = sr_arena_copy(T->S, A, word.ptr, len);
  out->value = eq != NULL ? len + 1 : 0;
  return out->name != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


bool sr_table_option (const sr_Table *T, sr_Str word) {
  if (word.len < 2) return false;
  if (word.ptr[0] == '-') return true;
  return T->fold && word.ptr[0] == '/';
}


static void ask (const sr_Table *T, sr_Str word, unsigned by, Asked *a) {
  a->dashes = T->gnu && word.len > 2 && word.ptr[1] == '-' ? 2 : 1;
  a->body = word.ptr + a->dashes;
  a->len = word.len - a->dashes;
  a->by = by;
}


/* Gold alone takes "-output" for "--output", and not for "-o utput". */
static bool golds (const sr_Table *T, const Asked *a, sr_Match *out) {
  const char *eq = (const char *)memchr(a->body, '=', a->len);
  Asked gold = *a;
  size_t len = eq != NULL ? (size_t)(eq - a->body) : a->len;
  if (T->dialect != SR_DIALECT_GNU || !T->gnu || a->dashes != 1 || len < 2
      || *a->body != 'o' || (a->by & SR_BY_GOLD) == 0) return false;
  gold.by = SR_BY_GOLD;
  return a->by != SR_BY_GOLD
      && find(T, &gold, len, hash_of(T, a->body, len),
              SR_FLAG | SR_SEP | SR_EQ, out);
}


int sr_table_match (const sr_Table *T, sr_Arena *A, sr_Str word, unsigned by,
                    sr_Match *out) {
  Asked a;
  char mark = T->fold && !(word.len > 1 && word.ptr[1] == '-') ? ':' : '=';
  const char *eq;
  ask(T, word, by, &a);
  memset(out, 0, sizeof *out);
  if (golds(T, &a, out)) {
    out->differ = true;
    return SYMRUN_OK;
  }
  eq = (const char *)memchr(a.body, mark, a.len);
  if (find(T, &a, a.len, hash_of(T, a.body, a.len), SR_FLAG | SR_SEP, out))
    return SYMRUN_OK;
  if (eq != NULL) {
    size_t len = (size_t)(eq - a.body);
    if (find(T, &a, len, hash_of(T, a.body, len), SR_EQ, out))
      return SYMRUN_OK;
  }
  if (!find_joined(T, &a, out)) return SYMRUN_END;
  if ((out->row->forms & SR_FAMILY) != 0)
    return whole_name(T, A, word, out);
  return SYMRUN_OK;
}


/* -- by name ----------------------------------------------------------- */

static sr_Str without_dashes (sr_Str s) {
  while (s.len > 0 && (*s.ptr == '-' || *s.ptr == '/')) {
    s.ptr++;
    s.len--;
  }
  return s;
}


bool sr_same_option (const char *name, sr_Str other, bool fold) {
  sr_Str a = {name, strlen(name)};
  size_t i;
  a = without_dashes(a);
  other = without_dashes(other);
  if (a.len != other.len) return false;
  for (i = 0; i < a.len; i++) {
    unsigned char x = (unsigned char)a.ptr[i], y = (unsigned char)other.ptr[i];
    if (fold ? lower(x) != lower(y) : x != y) return false;
  }
  return true;
}


/* A driver's "-undefined" is not what a linker's "--undefined" is. */
static bool spelled_so (const Name *n, sr_Str asked) {
  return asked.len == (size_t)n->len + 1
      && memcmp(asked.ptr + 1, n->text, n->len) == 0;
}


const sr_Row *sr_table_named (const sr_Table *T, sr_Str name, unsigned by,
                              const char **canonical) {
  uint32_t i;
  for (i = 1; i <= T->count; i++) {
    const Name *n = &T->names[i];
    char text[MOST + 1];
    if (n->row->by != 0 && (n->row->by & by) == 0) continue;
    if ((n->row->forms & SR_FAMILY) != 0) continue;
    memcpy(text, n->text, n->len);
    text[n->len] = '\0';
    if (!sr_same_option(text, name, T->fold)) continue;
    if (T->driver && name.len > 0 && *name.ptr == '-' && !spelled_so(n, name))
      continue;
    *canonical = n->canonical;
    return n->row;
  }
  return NULL;
}


/* BFD and gold take the beginning of a long name for all of it. */
bool sr_table_short (const sr_Table *T, sr_Str word, sr_LinkRole role) {
  const char *eq;
  uint32_t i;
  if (T->driver || T->dialect != SR_DIALECT_GNU) return false;
  word = without_dashes(word);
  eq = (const char *)memchr(word.ptr, '=', word.len);
  if (eq != NULL) word.len = (size_t)(eq - word.ptr);
  for (i = 1; i <= T->count; i++) {
    const Name *n = &T->names[i];
    if (n->row->role == role && n->len > word.len
        && memcmp(n->text, word.ptr, word.len) == 0) return true;
  }
  return false;
}
