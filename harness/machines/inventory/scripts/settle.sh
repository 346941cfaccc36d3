#!/bin/sh
# Brings units to where they were, after the files are as they were. Before this text come `enable`, `disable`,
# `start` and `halt`, lists of units.
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
quietly() { "$@" >/dev/null 2>&1; }
systemctl daemon-reload
for unit in $disable; do quietly systemctl disable "$unit"; done
for unit in $enable; do quietly systemctl enable "$unit"; done
for unit in $halt; do quietly systemctl stop "$unit"; done
quietly systemctl reset-failed
for unit in $start; do systemctl start "$unit" || exit; done
