#!/bin/sh
# The main job, told in a minute: first archives that the C compiler makes,
# then trees that cargo builds.  The links below succeed without a word; the
# programs are wrong all the same, and one command names the culprit.
#   examples/demo.sh FOLDER [c]       symrun is found on PATH; c: only C
set -eu

mkdir -p "$1"
out=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)

show() {
  printf '\n$ %s\n' "$*"
  "$@" || printf '[exit status %d]\n' "$?"
}

c_archives() {
  cat > real.c <<'END'
int js_http_init_dispatch(void) { return 1; }
const char stamp[] = "PERRY_RUNTIME_BUILD_STAMP_V1=7";
END
  cat > stub.c <<'END'
int js_http_init_dispatch(void) { return 0; }  /* a no-op, for small programs */
const char runtime_stamp[] = "PERRY_RUNTIME_BUILD_STAMP_V1=7";
END
  cat > ext.c <<'END'
int js_http_init_dispatch(void);
int js_http_serve(void) { return js_http_init_dispatch(); }
END
  cat > app.c <<'END'
#include <stdio.h>
int js_http_serve(void);
int main(void) { printf("dispatch=%d\n", js_http_serve()); return 0; }
END
  for c in real stub ext app; do cc -c $c.c; done
  mv stub.o perry_runtime-7.o
  ar rcs libperry_stdlib.a real.o
  ar rcs libperry_ext_http.a ext.o perry_runtime-7.o
  rm ext.o real.o perry_runtime-7.o
}

rm -rf "$out/c" && mkdir -p "$out/c" && cd "$out/c"
c_archives
[ "${2:-}" != c ] || exit 0

printf '== Two archives that the C compiler made: dispatch should be 1\n'
show cc -o app app.o libperry_ext_http.a libperry_stdlib.a
show ./app
show symrun rules/perry.lua .

printf '\n== The same in Rust: four archives, 1,300 members, built by cargo\n'
cd "$out"
"$here/perry/build.sh" shadow shadow
"$here/perry/build.sh" thin thin
ln -sf "$here/perry/link.sh" link.sh
show ./link.sh shadow
show symrun rules/perry.lua shadow

printf '\n== Built as the hint says\n'
show ./link.sh thin
show symrun --timing rules/perry.lua thin
