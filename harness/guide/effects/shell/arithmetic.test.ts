import { expect, test } from "vitest";
import { units } from "../testing.ts";

// Loops that count, and the elements of arrays.
test.each<[string, string[]]>([
  ["for ((i=1; i<=2; i++)); do systemctl start etcd@$i; done", ["starts etcd@1", "starts etcd@2"]],
  [
    "all=(etcd 'kube let')\nall+=(docker)\nfor (( i = 0; i < ${#all[@]}; i += 2 )); do systemctl start ${all[i]} ${all[$i+0]}; done",
    ["unknown systemctl start etcd ?", "starts etcd", "unknown systemctl start docker ?", "starts docker"],
  ],
  [
    'all=(a b c)\nall=(etcd docker)\nfor i in "${!all[@]}"; do systemctl start ${all[$i]}$((2 * (i + 1) - 1)); done',
    ["starts etcd1", "starts docker3"],
  ],
  [
    "all=(etcd docker)\nsystemctl start ${all[1]}\nn=1; ((n--)); systemctl start ${all[n]}",
    ["starts docker", "starts etcd"],
  ],
  [
    "for ((i = $(nproc); i > 0; i--)); do systemctl start etcd@$i; done",
    ["unknown systemctl start etcd@? (perhaps)"],
  ],
  ["for ((;;)); do systemctl start a && break; done", ["starts a (perhaps)"]],
  [
    "n=0\nuntil systemctl start a; do n=$((n + 1)); done\nsystemctl start b$n",
    ["starts a", "unknown systemctl start b?"],
  ],
  [
    "systemctl start a$((1 / 0)) b$((unset)) c$((5 / 2))$((-5 % 3))",
    ["unknown systemctl start a? b0 c2-2", "starts b0", "starts c2-2"],
  ],
])("%j", (script, expected) => expect(units(script)).toEqual(expected));
