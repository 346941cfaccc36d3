# Root's .profile on the host that is tried. Types the lines of `commands` in the clone, one after the other, writes
# down how each ended, and switches the host off. `/mnt` is a folder of the host that emulates this one.
# For the login on the console alone: tests log in as root, too.
mkdir /run/host-trial 2>/dev/null || return 0
modprobe 9pnet_virtio
mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288 trial /mnt || exec systemctl poweroff
cd k8s-guide-conformance
# No colours, no bars: in the end the console is a file.
export TERM=dumb NO_COLOR=1 npm_config_progress=false
# On an emulated processor Node ends now and then where V8 replaces WebAssembly that runs (Node reads TypeScript with it).
if [ "$(systemd-detect-virt)" = qemu ]; then
  echo 'require("node:v8").setFlagsFromString("--wasm-tiering-budget=2000000000")' > /run/host-trial/node.cjs
  export NODE_OPTIONS=--require=/run/host-trial/node.cjs
fi
while read -r line <&3; do
  echo "host-trial: $line"
  began=$(date +%s)
  sh -c "$line" 3<&-
  echo "$? $(($(date +%s) - began)) $line" | tee -a /mnt/ends
done 3< /mnt/commands
journalctl --boot --no-pager > /mnt/journal.log
cp -r reports/. /mnt
exec systemctl poweroff
