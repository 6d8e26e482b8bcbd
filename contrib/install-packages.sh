#!/bin/sh
# Install the Debian packages that a task needs and that are not there yet.
#   contrib/install-packages.sh build|demo|check|bench
# A cargo and rustc, or a node, on PATH are used as they are; everything else
# comes from Debian by name (bookworm and trixie).  Nothing is asked of the
# network, and no one becomes root, when nothing is missing.
set -eu

build="gcc libc6-dev make pkg-config liblua5.4-dev lua5.4 libxxhash-dev
       lua-dkjson lua-lpeg lua-lpeg-dev libiberty-dev"
demo="$build"
check="$demo git g++ cmake binutils clang libclang-rt-dev lld lld-19 mold
       llvm llvm-19 elfutils libelf-dev lua-busted lua-check python3 strace
       util-linux wabt"

bench="$demo binutils clang mold llvm-19 llvm-19-dev elfutils librust-object-dev
       librust-memchr-dev python3 python3-pyelftools strace"

case "${1:-}" in
  build) wanted=$build ;;
  demo) wanted=$demo ;;
  check) wanted=$check ;;
  bench) wanted=$bench
    ! grep -q bookworm /etc/os-release || wanted="$wanted llvm-14-dev" ;;
  *) echo "usage: $0 build|demo|check|bench" >&2; exit 2 ;;
esac

case "$1" in
  demo|check|bench)
    { command -v cargo && command -v rustc; } >/dev/null 2>&1 ||
      wanted="$wanted cargo rustc" ;;
esac

case "$1" in
  check) command -v node >/dev/null 2>&1 || wanted="$wanted nodejs" ;;
esac

missing=
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
    grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "symrun: not root, and no sudo; as root, run" >&2
    echo "  apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

echo "symrun: installing from Debian${as_root:+, with sudo}:$missing"
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y "$@"; }
install() {
  # shellcheck disable=SC2086
  apt install -o Dpkg::Use-Pty=0 --no-install-recommends $missing >/dev/null
}

# The lists on this machine may be absent or old: then fetch them, once.
install 2>/dev/null || { apt update && install; }
