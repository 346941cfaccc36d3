import { describe, expect, it } from "vitest";
import { faultsIn } from "./lint.ts";

describe("what CentOS 7.5 lacks", () => {
  it.each([
    // Programs.
    ["killall etcd", "killall is neither"],
    ["echo x | socat - TCP:t72:9000", "socat is neither"],
    ["if perl -e 1; then :; fi", "perl is neither"],
    ["timeout 5 killall etcd", "killall is neither"],
    ["nsenter --net --target 7 conntrack -L", "conntrack is neither"],
    ["env -i HOME=/root bash -lc 'netstat -tln'", "netstat is neither"],
    ["echo $(lsof -i :80)", "lsof is neither"],
    ["trap 'fuser /x' EXIT", "fuser is neither"],
    ["find / -name x -exec nano {} +", "nano is neither"],
    ["ls | xargs -r -n 4 jq .", "jq is neither"],
    ['quietly() { "$@"; }; quietly systemctl show --value x', "systemctl of CentOS 7.5 has no --value"],
    ["/usr/bin/python3 -c 1", "python3 is neither"],
    // Options.
    ["systemctl show -p MainPID --value etcd", "systemctl of CentOS 7.5 has no --value"],
    ["journalctl -u etcd --output-fields=MESSAGE", "journalctl of CentOS 7.5 has no --output-fields"],
    ["ip -j address", "ip of CentOS 7.5 has no -j"],
    ["ip -o -json route", "ip of CentOS 7.5 has no -json"],
    ["nsenter --net --target 7 --cgroup ip a", "nsenter of CentOS 7.5 has no --cgroup"],
    ["nsenter -C -t 7 ip a", "nsenter of CentOS 7.5 has no -C"],
    ["curl -s --fail-with-body http://t71", "curl of CentOS 7.5 has no --fail-with-body"],
    ["iptables -w 5 -L", "iptables of CentOS 7.5 takes no seconds for -w"],
    ["iptables --wait=5 -L", "iptables of CentOS 7.5 takes no seconds for -w"],
    ["iptables-save --file=/x", "iptables-save of CentOS 7.5 has no --file"],
    ["cp --update=none a b", "cp of CentOS 7.5 has no --update"],
    ["env --chdir=/ ls", "env of CentOS 7.5 has no --chdir"],
    ["find / -files0-from x", "find of CentOS 7.5 has no -files0-from"],
    ["tar --sort=name -cf x y", "tar of CentOS 7.5 has no --sort"],
    ["grep --no-ignore-case x y", "grep of CentOS 7.5 has no --no-ignore-case"],
    ["ss -tlQ", "ss of CentOS 7.5 has no -Q"],
    ["lsblk --json", "what options lsblk knows is not in"],
    // Syntax of bash.
    ['echo "${x@Q}"', "${x@Q} needs bash 4.4"],
    ["f() { local -n ref=x; }", "local -n needs bash 4.3"],
    ["declare -gn ref=x", "declare -n needs bash 4.3"],
    ["wait -n", "wait -n needs bash 4.3"],
    ["mapfile -d '' -t all", "mapfile -d needs bash 4.4"],
    ["all[-1]=x", "an index below 0 needs bash 4.3"],
    ["f() { local -; set -x; }", "local - needs bash 4.4"],
    ["echo $EPOCHSECONDS", "$EPOCHSECONDS needs bash 5.0"],
    ["shopt -s inherit_errexit", "shopt inherit_errexit needs a later bash"],
    ["[[ -v all[0] ]]", "needs bash 4.3"],
    ["echo x \\", "bash 4.2 drops a backslash at the end"],
    ["echo $(", "at "],
  ])("is found in %j", (script, message) => {
    expect(faultsIn(script)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    "systemctl show '*.service' --property=Id,ActiveState -p x; systemctl -q enable --now x.socket",
    "journalctl --sync 2>/dev/null; journalctl --no-pager -o short-precise -n 40 --since=-15s -u etcd",
    "ip -o -4 address show; ip -d link show dev flannel.1; ip neigh show nud permanent",
    "ss -Hltnp; ss -tln",
    "iptables -w -t raw -A GUIDE-CUT -p tcp --dport 22 -j RETURN",
    String.raw`timeout 15 curl -0 -s --connect-timeout 2 --max-time 4 -w '\n' "http://t71/?[1-3]" | sort | uniq -c`,
    "timeout 6 tcpdump -nn -l --immediate-mode -i eth0 -c 3 'icmp[icmptype] = icmp-echo'",
    "printf '%(%s)T' -1; echo ${all[-1]} ${x:0:-1}; echo 'ends \\\\'",
    "sed -n -e 's/x/y/p' file; grep -qF x; tail -c +5 file; head -n -1 file; date -u -r x '+%a'",
    "sudo -n -H -- bash -c 'cd; ls -d /k8s'",
    "find / -xdev \\( -path /proc -o -path /sys \\) -prune -o -type f -printf '%p\\0' -print0",
    "docker run --rm x; kubectl get pods --anything; dpkg-query -W -f='x'",
    "kill -KILL 7; $program --unknown; mount -o remount,bind,rw /x",
  ])("is not found in %j", (script) => {
    expect(faultsIn(script)).toEqual([]);
  });
});
