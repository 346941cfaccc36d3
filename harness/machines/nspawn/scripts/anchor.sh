#!/bin/sh
# Holds the mounts of a cluster in a mount namespace of its own: they end with the last process in it,
# and the host never sees them. usage: anchor.sh IMAGE OPTIONS MOUNTPOINT
set -eu
flock "$1.lock" mount -o "$2" "$1" "$3"
# What is unmounted here must go from the copies that each machine's nspawn makes, too.
mount --make-rshared /
echo ready
exec sleep infinity
