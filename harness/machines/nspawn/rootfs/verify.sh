#!/bin/sh
# Succeeds if the pool is whole: it mounts and is stamped as complete; with `all`, every file of the base is
# read too, which makes btrfs compare checksums. Runs in a mount namespace of its own.
# usage: verify.sh IMAGE OPTIONS STAMP quick|all
set -eu
flock "$1.lock" mount -o "$2" "$1" /mnt
[ "$(cat /mnt/complete)" = "$3" ]
[ "$(btrfs property get -t subvol /mnt/base ro)" = ro=true ]
[ "$4" = quick ] || find /mnt/base -type f -exec cat {} + > /dev/null
