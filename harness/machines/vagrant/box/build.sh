#!/bin/sh
# Builds the parts of a small Debian box for libvirt: box.img (ext4 on the whole disk, as qcow2), vmlinuz and
# initrd.img for a direct kernel boot. Runs in mount and process namespaces of its own; makes the file system
# out of a folder, so that no loop device is needed.
# usage: build.sh FOLDER SUITE MIRROR PACKAGES MASKED KEY; PACKAGES has commas, MASKED blanks, KEY is public
set -eu
folder=$1 suite=$2 mirror=$3 packages=$4 masked=$5 key=$6
here=$(dirname "$0")
root=$folder/root

debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror"

in_root() {
  chroot "$root" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

cp -rT "$here/files" "$root"
chmod 440 "$root/etc/sudoers.d/vagrant"
# CentOS 7 has legacy iptables only.
in_root update-alternatives --set iptables /usr/sbin/iptables-legacy
in_root update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy
# As firewalld does there: it empties all tables when it stops, and says of what it does not let in that it is prohibited.
in_root sed -i 's/^FirewallBackend=.*/FirewallBackend=iptables/' /etc/firewalld/firewalld.conf
in_root firewall-offline-cmd --zone=public --set-target='%%REJECT%%'
in_root firewall-offline-cmd --zone=public --add-protocol=icmp
cp "$here/policy.cil" "$root/guide.cil"
in_root semodule --noreload --install /guide.cil
rm "$root/guide.cil"
# What vagrant logs in as (https://developer.hashicorp.com/vagrant/docs/boxes/base); without PAM, sshd lets no
# account in that is locked.
in_root useradd --create-home --shell /bin/bash --password '*' vagrant
mkdir -p -m 700 "$root/home/vagrant/.ssh" "$root/root/.ssh"
printf '%s\n' "$key" > "$root/home/vagrant/.ssh/authorized_keys"
chmod 600 "$root/home/vagrant/.ssh/authorized_keys"
in_root chown -R vagrant:vagrant /home/vagrant
# The guide starts Docker itself.
in_root systemctl disable docker.service docker.socket containerd.service
in_root systemctl enable systemd-networkd.service ssh.service guide-host-key.service guide-ssh-sessions.service
in_root systemctl set-default multi-user.target
in_root systemctl mask $masked
mkdir -p "$root/etc/docker"

# Only what the root file system needs; not compressed, for emulated processors unpack slowly.
printf '%s\n' virtio_pci virtio_blk ext4 > "$root/etc/initramfs-tools/modules"
in_root update-initramfs -c -k all
cp "$root"/boot/vmlinuz-* "$folder/vmlinuz"
gzip -dc "$root"/boot/initrd.img-* > "$folder/initrd.img"

# What belongs to one machine or to this host.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/var/lib/dbus/machine-id" "$root"/boot/initrd.img-*
: > "$root/etc/machine-id"
: > "$root/etc/resolv.conf"
: > "$root/etc/apt/sources.list"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/*.log "$root/debootstrap"
rm -rf "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/*

# What the policy says of each file, so that the first boot has nothing to label. No file is changed from here on.
# setfiles looks for its own open files there.
mount -t proc proc "$root/proc"
in_root setfiles -m -F -e /proc /etc/selinux/default/contexts/files/file_contexts /
umount "$root/proc"

# All tables are written now: the kernel would do it in the background of the first boot.
mke2fs -q -t ext4 -m 0 -i 32768 -E lazy_itable_init=0,lazy_journal_init=0 -d "$root" "$folder/disk.raw" 16G
rm -rf "$root"
qemu-img convert -f raw -O qcow2 "$folder/disk.raw" "$folder/box.img"
rm "$folder/disk.raw"
