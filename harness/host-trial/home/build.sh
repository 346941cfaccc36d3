#!/bin/sh
# Makes the disk of root's home (home.raw): the project as a clean clone, the caches that make a network needless, and
# what root does after its login. Makes the file system out of a folder: no loop device and no mount is needed.
# usage: build.sh PROJECT HOME DISK; HOME has .cache already, DISK is made
set -eu
project=$1 home=$2 disk=$3
here=$(dirname "$0")
clone=$home/k8s-guide-conformance

rm -rf "$clone" "$disk"
git clone --quiet --no-hardlinks "$project" "$clone"
cp "$here/profile.sh" "$home/.profile"

# What npm and pnpm would fetch.
pnpm=$(sed -n 's/.*"packageManager": "\(pnpm@[^"]*\)".*/\1/p' "$clone/package.json")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Debian's npm finds what one of its own version has fetched.
npx --yes npm@9.2.0 install --silent --no-audit --global --prefix "$scratch/npm" --cache "$home/.npm" "$pnpm"
cp "$clone/package.json" "$clone/pnpm-lock.yaml" "$clone/pnpm-workspace.yaml" "$scratch"
(cd "$scratch" && PATH=$scratch/npm/bin:$PATH pnpm fetch --silent --store-dir "$home/.local/share/pnpm/store")
echo offline=true > "$home/.npmrc"

mke2fs -q -t ext4 -m 0 -E lazy_itable_init=0,lazy_journal_init=0 -d "$home" "$disk" 48G
