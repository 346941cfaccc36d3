#!/bin/sh
# Removes from the folders of PATH below a root whatever is not one of the programs, which have blanks between, so that a
# machine has no program that the guide's reader has not.
# usage: take-out.sh ROOT PROGRAMS
set -eu
for file in "$1"/usr/bin/* "$1"/usr/sbin/*; do
  case " $2 " in
    *" ${file##*/} "*) ;;
    *) rm -f "$file" ;;
  esac
done
