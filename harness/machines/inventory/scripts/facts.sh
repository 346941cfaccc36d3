#!/bin/sh
# Prints what must be known of a host before the guide may have it: lines of `name=value`; changes nothing.
# Before this text come `peers`, addresses of the other hosts, `address`, its own, `programs`, and the
# guide's `units` and `folders`.
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
echo "user=$(id -u)"
echo "clock=$(date +%s.%N)"
echo "init=$(cat /proc/1/comm)"
echo "machine=$(uname -m)"
(. /etc/os-release && echo "os=$ID $VERSION_ID" && echo "osName=$PRETTY_NAME")
[ -f /sys/fs/cgroup/cgroup.controllers ] && echo cgroups=2 || echo cgroups=1
for program in $programs; do command -v "$program" >/dev/null 2>&1 || echo "lacks=$program"; done
ip -o -4 address | grep -qF " $address/" || echo "notOwn=$address"
reaches() {
  ping -c 1 -W 2 "$1" >/dev/null 2>&1 && return
  # A host that answers no ping may still answer a connection, if only with a refusal.
  answer=$(timeout 3 bash -c ": </dev/tcp/$1/22" 2>&1) && return
  case $answer in *refused*) return 0 ;; esac
  return 1
}
for peer in $peers; do reaches "$peer" || echo "unreachable=$peer"; done
grep -qs native.cgroupdriver=cgroupfs /etc/docker/daemon.json && echo dockerCgroups=cgroupfs
if command -v dpkg-query >/dev/null 2>&1; then
  dpkg-query -W -f='${db:Status-Status}' docker.io 2>/dev/null | grep -qx installed && echo docker=installed
fi

# What the guide would have left.
for folder in $folders; do [ ! -e "$folder" ] || echo "found=$folder"; done
for unit in $units; do
  state=$(systemctl show -p LoadState -p ActiveState "$unit" | sort | cut -d= -f2 | tr '\n' ' ')
  case $state in
    "inactive not-found ") ;;
    *) echo "found=$unit (${state%% *})" ;;
  esac
done
echo end=
