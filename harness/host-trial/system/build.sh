#!/bin/sh
# Builds the disk of a stock Debian host (system.raw: ext4 on the whole disk), with vmlinuz and initrd.img for a direct
# kernel boot. Runs in mount and process namespaces of its own; makes the file system out of a folder, so that no loop
# device and no mount is needed.
# usage: build.sh FOLDER SUITE MIRROR PACKAGES; PACKAGES has blanks
set -eu
folder=$1 suite=$2 mirror=$3 packages=$4
here=$(dirname "$0")
root=$folder/root

# As the installer does it: all that Debian calls required or important.
debootstrap "$suite" "$root" "$mirror"

in_root() {
  chroot "$root" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

cp -rT "$here/files" "$root"
echo debian12 > "$root/etc/hostname"
# Only what the disks need.
mkdir -p "$root/etc/initramfs-tools"
printf '%s\n' virtio_pci virtio_blk ext4 > "$root/etc/initramfs-tools/modules"
in_root apt-get -qq install --yes --no-install-recommends $packages
cp "$root"/boot/vmlinuz-* "$folder/vmlinuz"
gzip -dc "$root"/boot/initrd.img-* > "$folder/initrd.img"

# What belongs to one machine.
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id"
: > "$root/etc/machine-id"
: > "$root/etc/resolv.conf"
rm -rf "$root"/var/cache/apt/* "$root/debootstrap"

# All tables are written now: the kernel would do it in the background of the first boot.
mke2fs -q -t ext4 -m 0 -E lazy_itable_init=0,lazy_journal_init=0 -d "$root" "$folder/system.raw" 8G
rm -rf "$root"
