#!/bin/sh
# Deletes subvolumes of a pool, and prints those that were there. Runs in a mount namespace of its own.
# usage: release.sh IMAGE OPTIONS MOUNTPOINT SUBVOLUME...
set -eu
image=$1 options=$2 mountpoint=$3
shift 3
flock "$image.lock" mount -o "$options" "$image" "$mountpoint"
cd "$mountpoint"
for subvolume do
  [ -d "$subvolume" ] || continue
  # A subvolume inside, such as one of Docker's, has inode 256 and must go first.
  # Or another process has deleted it meanwhile.
  btrfs -q subvolume delete "$subvolume" 2>/dev/null ||
    find "$subvolume" -depth -type d -inum 256 -exec btrfs -q subvolume delete {} \; ||
    [ ! -d "$subvolume" ]
  echo "$subvolume"
done
# A commit wakes btrfs's cleaner. What it has not removed when we unmount, the next cluster would wait for.
btrfs filesystem sync .
tries=200
while [ "$tries" -gt 0 ] && [ "$(btrfs subvolume list -d .)" ]; do
  sleep 0.02
  tries=$((tries - 1))
done
cd /
umount "$mountpoint"
