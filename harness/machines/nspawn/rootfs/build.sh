#!/bin/sh
# Builds the pool with the base of all machines. Runs in mount and process namespaces of its own, so that its
# end, whatever the cause, leaves an unfinished file and nothing else.
# usage: build.sh IMAGE SUITE MIRROR PACKAGES MASKED PROGRAMS STAMP; PACKAGES has commas, MASKED and PROGRAMS blanks
set -eu
image=$1 suite=$2 mirror=$3 packages=$4 masked=$5 programs=$6 stamp=$7
here=$(dirname "$0")

truncate -s 24G "$image"
mkfs.btrfs --quiet --force --metadata single --data single "$image"
# A place that exists on every host; only this namespace sees the mount.
pool=/mnt
mount -o loop,noatime,commit=300,nobarrier "$image" "$pool"
base=$pool/base
btrfs -q subvolume create "$base"
mkdir "$pool/machines"

debootstrap --variant=minbase --include="$packages" "$suite" "$base" "$mirror"

in_base() {
  chroot "$base" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

cp -rT "$here/files" "$base"
# CentOS 7 has legacy iptables only.
in_base update-alternatives --set iptables /usr/sbin/iptables-legacy
in_base update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy
# As firewalld does there: it empties all tables when it stops, and says of what it does not let in that it is prohibited.
in_base sed -i 's/^FirewallBackend=.*/FirewallBackend=iptables/' /etc/firewalld/firewalld.conf
in_base firewall-offline-cmd --zone=public --set-target='%%REJECT%%'
in_base firewall-offline-cmd --zone=public --add-protocol=icmp
# What yum is to install must not be there before. The script that leads wget to the mirror comes with wget.
mv "$base/usr/local/bin/wget" "$base/usr/local/lib/guide/wget"
for program in wget docker dockerd containerd runc yum-config-manager; do
  ! in_base sh -c "command -v $program" || exit 1
done
# SSH comes through our own socket.
in_base systemctl disable ssh.service
in_base systemctl enable guide-machine.service guide-ssh.socket guide-mirror.socket
in_base systemctl set-default multi-user.target
in_base systemctl mask $masked
# Debian's systemctl would hand services on to update-rc.d that have a script of System V, too.
rm -rf "$base"/etc/init.d/* "$base"/etc/rc?.d
# These are the whole host's, not a machine's.
for settings in 50-pid-max.conf 99-protect-links.conf; do
  ln -s /dev/null "$base/etc/sysctl.d/$settings"
done
# systemd would make subvolumes of them, which a snapshot of the machine leaves out.
mkdir -p "$base/srv" "$base/home" "$base/var/tmp" "$base/var/lib/machines" "$base/var/lib/portables"
mkdir -p "$base/root/.ssh" "$base/etc/docker" "$base/var/cache/guide-artifacts" "$base/var/cache/guide-packages"
chmod 700 "$base/root/.ssh"

# What belongs to one machine or to this host.
rm -f "$base"/etc/ssh/ssh_host_* "$base/etc/hostname" "$base/var/lib/dbus/machine-id"
: > "$base/etc/machine-id"
: > "$base/etc/resolv.conf"
: > "$base/etc/apt/sources.list"
rm -rf "$base"/var/lib/apt/lists/* "$base"/var/cache/apt/* "$base"/var/log/*.log "$base"/debootstrap
# On CentOS 7 it is bash.
ln -sf bash "$base/usr/bin/sh"
"$here/take-out.sh" "$base" "$programs"

btrfs property set -t subvol "$base" ro true
printf %s "$stamp" > "$pool/complete"
sync -f "$pool"
fstrim "$pool"
umount "$pool"
