#!/bin/sh
# Brings units to where they were, after the files are as they were. Before this text come `enable`, `disable`,
# `start` and `halt`, lists of units, and `enforce` (set if SELinux is to be put in force).
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
quietly() { "$@" >/dev/null 2>&1; }
systemctl daemon-reload
for unit in $disable; do quietly systemctl disable "$unit"; done
for unit in $enable; do quietly systemctl enable "$unit"; done
for unit in $halt; do quietly systemctl stop "$unit"; done
quietly systemctl reset-failed
[ -z "$enforce" ] || setenforce 1 || exit
for unit in $start; do systemctl start "$unit" || exit; done
