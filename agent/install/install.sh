#!/bin/sh
# Installs the agent of this package, or updates to it; may be run again at any time. Needs root, systemd and glibc.
# With --gateway HOST:PORT --ca-pin PIN --token-file FILE|- [--proxy URL] it enrols the host before it starts the agent.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=$(cat "$here/VERSION")
root=/usr/local/lib/byo-agent
unit=/etc/systemd/system/byo-agent.service

fail() {
  echo "byo-agent: $1" >&2
  exit 1
}
[ "$(id -u)" -eq 0 ] || fail 'run this as root'
command -v systemctl >/dev/null || fail 'this machine has no systemd; 239 or newer is needed'

umask 022
mkdir -p "$root"
if [ ! -e "$root/$version/VERSION" ]; then
  rm -rf "$root/.new"
  mkdir "$root/.new"
  cp -R "$here/bin" "$here/lib" "$here/byo-agent.service" "$here/install.sh" "$here/uninstall.sh" "$root/.new/"
  # Tried where it will stand: the folder of the package may be mounted noexec.
  "$root/.new/bin/node" --version >/dev/null ||
    fail 'the Node of this package does not run here; it needs glibc 2.28 or newer, and the CPU it was made for'
  # Last: its presence says that the rest is whole.
  cp "$here/VERSION" "$root/.new/VERSION"
  rm -rf "${root:?}/$version"
  mv "$root/.new" "$root/$version"
fi

previous=$(readlink "$root/current" 2>/dev/null || true)
ln -sfn "$version" "$root/.current"
mv -Tf "$root/.current" "$root/current"
mkdir -p /usr/local/bin /etc/byo-agent
chmod 700 /etc/byo-agent
ln -sfn "$root/current/bin/byo-agent" /usr/local/bin/byo-agent

changed=no
if [ "$previous" != "$version" ] || ! cmp -s "$here/byo-agent.service" "$unit"; then
  cp "$here/byo-agent.service" "$unit"
  systemctl daemon-reload
  changed=yes
fi
systemctl enable --quiet byo-agent.service
# What it must know comes as arguments, the token never: other users can read command lines.
if [ $# -gt 0 ]; then "$root/current/bin/byo-agent" enroll "$@"; fi
if [ ! -e /var/lib/byo-agent/identity.json ]; then
  echo "byo-agent $version is installed; enrol this host with byo-agent enroll, then: systemctl start byo-agent"
  exit 0
fi
# What an operation has started goes on by itself during the restart.
if [ "$changed" = yes ]; then systemctl restart byo-agent.service; else systemctl start byo-agent.service; fi
# Only the one before is kept, to go back to.
for old in "$root"/*; do
  name=$(basename "$old")
  case $name in "$version" | "$previous" | current) ;; *) rm -rf "$old" ;; esac
done
echo "byo-agent $version runs"
