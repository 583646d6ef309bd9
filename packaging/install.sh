#!/bin/sh
# Installs the agent of this package, or updates to it; may be run again at any time. Needs root, systemd and glibc.
# With --gateway HOST:PORT --ca-pin PIN --token-file FILE|- [--proxy URL] it enrolls the host before it starts the agent.
# The agent is the one way to this host: whenever the power goes, `current` names a version that is whole on the disk, and a
# version that does not start gives way to the one before (fall-back).
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
version=$(cat "$here/VERSION")
root=/usr/local/lib/byo-agent
unit=/etc/systemd/system/byo-agent.service

fail() {
  echo "byo-agent: $1" >&2
  exit 1
}
# The files are those of this package, every byte of them.
is_whole() {
  cmp -s "$here/SHA256SUMS" "$1/SHA256SUMS" && (cd "$1" && sha256sum --quiet --strict -c SHA256SUMS) >/dev/null 2>&1
}
# From a file, as a whole: after a loss of power the old one is there or the new one, never a part.
put() {
  rm -f "$2.new"
  cp "$1" "$2.new"
  sync "$2.new"
  mv -f "$2.new" "$2"
  sync -f "$2"
}
point() {
  ln -sfn "$1" "$root/.$2"
  mv -Tf "$root/.$2" "$root/$2"
  sync -f "$root"
}

[ "$(id -u)" -eq 0 ] || fail 'run this as root'
command -v systemctl >/dev/null || fail 'this machine has no systemd; 239 or newer is needed'
is_whole "$here" || fail 'this package is not whole: fetch and unpack it again'

umask 022
mkdir -p "$root"
running=$(readlink "$root/current" 2>/dev/null || true)
name=$version
if [ "$running" = "$version.again" ] && is_whole "$root/$version.again"; then name=$version.again; fi
if ! is_whole "$root/$name"; then
  # What `current` names stays where it is until something whole can take its place.
  if [ "$running" = "$version" ]; then name=$version.again; fi
  rm -rf "$root/.new"
  mkdir "$root/.new"
  cp -R "$here/bin" "$here/lib" "$here/byo-agent.service" "$here/fall-back" "$here/install.sh" "$here/uninstall.sh" \
    "$here/SHA256SUMS" "$root/.new/"
  # Tried where it will stand: the folder of the package may be mounted noexec.
  "$root/.new/bin/node" --version >/dev/null ||
    fail 'the Node of this package does not run here; it needs glibc 2.28 or newer, and the CPU it was made for'
  sync -f "$root/.new"
  # Last: its presence says that the rest is whole, also to installers that know no hashes.
  cp "$here/VERSION" "$root/.new/VERSION"
  sync -f "$root/.new"
  is_whole "$root/.new" || fail "the disk below $root does not keep what is written to it"
  rm -rf "${root:?}/$name"
  mv "$root/.new" "$root/$name"
  sync -f "$root"
fi

mkdir -p /usr/local/bin /etc/byo-agent
chmod 700 /etc/byo-agent
put "$here/fall-back" "$root/fall-back"
changed=no
if [ "$running" != "$name" ]; then
  # A version that has not come to READY yet is nothing to go back to, nor are the files that a crash has damaged.
  before=$running
  if [ -s "$root/trial" ]; then before=$(head -n 1 "$root/trial"); fi
  rm -f "$root/trial"
  case $before in
    '' | "$version" | "$version.again") ;;
    *)
      if [ -e "$root/$before/VERSION" ]; then
        point "$before" previous
        # For as long as it is there, a start that does not come to READY is counted.
        echo "$before" >"$root/trial"
      fi
      ;;
  esac
  point "$name" current
  changed=yes
fi
ln -sfn "$root/current/bin/byo-agent" /usr/local/bin/byo-agent
if ! cmp -s "$here/byo-agent.service" "$unit"; then
  put "$here/byo-agent.service" "$unit"
  systemctl daemon-reload
  changed=yes
fi
systemctl enable --quiet byo-agent.service
# What it must know comes as arguments, the token never: other users can read command lines.
if [ $# -gt 0 ]; then "$root/current/bin/byo-agent" enroll "$@"; fi
if [ ! -e /var/lib/byo-agent/identity.json ]; then
  echo "byo-agent $version is installed; enroll this host with byo-agent enroll, then: systemctl start byo-agent"
  exit 0
fi
# What an operation has started goes on by itself during the restart. Both come back once the agent has said READY.
if [ "$changed" = yes ]; then verb=restart; else verb=start; fi
if ! systemctl "$verb" byo-agent.service; then
  "$root/fall-back" now || fail "$version does not start, see journalctl -u byo-agent; there is no version to go back to"
  put "$root/current/byo-agent.service" "$unit"
  systemctl daemon-reload
  systemctl restart byo-agent.service || fail "neither $version nor the one before it starts, see journalctl -u byo-agent"
  fail "$version does not start, see journalctl -u byo-agent; $(cat "$root/current/VERSION") runs again"
fi
rm -f "$root/trial"
# Only the one before is kept, to go back to.
previous=$(readlink "$root/previous" 2>/dev/null || true)
for old in "$root"/*; do
  case $(basename "$old") in "$name" | "$previous" | current | previous | fall-back) ;; *) rm -rf "$old" ;; esac
done
echo "byo-agent $version runs"
