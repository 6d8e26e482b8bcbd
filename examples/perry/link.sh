#!/bin/sh
# Links the program against one tree and runs it: link.sh OUTDIR
# No flag hides a warning: a linker takes the first definition it meets and never reads a second.
set -eu

[ $# -eq 1 ] || { echo 'usage: link.sh OUTDIR' >&2; exit 2; }
"${CC:-cc}" -o "$1/app" "$1/app.o" \
    "$1/release/libperry_ext_http.a" "$1/release/libperry_ext_events.a" \
    "$1/release/libperry_ext_zlib.a" "$1/release/libperry_stdlib.a" -lpthread -ldl -lm
exec "$1/app"
