/*
** walk.c
** Folders with everything in them that a folder can hold.  Each tree is made
** here and walked; what must come out is written beside it, in full and in
** order, so that an entry too many fails as an entry too few does.
*/

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground/ground.h"
#include "check.h"

static symrun *S;
static char top[PATH_MAX];


static const char *at (const char *path) {
  static char out[4][PATH_MAX];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(out[turn], PATH_MAX, "%.2000s/%.2000s", top, path);
  return out[turn];
}


static void folder (const char *path) { MUST(mkdir(at(path), 0755) == 0); }

static void file (const char *path, const char *text) {
  FILE *f = fopen(at(path), "wb");
  MUST(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void to (const char *path, const char *target) {
  MUST(symlink(target, at(path)) == 0);
}

static void also (const char *path, const char *old) {
  MUST(link(at(old), at(path)) == 0);
}


static void begin (const char *name) {
  const char *tmp = getenv("TMPDIR");
  snprintf(top, sizeof top, "%s/symrun-walk-%d-%s",
           tmp != NULL ? tmp : "/tmp", (int)getpid(), name);
  MUST(mkdir(top, 0755) == 0);
}


static void end (void) {
  char line[2 * PATH_MAX + 64];
  snprintf(line, sizeof line, "chmod -R u+rwx '%s' && rm -rf '%s'", top, top);
  MUST(system(line) == 0);
}


/* An expected entry: "f path", or "s path|part of its trouble" for a special
   one, "l ..." for a link, or "d ..." for a folder that cannot be read. */
static bool fits (const char *want, const sr_Entry *e) {
  const char *bar = strchr(want, '|');
  size_t n = bar != NULL ? (size_t)(bar - want) - 2 : strlen(want) - 2;
  if (*want != "fsld"[e->kind]) return false;
  if (strlen(e->path) != n || memcmp(e->path, want + 2, n) != 0) return false;
  if (bar == NULL) return e->trouble == NULL;
  return e->trouble != NULL && strstr(e->trouble, bar + 1) != NULL;
}


static void expect (const char *path, const sr_Without *without,
                    const char *const *want) {
  sr_Walk W;
  size_t i;
  int rc = sr_walk(S, path, without, NULL, &W);
  CHECK(rc == SYMRUN_OK, "%s: %s", path, S->message);
  if (rc != SYMRUN_OK) return;
  for (i = 0; i < W.count && want[i] != NULL; i++)
    CHECK(fits(want[i], &W.entries[i]), "%d %s (%s), not %s",
          (int)W.entries[i].kind, W.entries[i].path,
          W.entries[i].trouble ? W.entries[i].trouble : "fine", want[i]);
  CHECK(i == W.count && want[i] == NULL, "%zu entries; %s", W.count,
        want[i] != NULL ? want[i] : W.entries[i < W.count ? i : 0].path);
  sr_walk_free(S, &W);
}

#define EXPECT(path, without, ...) \
  expect(path, without, (const char *const[]){__VA_ARGS__, NULL})

static const sr_Without plain = {NULL, NULL, false, false};
static const sr_Without all = {NULL, NULL, true, false};


static void order_and_kinds (void) {
  struct sockaddr_un name;
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  begin("kinds");
  folder("b"); folder("b/c"); folder("empty");
  file("b/z", ""); file("b/c/1", "x"); file("a", "x"); file("b-", "x");
  MUST(mkfifo(at("b/fifo"), 0644) == 0);
  memset(&name, 0, sizeof name);
  name.sun_family = AF_UNIX;
  snprintf(name.sun_path, sizeof name.sun_path, "%s", at("socket"));
  MUST(fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof name) == 0);
  EXPECT(top, &plain, "f a", "f b/c/1", "s b/fifo|is a fifo, socket or device",
         "f b/z", "f b-", "s socket|is a fifo, socket or device");
  EXPECT(at("b/"), &plain, "f c/1", "s fifo|fifo", "f z");
  close(fd);
  end();
}


static void links (void) {
  begin("links");
  folder("in"); folder("in/deep"); folder("tree");
  folder("tree/sub"); file("tree/sub/real.a", "x"); file("outside.a", "x");
  file("tree/other", "x");
  to("tree/inside.a", "sub/real.a");           /* the real one stays */
  to("tree/sub/up.a", "../other");             /* here, too */
  to("tree/dangling", "nowhere");
  to("tree/folder", "sub");
  to("tree/loop1", "loop2");
  to("tree/loop2", "loop1");
  to("tree/out", "../outside.a");
  to("tree/out2", "sub/../../outside.a");
  to("tree/root", "/dev/zero");
  to("tree/absolute", at("tree/other"));
  MUST(mkfifo(at("tree/sub/fifo"), 0644) == 0);
  to("tree/tofifo", "sub/fifo");
  EXPECT(at("tree"), &plain,
         "s absolute|leads outside the tree",  /* and back */
         "l dangling|is a link to a file that is not there",
         "s folder|is a link to a folder",
         "l loop1|leads back to itself", "l loop2|leads back to itself",
         "f other",
         "l out|leads outside the tree", "l out2|leads outside the tree",
         "s root|leads outside the tree",
         "s sub/fifo|is a fifo", "f sub/real.a",
         "s tofifo|is a link to a special file");
  end();
}


static void one_inode (void) {
  begin("inodes");
  folder("a"); folder("a/b"); folder("c");
  file("a/b/deep.a", "x");
  also("c/mid.a", "a/b/deep.a");
  also("a/mid.a", "a/b/deep.a");
  file("c/alone", "y");
  EXPECT(top, &plain, "f a/mid.a", "f c/alone");
  also("zz.a", "c/mid.a");
  EXPECT(top, &plain, "f c/alone", "f zz.a");
  end();
}


static bool skip (const void *ud, const char *path) {
  return strcmp(path, (const char *)ud) == 0;
}


/* What is left out cannot stand for what is not. */
static void left_out (void) {
  sr_Without without = {skip, "a", false, false};
  begin("without");
  folder("a"); folder("b"); folder("b/c");
  file("a/x", "x");
  also("b/c/x", "a/x");
  file("b/a", "y");
  EXPECT(top, &plain, "f a/x", "f b/a");
  EXPECT(top, &without, "f b/a", "f b/c/x");
  end();
}


static void cargo (void) {
  begin("cargo");
  folder("debug"); folder("debug/.fingerprint"); folder("debug/deps");
  folder("debug/build"); folder("debug/incremental"); folder("debug/examples");
  folder("deps"); folder("build");
  file("debug/deps/libx-1.a", "x"); file("debug/build/y", "x");
  also("debug/libx.a", "debug/deps/libx-1.a");
  file("debug/incremental/z", "x"); file("debug/examples/e", "x");
  file("deps/mine", "x"); file("build/mine", "x");
  EXPECT(top, &plain, "f build/mine", "f debug/examples/e", "f debug/libx.a",
         "f deps/mine");
  EXPECT(top, &all, "f build/mine", "f debug/build/y", "f debug/examples/e",
         "f debug/incremental/z", "f debug/libx.a", "f deps/mine");
  end();
}


static void odd_names (void) {
  begin("names");
  file("a\nb", "x"); file("a\tb\033[31m", "x"); file("\xff\xfe", "x");
  file("-n", "x"); file(" ", "x"); folder("new\nline"); file("new\nline/x", "");
  to("new\nline/\xc3", "gone\n");
  EXPECT(top, &plain, "f  ", "f -n", "f a\tb\033[31m", "f a\nb",
         "f new\nline/x", "l new\nline/\xc3|not there", "f \xff\xfe");
  end();
}


static void very_deep (void) {
  char path[PATH_MAX] = "d";
  sr_Walk W;
  size_t i;
  begin("deep");
  for (i = 0; i < 600; i++) {
    folder(path);
    strcat(path, "/d");
  }
  file("shallow", "x");
  MUST(sr_walk(S, top, &plain, NULL, &W) == SYMRUN_OK);
  CHECK(W.count == 2, "%zu entries", W.count);
  CHECK(W.entries[0].kind == SR_KIND_FOLDER && W.entries[0].trouble != NULL
        && strstr(W.entries[0].trouble, "folders deep") != NULL, "%s",
        W.entries[0].trouble);
  CHECK(strcmp(W.entries[1].path, "shallow") == 0, "%s", W.entries[1].path);
  sr_walk_free(S, &W);
  end();
}


/* As a user who may not do everything; a child, for root gives it up. */
static void no_rights (void) {
  pid_t child;
  int status;
  begin("rights");
  folder("closed"); file("closed/x", "x"); folder("listed");
  file("listed/y", "x"); file("unread", "x"); file("fine", "x");
  to("through", "listed/y");
  MUST(chmod(at("closed"), 0) == 0 && chmod(at("listed"), 0444) == 0
       && chmod(at("unread"), 0) == 0 && chmod(top, 0755) == 0);
  child = fork();
  MUST(child >= 0);
  if (child == 0) {
    sr_Source source;
    sr_Walk W;
    failures = 0;
    if (getuid() == 0) MUST(setresuid(65534, 65534, 65534) == 0);
    EXPECT(top, &plain, "d closed|Permission denied", "f fine",
           "f listed/y", "l through|Permission denied", "f unread");
    MUST(sr_walk(S, top, &plain, NULL, &W) == SYMRUN_OK);
    CHECK(sr_source_open(S, W.root, "unread", &source) == SYMRUN_IO
          && strstr(S->message, "Permission denied") != NULL, "%s", S->message);
    CHECK(sr_source_open(S, W.root, "listed/y", &source) == SYMRUN_IO, "x");
    sr_walk_free(S, &W);
    CHECK(sr_walk(S, at("closed"), &plain, NULL, &W) == SYMRUN_IO
          && strstr(S->message, "Permission denied") != NULL, "%s", S->message);
    _exit(failures > 0 ? 1 : checks >= 9 ? 0 : 2);
  }
  MUST(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
  end();
}


static void inputs (void) {
  sr_Walk W;
  begin("inputs");
  folder("sub"); file("sub/lib.a", "x"); to("link.a", "sub/lib.a");
  to("linked", "sub");
  MUST(mkfifo(at("fifo"), 0644) == 0);
  EXPECT(at("sub/lib.a"), &plain, "f lib.a");
  EXPECT(at("link.a"), &plain, "f link.a");
  EXPECT(at("linked"), &plain, "f lib.a");
  EXPECT(at("sub/../sub//lib.a"), &plain, "f lib.a");
  MUST(sr_walk(S, at("link.a"), &plain, NULL, &W) == SYMRUN_OK);
  CHECK(W.single && strcmp(W.entries[0].real, "lib.a") == 0
        && strstr(W.folder, "/sub") != NULL, "%s", W.folder);
  sr_walk_free(S, &W);
  CHECK(sr_walk(S, at("none"), &plain, NULL, &W) == SYMRUN_IO
        && strstr(S->message, "No such file") != NULL, "%s", S->message);
  CHECK(sr_walk(S, at("fifo"), &plain, NULL, &W) == SYMRUN_IO
        && strstr(S->message, "neither a file nor a folder") != NULL, "%s",
        S->message);
  CHECK(sr_walk(S, "/dev/zero", &plain, NULL, &W) == SYMRUN_IO, "a device");
  CHECK(sr_walk(S, "", &plain, NULL, &W) == SYMRUN_IO, "no name");
  CHECK(sr_walk(S, at("none\n\033[1m"), &plain, NULL, &W) == SYMRUN_IO
        && strpbrk(S->message, "\n\033") == NULL, "%s", S->message);
  end();
}


static bool ends (const char *s, const char *with) {
  size_t n = strlen(s), k = strlen(with);
  return n >= k && strcmp(s + n - k, with) == 0;
}


/* The real folder of a file is not looked for again beside the one before it,
   unless that is another folder by now, or the file is a link. */
static void beside (void) {
  static char a[PATH_MAX], b[PATH_MAX], l[PATH_MAX];
  static const char *const want[] = {"/v1", "/v1", "/v2", "/v1", "/v2", "/v2"};
  const char *const inputs[] = {a, b, b, l, b, "b"};
  sr_Walk W[6];
  size_t i;
  begin("beside");
  folder("v1"); folder("v2");
  file("v1/a", "x"); file("v1/b", "x"); file("v2/b", "x");
  to("now", "v1"); to("v2/l", "../v1/a");
  strcpy(a, at("now/a")); strcpy(b, at("now/b")); strcpy(l, at("now/l"));
  for (i = 0; i < 6; i++) {
    const char *real;
    if (i == 2) {
      MUST(unlink(at("now")) == 0);
      to("now", "v2");
    }
    if (i == 5) MUST(chdir(at("v2")) == 0);
    MUST(sr_walk(S, inputs[i], &plain, i > 0 ? &W[i - 1] : NULL, &W[i])
         == SYMRUN_OK);
    CHECK(W[i].single && W[i].count == 1 && ends(W[i].folder, want[i]),
          "%zu: %s, not %s", i, W[i].folder, want[i]);
    real = W[i].entries[0].real;
    CHECK(i == 1 ? real == NULL : real != NULL && strcmp(real, i == 0 || i == 3
          ? "a" : "b") == 0, "%zu: %s", i, real != NULL ? real : "as it is");
  }
  CHECK(W[1].folder == W[0].folder, "asked for again");
  while (i-- > 0) sr_walk_free(S, &W[i]);
  MUST(chdir("/") == 0);
  end();
}


int main (void) {
  alarm(60);  /* whatever waits for a fifo waits for ever */
  S = symrun_new(NULL, NULL);
  MUST(S != NULL);
  order_and_kinds();
  links();
  one_inode();
  left_out();
  cargo();
  odd_names();
  very_deep();
  no_rights();
  inputs();
  beside();
  symrun_close(S);
  return finish(93);
}
