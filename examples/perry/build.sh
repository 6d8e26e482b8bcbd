#!/bin/sh
# Builds one tree of archives, right or wrong, as a release of such a project would: build.sh TREE OUTDIR
# One cargo call per crate is the point: cargo joins features within a call, so one call for all
# crates would hide the stubs that a release ships.
set -eu

usage() {
    cat <<'END'
usage: build.sh TREE OUTDIR

right:  thin       lto = "thin", one codegen unit (what Cargo.toml says)
        fat        lto = "fat"
        off        lto = "off"
        cgu1       no lto setting, one codegen unit
        cgu16      no lto setting, sixteen codegen units
        wrapped    perry_ext_zlib comes from a wrapper that does mention it
wrong:  zero       perry_ext_zlib comes from a wrapper that never mentions it
        plugin-lto perry_ext_zlib is built with -C linker-plugin-lto
        shadow     perry_ext_http is built without the feature that removes the stubs
        two-tokio  perry_ext_http is built with another tokio
        stale      perry_ext_events is left over from an older build
        gap        perry_stdlib still has zlib, with a function that perry_ext_zlib lacks
        no-order   all extensions have the stubs, and perry_stdlib still has zlib
        two-runtimes  all extensions have the stubs; perry_stdlib calls its own runtime
END
    exit "$1"
}

[ "${1-}" != --help ] || usage 0
[ $# -eq 2 ] || usage 2 >&2
tree=$1

lto=thin units=1 stdlib= events=stdlib http=stdlib zlib=perry_ext_zlib zlib_features=stdlib
zlib_flags= events_stamp=new program=app
case $tree in
    thin) ;;
    fat | off) lto=$tree ;;
    cgu1) lto=false ;;
    cgu16) lto=false units=16 ;;
    wrapped) zlib=perry_ext_zlib_static zlib_features=mention ;;
    zero) zlib=perry_ext_zlib_static zlib_features= ;;
    plugin-lto) zlib_flags='-C linker-plugin-lto' ;;
    shadow) http= ;;
    two-tokio) http='stdlib tokio-metrics' ;;
    stale) events_stamp=old ;;
    gap) stdlib=bundled-zlib ;;
    no-order) events= http= zlib_features= stdlib=bundled-zlib,session program=session ;;
    two-runtimes) events= http= zlib_features= stdlib=session program=session ;;
    *) usage 2 >&2 ;;
esac

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
out=$(CDPATH='' cd "$2" && pwd)
if [ -e "$out/tree" ] && [ "$(cat "$out/tree")" != "$tree" ]; then
    echo "build.sh: $out holds the tree $(cat "$out/tree"); give $tree a folder of its own" >&2
    exit 2
fi
echo "$tree" > "$out/tree"

# Settings of the caller's own projects would change hashes and members.
unset CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_BUILD_BUILD_DIR
export CARGO_TARGET_DIR="$out" CARGO_INCREMENTAL=0 RUSTFLAGS=
export CARGO_PROFILE_RELEASE_LTO="$lto" CARGO_PROFILE_RELEASE_CODEGEN_UNITS="$units"

crate() { # PACKAGE FEATURES
    "${CARGO:-cargo}" build --quiet --offline --locked --release \
        --manifest-path "$here/Cargo.toml" --package "$1" --features "$2"
}

# The stale archive goes first: later calls renew the runtime beside it and leave the archive alone.
PERRY_STAMP=$events_stamp crate perry_ext_events "$events"
export PERRY_STAMP=new
crate perry_stdlib "$stdlib"
crate perry_ext_http "$http"
RUSTFLAGS=$zlib_flags crate "$zlib" "$zlib_features"
"${CC:-cc}" -c -o "$out/app.o" "$here/app/$program.c"
