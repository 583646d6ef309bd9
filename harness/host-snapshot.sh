#!/bin/sh
# Prints what a machine is like, as records `kind TAB value TAB key NUL`. Reads only; needs root.
export LC_ALL=C

# Each line of standard input is a key, and how often it stands there its value: none of these has a name of its own.
lines() {
  awk -v kind="$1" '{ seen[$0]++ } END { for (line in seen) print kind "\t" seen[line] "\t" line }' | tr '\n' '\0'
}
# Lines `value TAB key` of standard input; the key holds no tab.
pairs() {
  awk -v kind="$1" -F '\t' '{ value = $1; for (i = 2; i < NF; i++) value = value " " $i; print kind "\t" value "\t" $NF }' | tr '\n' '\0'
}

# What lives in memory, the agent's own state, and the folder of bundles are not the host's disk.
files() {
  find / \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/lib/byo-agent \
    -o -path /opt/byo-bundles \) -prune -o "$@"
}
files \( -type f -printf 'file\tf %m %U:%G %s\t%p\0' -o -type l -printf 'file\tl %U:%G -> %l\t%p\0' \
  -o -printf 'file\t%y %m %U:%G\t%p\0' \)
# A file that goes while it is read has a record above and no hash.
files -type f -print0 | xargs -0 -r sha256sum -z 2>/dev/null | sed -z 's/^\([0-9a-f]*\) [ *]/hash\t\1\t/'

sysctl -a 2>/dev/null | awk '{ at = index($0, " = "); if (at) print substr($0, at + 3) "\t" substr($0, 1, at - 1) }' | pairs sysctl

awk '{ for (i = 7; $i != "-"; i++); print $5, $(i + 1), $(i + 2), $6, $4 }' /proc/self/mountinfo | lines mount
awk 'NR > 1 { print "swap", $1 }' /proc/swaps | lines mount

for link in /sys/class/net/*; do
  [ -e "$link/mtu" ] && printf '%s mtu %s type %s\t%s\n' "$(cat "$link/address")" "$(cat "$link/mtu")" "$(cat "$link/type")" "${link##*/}"
done | pairs link
ip -o address show | awk '{ print $2, $3, $4 }' | lines address
{
  ip -4 -o route show table all
  ip -6 -o route show table all | sed 's/^/inet6 /'
} | sed -E 's/ expires [0-9]+sec//; s/ linkdown//; s/[ \t]+$//' | lines route

{
  ip rule show | sed 's/^/ip rule /'
  ip -6 rule show | sed 's/^/ip -6 rule /'
  for tool in iptables iptables-legacy ip6tables ip6tables-legacy; do
    command -v "$tool-save" >/dev/null || continue
    "$tool-save" 2>/dev/null | awk -v tool="$tool" '
      /^\*/ { table = substr($0, 2) }
      /^[:-]/ { sub(/ \[[0-9]+:[0-9]+\]$/, ""); print tool, table, $0 }'
  done
  if command -v nft >/dev/null; then
    nft --stateless list ruleset 2>/dev/null | awk '
      /^table/ { table = $1 " " $2 " " $3 }
      /^\t[a-z]/ { chain = $1 " " $2 }
      /^\t\t/ { sub(/^[ \t]+/, ""); print "nft", table, chain, $0; next }
      /^\t[a-z]/ { print "nft", table, chain }'
  fi
} | lines rule

systemctl list-unit-files --plain --no-legend --no-pager --full | awk '{ print $2 "\tfile " $1 }' | pairs unit
# A unit that is neither active nor failed is listed or not as systemd pleases.
systemctl list-units --all --plain --no-legend --no-pager --full | awk '$3 != "inactive" { print $2 " " $3 " " $4 "\t" $1 }' | pairs unit

if command -v dpkg-query >/dev/null; then
  dpkg-query -W -f '${Version} ${db:Status-Abbrev}\t${binary:Package}\n' | pairs package
elif command -v rpm >/dev/null; then
  rpm -qa --qf '%{VERSION}-%{RELEASE}\t%{NAME}.%{ARCH}\n' | pairs package
fi
awk '{ print $1 }' /proc/modules | lines module
# Programs that run, but the agent and its children: those come and go as it looks around.
processes=$(for process in /proc/[0-9]*; do
  grep -qs byo-agent.service "$process/cgroup" || cat "$process/comm" 2>/dev/null
done)
printf '%s\n' "$processes" | sort -u | lines process
