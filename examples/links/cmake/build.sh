#!/bin/sh
# Builds the CMake project, with symrun in the linker's place or bare, and runs
# what was built: build.sh PRIVATE|PUBLIC OUTDIR [bare]
# MAP=whole.map in the environment: with a version script that is right.
# Each command is printed before it runs; the first that fails ends it all.
set -eu

usage() {
    echo 'usage: build.sh PRIVATE|PUBLIC OUTDIR [bare]' >&2
    echo '  PUBLIC: the program gets the state of its library, too' >&2
    echo '  bare: without symrun' >&2
    exit 2
}

show() {
    printf '$ %s\n' "$*"
    "$@"
}

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] && [ "${3:-bare}" = bare ] || usage
case $1 in PRIVATE | PUBLIC) ;; *) usage ;; esac
mkdir -p "$2"
out=$(CDPATH='' cd "$2" && pwd)
[ -z "$(ls -A "$out")" ] || { echo "build.sh: $2 is not empty" >&2; exit 2; }
unset CFLAGS CXXFLAGS LDFLAGS
map=${MAP:-wave.map}

cd "$out"
if [ "${3-}" = bare ]; then
    show cmake -S "$here" -B . -DTONE="$1" -DMAP="$map"
else
    export SYMRUN_RULES="$here/wave.lua" SYMRUN_CAPTURE="$out/captures"
    show cmake -S "$here" -B . -DTONE="$1" -DMAP="$map" \
        -DCMAKE_C_COMPILER=symrun-cc -DCMAKE_CXX_COMPILER=symrun-c++
fi
show cmake --build .
show ./play
[ "${3-}" != bare ] || exit 0

# Every link was kept, those of CMake's own probes among them.
unset SYMRUN_RULES SYMRUN_CAPTURE
show symrun "$here/wave.lua" captures/libwave.so-* captures/play-*
