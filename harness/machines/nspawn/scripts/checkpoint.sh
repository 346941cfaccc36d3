#!/bin/sh
# Saves the root file systems of machines that run, all at one moment: they stand still from before the first
# snapshot until after the last. Runs among the cluster's mounts.
# usage: checkpoint.sh POOL KEY CLUSTER v1|v2 { MACHINE ROOT CGROUP }...
set -eu
pool=$1 key=$2 cluster=$3 version=$4
shift 4
target=$pool/checkpoints/$key
# Somebody else may save the same state at this moment.
unfinished=$target.new.$cluster
[ ! -d "$target" ] || exit 0
mkdir -p "$unfinished"

if [ "$version" = v1 ]; then file=freezer.state still=FROZEN moving=THAWED
else file=cgroup.freeze still=1 moving=0; fi

each_cgroup() { # what to write, then MACHINE ROOT CGROUP...
  what=$1
  shift
  while [ $# -gt 0 ]; do
    echo "$what" > "$3/$file"
    shift 3
  done
}

stands_still() {
  if [ "$version" = v1 ]; then [ "$(cat "$1/freezer.state")" = FROZEN ]
  else grep -qx 'frozen 1' "$1/cgroup.events"; fi
}

all_stand_still() {
  while [ $# -gt 0 ]; do
    stands_still "$3" || return 1
    shift 3
  done
}

save() {
  while [ $# -gt 0 ]; do
    btrfs -q subvolume snapshot -r "$2" "$unfinished/$1"
    shift 3
  done
}

trap 'each_cgroup "$moving" "$@"' EXIT
# A shell that a signal ends does not get to its EXIT.
trap 'exit 143' TERM
each_cgroup "$still" "$@"
tries=500
until all_stand_still "$@"; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { echo "the machines did not stand still within 5 s" >&2; exit 1; }
  # With many short-lived processes version 1 was seen to stay halfway; runc, too, lets them go on and tries again.
  if [ $((tries % 25)) = 0 ]; then
    each_cgroup "$moving" "$@"
    each_cgroup "$still" "$@"
  fi
  sleep 0.01
done
save "$@"
each_cgroup "$moving" "$@"
mv -T "$unfinished" "$target"
