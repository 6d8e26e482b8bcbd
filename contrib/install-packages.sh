#!/bin/sh
# Install the Debian packages that a task needs and that are not there yet.
#   contrib/install-packages.sh build|demo|check
# A cargo and rustc on PATH are used as they are; everything else comes from
# Debian by name.  Nothing is asked of the network when nothing is missing.
set -eu

build="gcc libc6-dev make pkg-config liblua5.4-dev lua5.4 libelf-dev
       libxxhash-dev lua-dkjson lua-lpeg-dev"
demo="$build"
check="$demo clang llvm lld binutils elfutils lua-busted lua-check
       libclang-rt-14-dev python3 strace util-linux"

case "${1:-}" in
  build) wanted=$build ;;
  demo) wanted=$demo ;;
  check) wanted=$check ;;
  *) echo "usage: $0 build|demo|check" >&2; exit 2 ;;
esac

case "$1" in
  demo|check)
    command -v cargo >/dev/null 2>&1 && command -v rustc >/dev/null 2>&1 ||
      wanted="$wanted cargo rustc" ;;
esac

missing=
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
    grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "symrun: installing from Debian:$missing"
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$as_root apt-get install -y -q --no-install-recommends $missing >/dev/null 2>&1 ||
  { $as_root apt-get update -q >/dev/null &&
    $as_root apt-get install -y -q --no-install-recommends $missing; }
