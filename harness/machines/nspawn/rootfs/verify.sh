#!/bin/sh
# Succeeds if the pool is whole: it mounts, is stamped as complete, and btrfs counts no damage.
# Runs in a mount namespace of its own. usage: verify.sh IMAGE OPTIONS STAMP
set -eu
mount -o "$2" "$1" /mnt
[ "$(cat /mnt/complete)" = "$3" ]
[ "$(btrfs property get -t subvol /mnt/base ro)" = ro=true ]
btrfs device stats --check /mnt
