#!/bin/sh
# Lists the subvolumes that are saved in a pool, or gives what was freed back to the host's file system.
# Runs in a mount namespace of its own. usage: checkpoints.sh IMAGE OPTIONS list | tidy
set -eu
flock "$1.lock" mount -o "$2" "$1" /mnt
mkdir -p /mnt/checkpoints
cd /mnt/checkpoints
if [ "$3" = list ]; then
  find . -mindepth 1 -maxdepth 2 -type d -printf '%P\n'
else
  find . -mindepth 1 -maxdepth 1 -type d -empty -delete
  fstrim /mnt
fi
