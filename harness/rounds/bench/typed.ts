import { UsageError } from "../../errors.ts";
import type { Plan, Step } from "../../guide/types.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import { loadProfile, ownGuide } from "../../profile/profile.ts";
import { shellQuote } from "../../machines/ssh/quote.ts";

/** Seconds between two looks at what the reader waits for, as shell scripts have it. */
const pause = 1;

const components = "2.7.2/component-status";
/** What stands for what the reader's eyes look for in a block's output: a pattern, once for each component or node. */
const awaited: Readonly<Record<string, string>> = {
  [components]: " Healthy ",
  "3.2.10/list-requests": "Pending",
  "3.2.10/list-issued": "Approved,Issued",
  "4.2.6/show-nodes": " Ready ",
};
export type Typing = {
  /** OpenSSH's configuration, with a host for each machine. */
  readonly config: string;
  readonly machines: readonly MachineSpec[];
  /** The images, a file as machines see it: the reader's Docker would pull them. */
  readonly images: string;
  /** Objects of the pods and services that are looked at. */
  readonly workload: string;
};

/**
 * The guide as a plain bash script: its own blocks in their order, typed over ssh on one machine after the other, with the
 * waits that its reader needs, and seven looks in the end. The first thing that fails ends it.
 */
export function typedGuide({ groups }: Plan, typing: Typing): string {
  const steps = groups.flatMap((group) => group.steps);
  const nodes = typing.machines.filter(({ role }) => role === "node").length;
  const blocks = steps.map((step) => {
    const block = typed(step, nodes);
    return step.id === "3.1/start-docker"
      ? [block, on(step.machine, `docker load --quiet --input ${typing.images}`)].join("\n")
      : block;
  });
  return `${[head(typing), ...blocks, looks(steps, typing), "echo all seven looks passed"].join("\n\n")}\n`;
}

const head = ({ config, machines }: Typing): string => `#!/bin/bash
set -euo pipefail

# One connection a machine, kept open.
connect() { ssh -F ${shellQuote(config)} -MNf "$1" </dev/null >/dev/null 2>&1; }
# Types standard input into a login shell of a machine, in the folder where the last block left it.
on() {
  ssh -n -F ${shellQuote(config)} "$1" "bash -lc $(printf %q "cd \\"\\$(cat /run/typed-in 2>/dev/null)\\"
set -e
$(cat)
pwd > /run/typed-in")"
}
hang_up() {
  for machine in ${machines.map(({ name }) => name).join(" ")}; do
    ssh -F ${shellQuote(config)} -O exit "$machine" 2>/dev/null || true
  done
}
trap hang_up EXIT
for machine in ${machines.map(({ name }) => name).join(" ")}; do
  connect "$machine"
done`;

/** A here-document for `on`; its end is a line that no block of a guide has. */
const on = (machine: string, script: string): string =>
  `on ${machine} <<'END_OF_BLOCK'\n${script}\nEND_OF_BLOCK`;

function typed({ id, machine, action }: Step, nodes: number): string {
  if (action.kind === "file") {
    const [arrow, path] = [action.append ? ">>" : ">", shellQuote(action.path)];
    return `# ${id}\n${on(machine, `cat ${arrow} ${path} <<'END_OF_FILE'\n${action.content}\nEND_OF_FILE`)}`;
  }
  const pattern = awaited[id];
  const script =
    pattern === undefined ? action.script : until(action.script, pattern, id === components ? 3 : nodes);
  return `# ${id}\n${on(machine, script)}`;
}

/** A command again and again, until some of its lines have a pattern. */
const until = (command: string, pattern: string, lines: number): string =>
  `until shown=$(${command}) && [ $(grep -c ${shellQuote(pattern)} <<< "$shown") = ${lines} ]; do sleep ${pause}; done; echo "$shown"`;

/** Etcd, the apiserver's certificate, the requests, the nodes, flannel's subnets, a ping across, and a service. */
function looks(steps: readonly Step[], { machines, workload }: Typing): string {
  const script = (id: string): string => {
    const action = steps.find((step) => step.id === id)?.action;
    if (action?.kind === "run") return action.script;
    throw new UsageError(`The guide has no step ${id} to look at`, {
      hint: "The reference is written for the project's own guide.",
    });
  };
  const [master = fail(), ...nodes] = machines.toSorted((a, b) => (a.role < b.role ? -1 : 1));
  const [first = fail(), second = first] = nodes;
  const { kubelet, flannel } = loadProfile(ownGuide);
  const leases = `${flannel?.registry}/subnets`;
  const subnets = script("4.1/register-network").replace(/ set .*$/s, ` ls ${leases}`);
  return `# 1: etcd is healthy
${on(master.name, `${script("2.4.5/check-etcd")} | grep -x "cluster is healthy"`)}

# 2: the apiserver shows a certificate of the guide's CA
${on(first.name, `kubectl --kubeconfig=${kubelet?.kubeconfig} version`)}

# 3: the requests are approved
${on(master.name, until("kubectl get csr", "Approved,Issued", nodes.length))}

# 4: the nodes are Ready
${on(master.name, until("kubectl get nodes", " Ready ", nodes.length))}

# 5: each node has a subnet
${on(master.name, until(subnets, `${leases}/`, nodes.length))}

# 6: a pod reaches one on another node
${on(master.name, `kubectl create -f - <<'END_OF_FILE'\n${workload}\nEND_OF_FILE\n${until("kubectl get pods", " Running ", nodes.length + 3)}`)}
pods=$(on ${master.name} <<< "kubectl get pods -l app=client -o wide --no-headers")
pod=$(awk '$7 == "${first.address}" { print $1 }' <<< "$pods")
address=$(awk '$7 == "${second.address}" { print $6 }' <<< "$pods")
on ${first.name} <<< "docker exec \\$(docker ps -q -f label=io.kubernetes.pod.name=$pod -f label=io.kubernetes.container.name=client) ping -c 3 $address"

# 7: a service answers at each node's port, from all three backends
port=$(on ${master.name} <<< "kubectl get service backend-node-port -o jsonpath='{.spec.ports[0].nodePort}'")
for address in ${nodes.map((node) => node.address).join(" ")}; do
  on ${master.name} <<< "until [ \\$(curl -s --max-time 2 -w '\\n' \\"http://$address:$port/?[1-30]\\" | sort -u | grep -c ^backend-) = 3 ]; do sleep ${pause}; done"
done`;
}

const fail = (): never => {
  throw new UsageError("The guide is typed on a master and its nodes");
};
