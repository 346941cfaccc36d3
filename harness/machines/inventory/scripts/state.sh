#!/bin/sh
# Prints what the guide could change on a host, a line a thing: section, value, name, with tabs between.
# Changes nothing. Four variables come before this text: `unwalked`, folders that are not walked into, `places`,
# patterns of what belongs to the guide and is looked for wherever it is, `units`, whose state is asked for, and
# `folders`, the guide's own, with bars between.
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
has() { command -v "$1" >/dev/null 2>&1; }
# Prints `section, value, name` for lines of `value TAB name`.
section() { awk -v section="$1" '{ print section "\t" $0 }'; }
# The same for lines that are kept as they are, in their order.
lines() { awk -v section="$1" '{ print section "\t\t" $0 }'; }

cat /proc/sys/kernel/random/boot_id | lines boot

# Names may hold anything: one with a line's end is printed with a question mark.
roots=/
for folder in /etc /opt /root /srv /usr /usr/local /var /var/lib; do
  [ ! -d "$folder" ] || [ "$(stat -c %d "$folder")" = "$(stat -c %d "$folder/..")" ] || roots="$roots $folder"
done
set -f
set -- -path /proc
for folder in $unwalked; do set -- "$@" -o -path "$folder"; done
find $roots -xdev \( "$@" \) -prune -o \
  \( -type f -printf 'file\t%y %#m %u:%g\t%p\0content\t%s %T@\t%p\0' -o -type l -printf 'file\t%y -> %l\t%p\0' -o \
  -printf 'file\t%y %#m %u:%g\t%p\0' \) 2>/dev/null | tr '\n\0' '?\n'
# Where the guide changes a file in its place, its time says nothing.
find /etc /root /usr/local /usr/lib/systemd -xdev \( "$@" \) -prune -o -type f -size -2048k -print0 2>/dev/null |
  xargs -0 -r sha256sum | sed -e '/^\\/ { s///; s/\\\\/\\/g }' -e 's/^\([0-9a-f]*\)  /hash\t\1\t/'
set +f

for place in $places; do
  [ ! -e "$place" ] && [ ! -L "$place" ] || stat -c 'place	%F	%n' "$place"
done
for file in authorized_keys known_hosts id_ed25519.pub; do
  [ ! -f "/root/.ssh/$file" ] || lines "$file" <"/root/.ssh/$file"
done

if has dpkg-query; then dpkg-query -W -f='package\t${Version}\t${Package}:${Architecture}\n'; fi
if has rpm; then rpm -qa --qf 'package\t%{VERSION}-%{RELEASE}\t%{NAME}.%{ARCH}\n'; fi

systemctl list-unit-files --no-legend --no-pager --full | awk '{ print "unit\t" $2 "\t" $1 }'
for unit in $units; do
  echo "active	$(systemctl show -p ActiveState "$unit" | cut -d= -f2)	$unit"
done
ls -l /proc/[0-9]*/exe 2>/dev/null | sed -n 's/.* -> //p' |
  grep -E "^($folders)/|"'/(dockerd|containerd|containerd-shim[^/]*|docker-proxy|docker-containerd[^/]*|kube[^/]*|etcd|flanneld)( \(deleted\))?$' |
  sort | uniq -c | awk '{ count = $1; sub(/^ *[0-9]+ /, ""); print "process\t" count "\t" $0 }'

for device in /sys/class/net/*; do echo "link		${device##*/}"; done
ip -o address | grep -v -e ' dynamic' -e ' temporary' | awk '{ print "address\t\t" $2 " " $3 " " $4 }'
{ ip -4 route show table all; ip -6 route show table all; } 2>/dev/null |
  grep -v 'proto ra' | sed -e 's/ expires [0-9]*sec//' -e 's/ linkdown//' -e 's/ *$//' | lines route
ip rule | sed 's/^\([0-9]*\):[[:space:]]*/\1 /' | lines rule
# A filter that cannot be read is none that is empty: giving that back would empty the host's own.
if has iptables-save; then
  filter=$(iptables-save) || exit 1
  printf '%s' "$filter" | lines iptables
fi
if has ip6tables-save; then
  filter=$(ip6tables-save) || exit 1
  printf '%s' "$filter" | lines ip6tables
fi

awk '{ end = 7; while ($end != "-") end++; print "mount\t" $(end + 1) " " $(end + 2) "\t" $5 }' /proc/self/mountinfo
find /sys/fs/cgroup -maxdepth 3 -type d \( -name 'kubepods*' -o -name docker -o -name 'docker-*.scope' \) 2>/dev/null | lines cgroup
sysctl -a 2>/dev/null | sed -n 's/\t/ /g; s/^\([^ ]*\) = \(.*\)$/sysctl\t\2\t\1/p'

# By Docker's folders: it need not run.
cd /var/lib/docker 2>/dev/null && {
  # shellcheck disable=SC2010 # Names are digests.
  ls image/*/imagedb/content/sha256 2>/dev/null | grep -E '^[0-9a-f]{64}$' | lines image
  ls containers 2>/dev/null | lines container
  # Those that have names as a kubelet gives them (reset.sh).
  grep -HoE '"Name":"/k8s_[^_"]+_[^_"]+_[^_"]+_[0-9a-f-]+_[0-9]+(_[0-9a-f]+)?"' containers/*/config.v2.json 2>/dev/null |
    sed 's|^containers/\([^/]*\)/.*"/\(.*\)"$|\1 \2|' | lines pods
  ls -p volumes 2>/dev/null | sed -n 's|/$||p' | lines volume
}
[ ! -S /run/docker.sock ] || [ "$(systemctl is-active docker)" != active ] ||
  docker network ls --format '{{.Driver}}	{{.Name}}' 2>/dev/null | section network
if has getenforce; then getenforce | lines selinux; fi
echo "end		"
