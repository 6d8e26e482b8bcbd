#!/bin/sh
# Builds the cargo project, with symrun in the linker's place or bare, and uses
# what was built: build.sh right|hurry OUTDIR [bare]
# Each command is printed before it runs; the first that fails ends it all.
set -eu

usage() {
    echo 'usage: build.sh right|hurry OUTDIR [bare]' >&2
    echo '  hurry: a function of C is missing, and an option hides that' >&2
    echo '  bare: without symrun' >&2
    exit 2
}

show() {
    printf '$ %s\n' "$*"
    "$@"
}

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] && [ "${3:-bare}" = bare ] || usage
mkdir -p "$2"
out=$(CDPATH='' cd "$2" && pwd)
[ -z "$(ls -A "$out")" ] || { echo "build.sh: $2 is not empty" >&2; exit 2; }
case $1 in
    right) features= ;;
    hurry) features='--no-default-features --features hurry' ;;
    *) usage ;;
esac

# Settings of the caller's own projects would change the lines.
unset CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_BUILD_BUILD_DIR RUSTFLAGS
export CARGO_TARGET_DIR="$out" CARGO_INCREMENTAL=0

# The variable by which cargo is told a linker has the machine in its name.
host=$("${RUSTC:-rustc}" -vV | sed -n 's/^host: //p')
linker=CARGO_TARGET_$(echo "$host" | tr 'a-z.-' 'A-Z__')_LINKER

cd "$here"
if [ "${3-}" = bare ]; then set -- "$linker=cc"
else
    set -- "$linker=symrun-cc" SYMRUN_RULES="$here/gauge.lua" \
        SYMRUN_CAPTURE="$out/captures"
fi
# shellcheck disable=SC2086
show env "$@" "${CARGO:-cargo}" build --quiet --offline --locked --release \
    $features

cd "$out/release"
show ./gauge
show "${CC:-cc}" -o host "$here/host.c" libgauge.so -Wl,-rpath,"$out/release"
show ./host
[ "$1" != "$linker=cc" ] || exit 0

# Every link was kept. What rustc made for it is gone by now, and yet it can be
# checked again, and run again.
cd "$out"
show symrun "$here/gauge.lua" captures/*
show rm release/deps/gauge-????????????????
show symrun ld --replay captures/gauge-*
show cmp release/gauge release/deps/gauge-????????????????
