#!/bin/sh
# Lists or removes what is saved in a pool. Runs in a mount namespace of its own.
# usage: checkpoints.sh IMAGE OPTIONS list | remove NAME...
set -eu
image=$1 options=$2 verb=$3
shift 3
flock "$image.lock" mount -o "$options" "$image" /mnt
[ -d /mnt/checkpoints ] || exit 0
cd /mnt/checkpoints
if [ "$verb" = list ]; then
  ls
  exit 0
fi
for name do
  [ -d "$name" ] || continue
  for subvolume in "$name"/*; do
    # A subvolume inside, such as one of Docker's, has inode 256 and must go first.
    [ ! -d "$subvolume" ] || btrfs -q subvolume delete "$subvolume" 2>/dev/null || {
      btrfs property set -t subvol "$subvolume" ro false
      find "$subvolume" -depth -type d -inum 256 -exec btrfs -q subvolume delete {} \;
    }
  done
  rmdir "$name"
  echo "$name"
done
# What was freed goes back to the host's file system.
btrfs subvolume sync /mnt >/dev/null
fstrim /mnt
