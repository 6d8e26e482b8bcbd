/*
** names.c
** The algebra of sets against one that is computed name by name.  The model
** needs no infinity: beside the twelve names that sets hold there are names
** that no set ever lists, one for each way in which the patterns can agree,
** and what an open part does with these it does with all names like them.
*/

#include "model/model.h"
#include "check.h"

enum { LISTED = 12, ALL = 28, FILES = 2, MEMBERS = 3, PATTERNS = 7,
       POOL = 24, ROUNDS = 120000 };

static const char *const names[ALL] = {
  "js_a", "js_b", "js_ab", "js_", "rb_a", "rb_b", "a", "b", "_js_a", "js_a_x",
  "x", "rb_js_a",
  /* never in a set: */
  "js_q_a", "js_zz", "rb_zz", "rb_q_a", "q_a", "zz", "js_zz_x", "rb_zz_x",
  "q_x", "js_ax_a", "rb_a_x_a", "_zz_js_a", "js_q_js_a", "rb_q_js_a",
  "js_q_x_js_a_x", "zzjs_"
};

static const char *const patterns[PATTERNS] = {
  NULL, "js_*", "*_a", "rb_*", "js_a", "*[ab]", "{js,rb}_?"
};

/* What a set should be: names and places that are sure, names that may be. */
typedef struct Model {
  uint32_t sure, maybe;
  unsigned char places[LISTED];  /* bits: file * MEMBERS + member */
  bool blurred;                  /* so many terms that some were let go */
} Model;

typedef struct Set { sr_Names *N; Model m; } Set;

static symrun *S;
static uint32_t ids[ALL];
static const sr_Glob *globs[PATTERNS];
static sr_File *files[FILES];


static void begin (void) {
  static const char archive[] = "!<arch>\n";
  size_t i;
  S = symrun_new(NULL, NULL);
  MUST(S != NULL);
  for (i = 0; i < ALL; i++)
    ids[i] = sr_intern(S, &S->model->names, names[i], strlen(names[i]));
  for (i = 1; i < PATTERNS; i++) {
    sr_Str text = {patterns[i], strlen(patterns[i])};
    MUST(sr_glob_get(S, text, SR_GLOB_NAME, &globs[i]) == SYMRUN_OK);
  }
  for (i = 0; i < FILES; i++) {
    sr_Str name = {"a", 1}, bytes = {archive, 8};
    MUST(sr_file_wrap(S, name, bytes, &files[i]) == SYMRUN_OK);
    MUST(sr_file_probe(files[i]) == SYMRUN_OK);
    sr_fail(S, SYMRUN_UNKNOWN, "a part of file %zu", i);
    MUST(sr_file_gap(files[i], SR_NONE, SR_NATIVE, false) == SYMRUN_OK);
  }
}


static void leaf (Set *set) {
  uint32_t i, k, count = chance(6);
  sr_Names *N;
  memset(&set->m, 0, sizeof set->m);
  MUST(sr_names_new(S, &N) == SYMRUN_OK);
  for (k = 0; k < count; k++) {
    uint32_t file = chance(FILES), member = chance(MEMBERS);
    sr_Place place;
    i = chance(LISTED);
    place.name = ids[i];
    place.file = files[file]->id;
    place.member = member;
    MUST(sr_names_place(N, &place) == SYMRUN_OK);
    set->m.sure |= 1u << i;
    set->m.places[i] |= (unsigned char)(1u << (file * MEMBERS + member));
  }
  set->m.maybe = set->m.sure;
  if (chance(3) == 0) {  /* a name whose binding nobody knows */
    sr_Place place = {0, files[0]->id, chance(MEMBERS)};
    i = chance(LISTED);
    place.name = ids[i];
    MUST(sr_room(S, &N->extra.at, &N->extra.room, N->extra.count,
                 sizeof place) == SYMRUN_OK);
    N->extra.at[N->extra.count++] = place;
    set->m.maybe |= 1u << i;
  }
  if (chance(3) == 0) {  /* a member that could not be read */
    const sr_Glob *glob = globs[chance(PATTERNS)];
    sr_Scan scan;
    memset(&scan, 0, sizeof scan);
    scan.ask.glob = glob;
    scan.only = SR_NONE;
    scan.file = files[chance(FILES)];
    MUST(sr_names_unread(N, &scan) == SYMRUN_OK);
    for (i = 0; i < ALL; i++)
      if (glob == NULL || sr_glob_match(glob, names[i], strlen(names[i])))
        set->m.maybe |= 1u << i;
  }
  MUST(sr_names_done(N) == SYMRUN_OK);
  set->N = N;
}


static Model combine (const Model *a, const Model *b, int op) {
  Model m = *a;
  size_t i;
  m.blurred = a->blurred || b->blurred;
  for (i = 0; i < LISTED && op == SR_PLUS; i++) m.places[i] |= b->places[i];
  if (op == SR_PLUS) {
    m.sure |= b->sure;
    m.maybe |= b->maybe;
  }
  else if (op == SR_TIMES) {
    m.sure &= b->sure;
    m.maybe &= b->maybe;
  }
  else {
    m.sure &= ~b->maybe;
    m.maybe &= ~b->sure;
  }
  for (i = 0; i < LISTED; i++)
    if ((m.sure >> i & 1) == 0) m.places[i] = 0;
  return m;
}


/* -- answers -------------------------------------------------------------- */

static void check_members (const Set *set) {
  size_t i;
  for (i = 0; i < ALL; i++) {
    sr_Str s = {names[i], strlen(names[i])};
    bool sure = set->m.sure >> i & 1, maybe = set->m.maybe >> i & 1;
    int has = sr_names_has(set->N, s);
    CHECK((has == SR_YES) == sure, "%s: %d", names[i], has);
    CHECK(has != SR_NO || !maybe, "%s is denied", names[i]);
    if (!set->m.blurred)
      CHECK(has != SR_MAYBE || maybe, "%s is doubted", names[i]);
  }
}


static void check_places (const Set *set) {
  unsigned char places[LISTED] = {0};
  const sr_Places *P = &set->N->sure;
  size_t i, k, unique = 0;
  for (i = 0; i < P->count; i++) {
    const sr_Place *p = &P->at[i];
    for (k = 0; k < LISTED && ids[k] != p->name; k++) ;
    MUST(k < LISTED);
    places[k] |= (unsigned char)(1u << ((p->file - files[0]->id) * MEMBERS
                                        + p->member));
    CHECK(i == 0 || sr_place_order(&P->at[i - 1], p) < 0, "not in order");
  }
  CHECK(memcmp(places, set->m.places, sizeof places) == 0, "other places");
  MUST(sr_names_order(set->N) == SYMRUN_OK);
  for (i = 0; i < LISTED; i++) unique += set->m.sure >> i & 1;
  CHECK(set->N->unique == unique, "%zu names, not %zu", set->N->unique, unique);
  for (i = 1; i < set->N->unique; i++) {
    sr_Str a = sr_name_text(S, P->at[set->N->order[i - 1]].name);
    sr_Str b = sr_name_text(S, P->at[set->N->order[i]].name);
    CHECK(strcmp(a.ptr, b.ptr) < 0, "%s before %s", a.ptr, b.ptr);
  }
}


/* An open part that takes nothing, since its patterns have nothing in common
   or all that they take was taken away, is not seen to be empty: 'open'. */
static void check_alone (const Set *set) {
  const Model *m = &set->m;
  bool open = set->N->nterms > 0;
  int any = sr_names_any(set->N), exact = sr_names_exact(set->N);
  CHECK((any == SR_YES) == (m->sure != 0), "any: %d", any);
  CHECK(any != SR_NO || m->maybe == 0, "any is denied");
  CHECK(any != SR_MAYBE || m->maybe != 0 || open, "any is doubted");
  CHECK(exact != SR_YES || m->sure == m->maybe, "not exact");
  CHECK(exact != SR_MAYBE || m->sure != m->maybe || open, "exact");
  CHECK(exact == SR_YES || exact == SR_MAYBE, "%d", exact);
  CHECK(exact == SR_YES || set->N->ngaps > 0 || !open, "open for no reason");
}


static void check_pair (const Set *a, const Set *b) {
  bool inside = (a->m.maybe & ~b->m.sure) == 0;
  bool outside = (a->m.sure & ~b->m.maybe) != 0;
  bool back = (b->m.maybe & ~a->m.sure) == 0;
  bool other = (b->m.sure & ~a->m.maybe) != 0;
  bool blurred = a->m.blurred || b->m.blurred;
  int within = sr_names_within(a->N, b->N), equal = sr_names_equal(a->N, b->N);
  CHECK(within != SR_YES || inside, "is not within");
  CHECK(within != SR_NO || outside, "may be within");
  CHECK(within == SR_NO || !outside || blurred, "within: %d", within);
  CHECK(within == SR_YES || !inside || a->N->nterms > 0, "within: %d", within);
  CHECK(equal != SR_YES || (inside && back), "is not equal");
  CHECK(equal != SR_NO || outside || other, "may be equal");
  CHECK(equal == SR_NO || !(outside || other) || blurred, "equal: %d", equal);
  CHECK(equal == SR_YES || !(inside && back) || a->N->nterms > 0
        || b->N->nterms > 0, "equal: %d", equal);
}


/* What a loop gives of one member: its sure names, and no "no" about a name
   that may be in the member. */
static void check_slice (const Set *set) {
  uint32_t file = chance(FILES), member = chance(MEMBERS);
  unsigned bit = 1u << (file * MEMBERS + member);
  sr_Names *slice;
  size_t i;
  MUST(sr_names_slice(set->N, files[file]->id, member, &slice) == SYMRUN_OK);
  for (i = 0; i < LISTED; i++) {
    sr_Str s = {names[i], strlen(names[i])};
    bool sure = (set->m.places[i] & bit) != 0;
    CHECK((sr_names_has(slice, s) == SR_YES) == sure, "%s", names[i]);
  }
  for (i = 0; i < set->N->extra.count; i++) {
    const sr_Place *p = &set->N->extra.at[i];
    if (p->file == files[file]->id && p->member == member)
      CHECK(sr_names_has(slice, sr_name_text(S, p->name)) == SR_MAYBE,
            "a doubt was lost");
  }
  sr_names_free(slice);
}


/* Very many open parts become one that is wider, never one that is less. */
static void many_terms (void) {
  sr_Names *all = NULL, *one, *both;
  size_t i;
  for (i = 0; i < 200; i++) {
    char text[32];
    sr_Str name = {text, 0};
    const sr_Glob *glob;
    name.len = (size_t)snprintf(text, sizeof text, "part_%zu_*", i);
    MUST(sr_glob_get(S, name, SR_GLOB_NAME, &glob) == SYMRUN_OK);
    MUST(sr_names_new(S, &one) == SYMRUN_OK);
    {
      sr_Scan scan;
      memset(&scan, 0, sizeof scan);
      scan.ask.glob = glob;
      scan.only = SR_NONE;
      scan.file = files[i % FILES];
      MUST(sr_names_unread(one, &scan) == SYMRUN_OK);
    }
    if (all == NULL) { all = one; continue; }
    MUST(sr_names_combine(all, one, SR_PLUS, &both) == SYMRUN_OK);
    sr_names_free(all);
    sr_names_free(one);
    all = both;
    CHECK(all->nterms <= 64 && all->ngaps <= FILES, "%zu terms, %zu gaps",
          all->nterms, all->ngaps);
  }
  for (i = 0; i < 200; i++) {
    char text[32];
    sr_Str name = {text, 0};
    name.len = (size_t)snprintf(text, sizeof text, "part_%zu_x", i);
    CHECK(sr_names_has(all, name) == SR_MAYBE, "%s", text);
  }
  sr_names_free(all);
}


/* -- order ---------------------------------------------------------------- */

static void put (sr_Names *N, const char *s, size_t len) {
  MUST(sr_names_put(N, files[0], 0, s, len) == SYMRUN_OK);
}


static void check_order (sr_Names *N, size_t unique) {
  size_t i;
  MUST(sr_names_done(N) == SYMRUN_OK && sr_names_order(N) == SYMRUN_OK);
  CHECK(N->unique == unique, "%zu names, not %zu", N->unique, unique);
  for (i = 1; i < N->unique; i++) {
    sr_Str a = sr_name_text(S, N->sure.at[N->order[i - 1]].name);
    sr_Str b = sr_name_text(S, N->sure.at[N->order[i]].name);
    int c = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    CHECK(c < 0 || (c == 0 && a.len < b.len), "%s before %s", a.ptr, b.ptr);
  }
  sr_names_free(N);
}


/* Names that sorting may trip over: long beginnings in common, each the
   beginning of the next, nothing but zeros, in order, and in the reverse. */
static void hard_to_sort (void) {
  static char text[4096];
  sr_Names *N;
  size_t i;
  MUST(sr_names_new(S, &N) == SYMRUN_OK);
  for (i = 0; i < 5000; i++)
    put(N, text, (size_t)snprintf(text, sizeof text, "_ZN4%040d4%zuE%zu", 7,
                                  i * 7919 % 5000 / 10, i * 7919 % 5000));
  memset(text, 'a', sizeof text);
  for (i = sizeof text; i > 0; i -= 4) put(N, text, i);
  memset(text, 0, sizeof text);
  for (i = 300; i > 0; i--) put(N, text, i);
  put(N, "\0\0\0\0\0\0\0\0a", 9);
  put(N, "_ZN4", 4);
  check_order(N, 5000 + sizeof text / 4 + 302);
  MUST(sr_names_new(S, &N) == SYMRUN_OK);
  for (i = 0; i < 3000; i++)
    put(N, text, (size_t)snprintf(text, sizeof text, "in_order_%06zu", i));
  check_order(N, 3000);
  MUST(sr_names_new(S, &N) == SYMRUN_OK);
  for (i = 3000; i > 0; i--)
    put(N, text, (size_t)snprintf(text, sizeof text, "reverse_%06zu", i));
  check_order(N, 3000);
}


int main (void) {
  static Set pool[POOL];
  unsigned long made[3] = {0, 0, 0}, answers[3] = {0, 0, 0}, blurred = 0;
  size_t i, k;
  begin();
  for (i = 0; i < POOL; i++) leaf(&pool[i]);
  for (k = 0; k < ROUNDS; k++) {
    const Set *a = &pool[chance(POOL)], *b = &pool[chance(POOL)];
    int op = (int)chance(3);
    Set made_now, *slot = &pool[chance(POOL)];
    made_now.m = combine(&a->m, &b->m, op);
    MUST(sr_names_combine(a->N, b->N, op, &made_now.N) == SYMRUN_OK);
    if (a->N->nterms + b->N->nterms >= 32 || a->N->nterms * b->N->nterms >= 32)
      made_now.m.blurred = true;
    made[op]++;
    blurred += made_now.m.blurred;
    check_members(&made_now);
    check_places(&made_now);
    check_alone(&made_now);
    check_slice(&made_now);
    check_pair(&made_now, &pool[chance(POOL)]);
    check_pair(&pool[chance(POOL)], &made_now);
    answers[sr_names_any(made_now.N)]++;
    sr_names_free(slot->N);
    *slot = made_now;
    if (chance(2) == 0) {
      slot = &pool[chance(POOL)];
      sr_names_free(slot->N);
      leaf(slot);
    }
  }
  for (i = 0; i < 3; i++) {
    CHECK(made[i] > ROUNDS / 4, "operator %zu: %lu", i, made[i]);
    CHECK(answers[i] > ROUNDS / 100, "answer %zu: %lu", i, answers[i]);
  }
  CHECK(blurred < ROUNDS / 10, "%lu sets were blurred", blurred);
  many_terms();
  hard_to_sort();
  symrun_close(S);
  return finish(10000000);
}
