#!/bin/sh
# Removes the agent. With --purge its keys, journal and configuration go too, and the host needs a new enrollment.
set -eu
root=/usr/local/lib/byo-agent

fail() {
  echo "byo-agent: $1" >&2
  exit 1
}
[ "$(id -u)" -eq 0 ] || fail 'run this as root'
case "${1:-}" in '' | --purge | --force) ;; *) fail 'usage: uninstall.sh [--purge | --force]' ;; esac
if [ "${1:-}" != --force ] && grep -qs '^# Written by byo-agent' /etc/systemd/system/kubelet.service; then
  fail 'this host is a node of a cluster: delete its Machine first, or say --force and clean it by hand'
fi

systemctl disable --now --quiet byo-agent.service 2>/dev/null || true
rm -f /etc/systemd/system/byo-agent.service /etc/systemd/system/byo-agent.service.new /usr/local/bin/byo-agent
systemctl daemon-reload
rm -rf "$root"
if [ "${1:-}" = --purge ]; then rm -rf /var/lib/byo-agent /etc/byo-agent /run/byo-agent; fi
echo 'byo-agent is removed'
