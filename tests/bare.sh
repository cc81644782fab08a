#!/usr/bin/env bash
# Runs a command in a fresh clone in a bare Debian, where nothing is but the base packages, as on a newcomer's machine:
#   tests/bare.sh bookworm ./test
#   tests/bare.sh trixie ./run --seconds 10 --headless --json
# What is committed is cloned. Needs root, git and debootstrap, and a network. The base system is kept for the next time in
# ~/.cache/latentcast/bare; the copy that the command ran in is thrown away. ../shared is there too, read-only.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "tests/bare.sh: mounting and chroot need root" >&2; exit 2; }
release=$1
shift
root=$(cd "$(dirname "$0")/.." && pwd)
base=${XDG_CACHE_HOME:-$HOME/.cache}/latentcast/bare/$release
if [ ! -e "$base/done" ]; then
  rm -rf "$base"
  mkdir -p "$base"
  debootstrap --variant=minbase "$release" "$base/system" >"$base/log" 2>&1 || { tail -n 5 "$base/log" >&2; exit 1; }
  touch "$base/done"
fi
system=$(mktemp -d)
cleanup() {
  for mounted in proc dev root/shared; do umount -l "$system/$mounted" 2>/dev/null || true; done
  rm -rf --one-file-system "$system"
}
trap cleanup EXIT
cp -a "$base/system/." "$system"
cp -L /etc/resolv.conf "$system/etc/resolv.conf" 2>/dev/null || true
# A proxy for packages that this machine needs.
grep -ls Acquire /etc/apt/apt.conf.d/* 2>/dev/null | xargs -r -I{} cp {} "$system/etc/apt/apt.conf.d/"
git clone -q "$root" "$system/root/latentcast"
mount -t proc proc "$system/proc"
mount --rbind /dev "$system/dev" && mount --make-rslave "$system/dev"
if [ -d "$root/../shared" ]; then
  mkdir "$system/root/shared"
  mount --bind -o ro "$root/../shared" "$system/root/shared"
fi
proxies=$(env | grep -i '_proxy=' || true)
# shellcheck disable=SC2086
chroot "$system" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
  LANG=C.UTF-8 $proxies bash -c 'cd /root/latentcast && "$@"' bare "$@"
