#!/bin/sh
# Runs libvirtd as process 1's only service, in network, mount and process namespaces of its own: its end, whatever
# the cause, ends machines and networks too. Nothing of the host's libvirt or system bus is seen or changed.
# usage: daemons.sh RUNTIME STATE; RUNTIME is for sockets (below /run), STATE for disks, logs and settings
set -eu
runtime=$1 state=$2

for folder in etc lib log cache; do
  mkdir -p "$state/$folder"
done
mkdir -p /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt
mount --bind "$state/etc" /etc/libvirt
mount --bind "$state/lib" /var/lib/libvirt
mount --bind "$state/log" /var/log/libvirt
mount --bind "$state/cache" /var/cache/libvirt
# A /run of its own, but for the folder with the sockets.
mount --bind "$runtime" /mnt
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p "$runtime"
mount --move /mnt "$runtime"
# libvirt reads and writes settings of bridges there.
mount -t sysfs sysfs /sys

cat > /etc/libvirt/libvirtd.conf <<END
unix_sock_dir = "$runtime"
unix_sock_rw_perms = "0700"
auth_unix_rw = "none"
auth_unix_ro = "none"
log_outputs = "2:stderr"
END
# One user, no cgroups and no security labels: machines are kept apart from the host by their processors.
cat > /etc/libvirt/qemu.conf <<END
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
END

ip link set lo up
# Not by exec: process 1 has to collect the processes that libvirtd lets go.
libvirtd &
wait $!
