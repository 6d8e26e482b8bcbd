#!/bin/sh
# The main job, told in a minute: first archives that the C compiler makes,
# then a tree that cargo builds.  Each link below succeeds without a word; the
# programs are wrong all the same, and one command names the culprit.
#   examples/demo.sh SYMRUN FOLDER
set -eu

symrun=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
rules=$here/../rules/perry.lua

show() { printf '\n$ %s\n' "$*"; "$@" || printf '[exit status %d]\n' "$?"; }

printf '== Two archives made by the C compiler\n'
rm -rf "$out/c" && mkdir -p "$out/c"
cd "$out/c"
cat > real.c <<'END'
int js_http_init_dispatch(void) { return 1; }
END
cat > stub.c <<'END'
int js_http_init_dispatch(void) { return 0; }  /* a no-op, for tests */
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
mv stub.o perry_runtime-0.o
ar rcs libperry_stdlib.a real.o
ar rcs libperry_ext_http.a ext.o perry_runtime-0.o
show cc -o app app.o libperry_ext_http.a libperry_stdlib.a
show ./app
show "$symrun" "$rules" .

printf '\n== The same, built by cargo\n'
"$here/perry/build.sh" shadow "$out/shadow"
cd "$out"
show "$here/perry/link.sh" shadow
show "$symrun" "$rules" shadow
"$here/perry/build.sh" thin "$out/thin"
show "$here/perry/link.sh" thin
show "$symrun" "$rules" thin
