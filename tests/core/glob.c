/*
** glob.c
** Patterns against a matcher that is plain recursion over their definition,
** and against the system's fnmatch where both mean the same.  The strings
** are made of few letters, so that nearly right is often wrong.
*/

#include <fnmatch.h>
#include <time.h>

#include "ground/ground.h"
#include "check.h"

enum { ROUNDS = 120000, TRIES = 6 };

static symrun *S;


/* -- the definition ------------------------------------------------------- */

static const char *set_end (const char *p, const char *end) {
  p++;
  if (p < end && (*p == '!' || *p == '^')) p++;
  if (p < end) p++;
  while (p < end && *p != ']') p++;
  return p < end ? p + 1 : NULL;
}


static bool in_set (const char *p, const char *end, char c) {
  bool not = p[1] == '!' || p[1] == '^', found = false;
  p += not ? 2 : 1;
  for (; p < end - 1; p++) {
    if (p + 2 < end - 1 && p[1] == '-') {
      found |= (unsigned char)p[0] <= (unsigned char)c
            && (unsigned char)c <= (unsigned char)p[2];
      p += 2;
    }
    else found |= *p == c;
  }
  return found != not;
}


/* 'start': this is where a word of a path begins. */
static bool naive (const char *p, const char *pe, const char *s,
                   const char *se, bool path, bool start) {
  const char *q;
  if (p == pe) return s == se;
  if (path && start && pe - p >= 3 && memcmp(p, "**/", 3) == 0) {
    if (naive(p + 3, pe, s, se, path, true)) return true;
    for (; s < se; s++)
      if (*s == '/' && naive(p + 3, pe, s + 1, se, path, true)) return true;
    return false;
  }
  if (*p == '*') {
    for (;; s++) {
      if (naive(p + 1, pe, s, se, path, false)) return true;
      if (s == se || (path && *s == '/')) return false;
    }
  }
  if (s == se) return false;
  if (*p == '?' && !(path && *s == '/'))
    return naive(p + 1, pe, s + 1, se, path, false);
  if (*p == '[' && (q = set_end(p, pe)) != NULL)
    return !(path && *s == '/') && in_set(p, q, *s)
        && naive(q, pe, s + 1, se, path, false);
  if (*p == '\\' && p + 1 < pe) p++;
  return *p == *s && naive(p + 1, pe, s + 1, se, path, path && *s == '/');
}


/* Braces: the first that is closed is each of its parts in turn. */
static bool braces (const char *p, const char *pe, const char *s,
                    const char *se, bool path) {
  const char *open = p, *close, *part, *q;
  int depth = 0;
  char whole[256];
  while (open < pe && *open != '{') open += *open == '\\' ? 2 : 1;
  for (close = open; close < pe; close++) {
    if (*close == '\\') { close++; continue; }
    if (*close == '{') depth++;
    if (*close == '}' && --depth == 0) break;
  }
  if (open >= pe || close >= pe) return naive(p, pe, s, se, path, true);
  for (q = part = open + 1, depth = 0; q <= close; q++) {
    size_t head = (size_t)(open - p), mid, tail = (size_t)(pe - close - 1);
    if (*q == '\\' && q + 1 < close) { q++; continue; }
    if (*q == '{') depth++;
    if (*q == '}' && q < close) depth--;
    if (!(q == close || (*q == ',' && depth == 0))) continue;
    mid = (size_t)(q - part);
    memcpy(whole, p, head);
    memcpy(whole + head, part, mid);
    memcpy(whole + head + mid, close + 1, tail);
    if (braces(whole, whole + head + mid + tail, s, se, path)) return true;
    part = q + 1;
  }
  return false;
}


/* -- random ones ---------------------------------------------------------- */

static size_t some (char *out, size_t most, const char *const *parts,
                    uint32_t count) {
  size_t n = 0;
  uint32_t left = chance(7);
  *out = '\0';
  for (; left > 0; left--) {
    const char *part = parts[chance(count)];
    if (n + strlen(part) + 1 > most) break;
    strcpy(out + n, part);
    n += strlen(part);
  }
  return n;
}


static size_t pattern (char *out, size_t most, bool path, bool with_braces) {
  static const char *const parts[] = {
    "a", "b", "ab", "/", "*", "?", "**", "[ab]", "[!a]", "[^b-c]", "[a-c]",
    "\\*", "\\\\", "[", "]", "a*", "[]a]", "[!]]", "/*", "*/",
    "**/", "**/", "/**/", "{a,b}", "{a,}", "{*a,b/}", "{a,{b,c}}", "{", ","
  };
  return some(out, most, parts, with_braces ? 29 : path ? 23 : 20);
}


static size_t text (char *out, size_t most) {
  static const char *const parts[] = {
    "a", "b", "c", "ab", "/", "a/b", "*", "\\", "]", "[", "-", "aa", "{", ","
  };
  return some(out, most, parts, 14);
}


/* A text in a table of texts: other bytes may stand behind its zero, or none
   that can be read. */
static void in_table (const sr_Glob *G, const char *p, const char *s, size_t n,
                      bool wanted) {
  static const char *const behind[] = {"", "*piece*piece*piece*piece*piece*",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bcbcbcbcbcbcbcbcbcbcbcbcb"};
  size_t i, len;
  for (i = 0; i < 4; i++) {
    size_t more = strlen(behind[i]), left = n + 1 + more;
    char *table = (char *)malloc(left);  /* no byte too many is read unseen */
    MUST(table != NULL);
    memcpy(table, s, n + 1);
    memcpy(table + n + 1, behind[i], more);
    CHECK(sr_glob_takes(G, table, left, &len) == wanted && len == n,
          "pattern %s, text %s of %zu, %zu told, before %s", p, s, n, len,
          behind[i]);
    free(table);
  }
}


static void random_ones (void) {
  unsigned long yes = 0, no = 0;
  size_t i, k;
  for (i = 0; i < ROUNDS; i++) {
    char p[64], s[64];
    bool path = chance(2) != 0;
    sr_Str given = {p, pattern(p, sizeof p, path, chance(2) != 0)};
    sr_Glob *G;
    int rc = sr_glob_new(S, given, path ? SR_GLOB_PATH : SR_GLOB_NAME, &G);
    if (rc != SYMRUN_OK) {
      CHECK(rc == SYMRUN_RANGE, "%s: %d", p, rc);
      continue;
    }
    for (k = 0; k < TRIES; k++) {
      size_t n = text(s, sizeof s);
      bool got = sr_glob_match(G, s, n);
      CHECK(got == braces(p, p + given.len, s, s + n, path),
            "pattern %s, %s, text %s: %d", p, path ? "path" : "name", s, got);
      if (k == 0) in_table(G, p, s, n, got);
      if (got) { yes++; CHECK(n == 0 || sr_glob_first(G)[(unsigned char)*s],
                              "%s cannot begin %s", s, p); }
      else no++;
    }
    sr_glob_free(S, G);
  }
  CHECK(yes > 30000 && no > 30000, "%lu yes, %lu no", yes, no);
}


/* Literal pieces in names longer than the steps that they are looked for in,
   against the first place that memmem finds. */
static void long_ones (void) {
  unsigned long yes = 0, no = 0;
  size_t i, n, k;
  for (i = 0; i < ROUNDS; i++) {
    char p[8], s[128], g[16];
    sr_Str given = {g, 0};
    sr_Glob *G;
    size_t len = 1 + chance(6);
    for (k = 0; k < len; k++) p[k] = (char)('a' + chance(2));
    given.len = (size_t)snprintf(g, sizeof g, "*%.*s*", (int)len, p);
    MUST(sr_glob_new(S, given, SR_GLOB_NAME, &G) == SYMRUN_OK);
    for (n = 0; n < sizeof s; n++) {
      bool wanted;
      for (k = 0; k < n; k++) s[k] = chance(9) != 0 ? 'a' : 'b';
      wanted = memmem(s, n, p, len) != NULL;
      CHECK(sr_glob_match(G, s, n) == wanted, "%s in %.*s", g, (int)n, s);
      s[n] = '\0';
      if (i % 16 == 0) in_table(G, g, s, n, wanted);
      if (wanted) yes++;
      else no++;
    }
    sr_glob_free(S, G);
  }
  CHECK(yes > 30000 && no > 30000, "%lu yes, %lu no", yes, no);
}


/* Without braces and "**" followed by a slash, and with no backslash or
   unclosed bracket (where systems differ), the two mean the same. */
static void like_fnmatch (void) {
  static const char *const parts[] = {
    "a", "b", "ab", "/", "*", "?", "[ab]", "[!a]", "[a-c]", "a*", "\\*", "*/"
  };
  unsigned long yes = 0, compared = 0;
  size_t i;
  for (i = 0; i < ROUNDS; i++) {
    char p[64], s[64];
    bool path = chance(2) != 0;
    sr_Str given = {p, some(p, sizeof p, parts, 12)};
    size_t n = text(s, sizeof s);
    sr_Glob *G;
    if (strstr(p, "**/") != NULL) continue;
    MUST(sr_glob_new(S, given, path ? SR_GLOB_PATH : SR_GLOB_NAME, &G)
         == SYMRUN_OK);
    {
      bool want = fnmatch(p, s, path ? FNM_PATHNAME : 0) == 0;
      bool got = sr_glob_match(G, s, n);
      CHECK(want == got, "fnmatch of %s, %s, says %d", p, s, want);
      yes += want;
      compared++;
    }
    sr_glob_free(S, G);
  }
  CHECK(yes > 1000 && compared > ROUNDS / 2, "%lu of %lu", yes, compared);
}


static void apart (void) {
  unsigned long said = 0, met = 0;
  size_t i, k;
  for (i = 0; i < ROUNDS / 4; i++) {
    char a[64], b[64], s[64];
    sr_Str ga = {a, pattern(a, sizeof a, false, chance(2) != 0)};
    sr_Str gb = {b, pattern(b, sizeof b, false, chance(2) != 0)};
    sr_Glob *A, *B;
    bool never;
    if (sr_glob_new(S, ga, SR_GLOB_NAME, &A) != SYMRUN_OK) continue;
    if (sr_glob_new(S, gb, SR_GLOB_NAME, &B) != SYMRUN_OK) {
      sr_glob_free(S, A);
      continue;
    }
    never = sr_glob_apart(A, B);
    said += never;
    for (k = 0; k < 20; k++) {
      size_t n = text(s, sizeof s);
      bool both = sr_glob_match(A, s, n) && sr_glob_match(B, s, n);
      CHECK(!both || !never, "%s and %s both take %s", a, b, s);
      met += both;
    }
    sr_glob_free(S, A);
    sr_glob_free(S, B);
  }
  CHECK(said > 1000 && met > 1000, "said %lu times, %lu met", said, met);
}


/* -- single ones ---------------------------------------------------------- */

static bool takes (const char *pattern_text, int kind, const char *s) {
  sr_Str given = {pattern_text, strlen(pattern_text)};
  sr_Glob *G;
  bool got;
  MUST(sr_glob_new(S, given, kind, &G) == SYMRUN_OK);
  got = sr_glob_match(G, s, strlen(s));
  sr_glob_free(S, G);
  return got;
}


static void single_ones (void) {
  static const struct { const char *pattern, *text; int path, want; } t[] = {
    {"**/{lib,}perry_ext_*.{a,lib}", "release/libperry_ext_zlib.a", 1, 1},
    {"**/{lib,}perry_ext_*.{a,lib}", "perry_ext_zlib.lib", 1, 1},
    {"**/{lib,}perry_ext_*.{a,lib}", "a/b/c/libperry_ext_.a", 1, 1},
    {"**/{lib,}perry_ext_*.{a,lib}", "a/libperry_ext_/x.a", 1, 0},
    {"**/{lib,}perry_ext_*.{a,lib}", "xlibperry_ext_a.a", 1, 0},
    {"a/**/b", "a/b", 1, 1}, {"a/**/b", "a/x/y/b", 1, 1},
    {"a/**/b", "ab", 1, 0}, {"a/**/b", "a/xb", 1, 0},
    {"**/a/**/b", "x/a/a/y/b", 1, 1}, {"**/a*/**/b", "ax/c/ay/b", 1, 1},
    {"**/a/**/b", "a/b/c", 1, 0}, {"*", "a/b", 1, 0}, {"*", "a/b", 0, 1},
    {"**", "a/b", 1, 0}, {"?", "/", 1, 0}, {"[/]", "/", 1, 0},
    {"js_*", "js_", 0, 1}, {"js_*", "js", 0, 0},
    {"", "", 0, 1}, {"", "a", 0, 0},
    {"\\{a,b\\}", "{a,b}", 0, 1}, {"{a,b", "{a,b", 0, 1}, {"a}", "a}", 0, 1},
    {"{a,b}{c,d}", "bd", 0, 1}, {"{a,b}{c,d}", "ab", 0, 0},
    {"\\", "\\", 0, 1}, {"[", "[", 0, 1}, {"[z-a]", "m", 0, 0}
  };
  size_t i;
  for (i = 0; i < sizeof t / sizeof *t; i++)
    CHECK(takes(t[i].pattern, t[i].path ? SR_GLOB_PATH : SR_GLOB_NAME,
                t[i].text) == t[i].want, "%s on %s", t[i].pattern, t[i].text);
}


/* Names are bytes with a length: a zero is one of them. */
static void zero_bytes (void) {
  static const char name[] = "a\0b", other[] = "a\0c";
  sr_Str star = {"a*b", 3}, plain = {name, 3};
  sr_Glob *G;
  MUST(sr_glob_new(S, star, SR_GLOB_NAME, &G) == SYMRUN_OK);
  CHECK(sr_glob_match(G, name, 3) && !sr_glob_match(G, other, 3), "zero");
  sr_glob_free(S, G);
  MUST(sr_glob_new(S, plain, SR_GLOB_NAME, &G) == SYMRUN_OK);
  CHECK(sr_glob_match(G, name, 3) && !sr_glob_match(G, "a", 1)
        && !sr_glob_match(G, other, 3), "zero in a pattern");
  sr_glob_free(S, G);
}


static void refused (void) {
  char many[200] = "";
  sr_Str given = {many, 0};
  sr_Glob *G;
  int i;
  for (i = 0; i < 12; i++) strcat(many, "{a,b}");
  given.len = strlen(many);
  CHECK(sr_glob_new(S, given, SR_GLOB_NAME, &G) == SYMRUN_RANGE, "4096");
  CHECK(strstr(symrun_message(S), "braces") != NULL, "%s", symrun_message(S));
  many[0] = '\0';
  for (i = 0; i < 40; i++) strcat(many, "{");
  for (i = 0; i < 40; i++) strcat(many, "}");
  given.len = strlen(many);
  CHECK(sr_glob_new(S, given, SR_GLOB_NAME, &G) == SYMRUN_RANGE, "deep");
  given.ptr = "a[[:alpha:]]*";
  given.len = strlen(given.ptr);
  CHECK(sr_glob_new(S, given, SR_GLOB_NAME, &G) == SYMRUN_RANGE, "class");
}


/* What makes a matcher that tries everything run for years. */
static void hostile (void) {
  static char stars[2001], folders[2001], as[4001], deep[8001];
  clock_t begun = clock();
  double seconds;
  size_t i;
  for (i = 0; i < 1000; i++) memcpy(stars + 2 * i, "*a", 2);
  for (i = 0; i < 666; i++) memcpy(folders + 3 * i, "**/", 3);
  strcpy(folders + 3 * 666, "b");
  memset(as, 'a', 4000);
  for (i = 0; i < 4000; i++) memcpy(deep + 2 * i, "a/", 2);
  stars[1998] = 'b';
  CHECK(!takes(stars, SR_GLOB_NAME, as), "as many as there are not");
  stars[1998] = '*';
  CHECK(takes(stars, SR_GLOB_NAME, as), "many stars");
  CHECK(!takes(folders, SR_GLOB_PATH, deep), "folders");
  CHECK(!takes("**/*a*/**/*a*/**/*a*/**/*a*/**/*a*/**/*b", SR_GLOB_PATH, deep),
        "folders and stars");
  CHECK(takes("**/*a*/**/*a*/**/*a*/**/*a*/**/*a*/**/*", SR_GLOB_PATH, deep),
        "folders and stars, to the end");
  seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
  CHECK(seconds < 2, "%.1f s", seconds);
}


int main (void) {
  S = symrun_new(NULL, NULL);
  MUST(S != NULL);
  single_ones();
  random_ones();
  long_ones();
  like_fnmatch();
  apart();
  zero_bytes();
  refused();
  hostile();
  symrun_close(S);
  return finish(500000);
}
