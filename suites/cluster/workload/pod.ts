import { sh } from "../../../harness/cluster.ts";
import type { SuiteMachine } from "../machine.ts";
import { slowness } from "../run.ts";

export type Pod = {
  readonly name: string;
  readonly app: string;
  readonly ip: string;
  /** The machine that the scheduler chose. */
  readonly machine: SuiteMachine;
  /** Docker's id of the pod's container. */
  readonly container: string;
  /** When that was started, in milliseconds of its machine's clock. */
  readonly started: number;
};

/** What a backend answers on its own machine; empty if it does not. */
export async function askDirectly({ ip, machine }: Pod): Promise<string> {
  const { stdout } = await machine.run(sh`curl -s --max-time ${2 * slowness} http://${ip}:8080/`);
  return stdout.trim();
}

/** A command for a pod's machine that runs in the pod's network, by the machine's programs or by the pod's own. */
export async function inNetworkOf(pod: Pod, command: string, programs: "machine" | "pod"): Promise<string> {
  const namespaces = programs === "pod" ? "--net --mount" : "--net";
  return sh`nsenter ${namespaces} --target ${await processOf(pod)} ${command}`;
}

const processes = new Map<string, Promise<string>>();

/** First process of a pod's container, as Docker has it: a container has the same one as long as it runs. */
function processOf({ container, machine }: Pod): Promise<string> {
  const known = processes.get(container);
  if (known) return known;
  const asked = machine
    .succeed(sh`docker inspect --format '{{.State.Pid}}' ${container}`)
    .then((pid) => pid.trim());
  processes.set(container, asked);
  // A Docker that does not answer now may do so later.
  asked.catch(() => processes.delete(container));
  return asked;
}
