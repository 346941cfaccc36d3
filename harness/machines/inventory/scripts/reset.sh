#!/bin/sh
# Takes the guide off a host. Everything it does can be done again. Its lists come before this text, words with
# blanks between: `stop`, `containers`, `spared` (containers that were there before), `images`, `volumes`, `networks`,
# `links`, `remove`, `packages`, `folders` (the guide's, with bars between), `keeps_docker` (set if Docker was there before).
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
has() { command -v "$1" >/dev/null 2>&1; }
quietly() { "$@" >/dev/null 2>&1; }

# All that they keep goes: an apiserver would wait 20 s for the etcd that stops beside it.
quietly systemctl stop --no-block $stop
quietly systemctl kill --signal=KILL $stop
quietly systemctl stop $stop
quietly systemctl disable $stop

# While Docker runs: it knows best how its things go.
if quietly systemctl is-active docker.service; then
  # Pods' containers, whether or not anyone knows what was there before: a kubelet has made some since it was looked.
  # k8s, container, pod, namespace, uid, attempt; dockershim adds a number where a name is taken.
  pods=$(docker ps --all --quiet --no-trunc --filter 'name=^/?k8s_[^_]+_[^_]+_[^_]+_[0-9a-f-]+_[0-9]+(_[0-9a-f]+)?$')
  for container in $containers $pods; do
    case " $spared " in *" $container "*) ;; *) echo "$container" ;; esac
  done | sort -u |
    xargs -r -P 4 -n 4 docker rm --force --volumes >/dev/null 2>&1
  for network in $networks; do quietly docker network rm "$network"; done
  for volume in $volumes; do quietly docker volume rm --force "$volume"; done
  for image in $images; do quietly docker rmi --force "$image"; done
fi
quietly systemctl stop docker.socket docker.service
[ -n "$keeps_docker" ] || quietly systemctl stop containerd.service

# What still runs in a pod's cgroup, or from the guide's folders.
processes() {
  cat $(find /sys/fs/cgroup -path '*kubepods*' -name cgroup.procs 2>/dev/null) /dev/null
  [ -n "$keeps_docker" ] || cat $(find /sys/fs/cgroup -path '*/docker/*' -name cgroup.procs 2>/dev/null) /dev/null
  ls -l /proc/[0-9]*/exe 2>/dev/null | sed -nE "s#.* /proc/([0-9]*)/exe -> ($folders)/.*#\\1#p"
  [ -n "$keeps_docker" ] || ls -l /proc/[0-9]*/exe 2>/dev/null |
    sed -n 's|.* /proc/\([0-9]*\)/exe -> .*/containerd-shim[^/]*$|\1|p'
}
tries=0
while [ -n "$(processes)" ] && [ $tries -lt 50 ]; do
  quietly kill -KILL $(processes)
  tries=$((tries + 1))
  sleep 0.1
done

# The innermost mount is the last one.
for place in $remove; do
  awk -v place="$place" '$5 == place || index($5, place "/") == 1 { print $5 }' /proc/self/mountinfo | tac |
    while read -r point; do umount "$(printf '%b' "$point")" 2>/dev/null || umount --lazy "$(printf '%b' "$point")"; done
done
for place in $remove; do rm -rf --one-file-system "$place"; done

for link in $links; do [ ! -e "/sys/class/net/$link" ] || quietly ip link delete "$link"; done
# A bridge of Docker's own comes again with Docker's own address.
[ ! -e /sys/class/net/docker0 ] || quietly ip link delete docker0

if [ -n "$packages" ]; then
  if has yum; then yum -y -q remove $packages >/dev/null; else DEBIAN_FRONTEND=noninteractive apt-get -y -q purge $packages >/dev/null; fi
fi
find /sys/fs/cgroup -depth -type d \( -path '*/kubepods*' -o -path '*/docker' -o -path '*/docker/*' \) -exec rmdir {} + 2>/dev/null
exit 0
