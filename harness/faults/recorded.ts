import type { ArtifactSet } from "../artifacts/set.ts";
import type { Provider, RunningCluster, RunningMachine, SshEndpoint } from "../machines/machine.ts";
import { guideMachines } from "../profile/testing.ts";
import type { Point } from "./points.ts";

const never = (): Promise<never> => new Promise(() => undefined);

/** What a recorded provider tells, and asks: where a run is, whether there are machines, where they answer. */
export type ProviderHooks = {
  readonly reach: (point: Point) => Promise<unknown>;
  readonly has: (machines: boolean) => void;
  readonly endpoint: (machine: string) => SshEndpoint;
};

/** A provider whose machines are there already; it stops at the points that hits are put to. */
export const recordedProvider = ({ reach, has, endpoint }: ProviderHooks): Provider => ({
  name: "nspawn",
  online: false,
  cannotProve: [],
  limitations: [],
  ports: [],
  async layout(wanted) {
    await reach("in plan");
    return wanted;
  },
  probe: async () => [],
  prepare: async () => undefined,
  async up(spec) {
    has(true);
    try {
      await reach("in up");
    } catch (error) {
      has(false);
      throw error;
    }
    const machines = guideMachines.map((machine): RunningMachine => ({
      spec: machine,
      endpoint: endpoint(machine.name),
      reboot: never,
      returned: never,
      cutLink: never,
      healLink: never,
    }));
    return { spec, machines, assists: [] };
  },
  open: async () => undefined,
  async down() {
    await reach("in down");
    has(false);
    return ["three machines"];
  },
  list: async () => [],
});

/** The same, whose machines are found again by a later run. */
export function staying(recorded: Provider): Provider {
  let running: RunningCluster | undefined;
  return {
    ...recorded,
    up: async (...args) => (running = await recorded.up(...args)),
    open: async () => running,
  };
}

/** An artifact set that is there already. */
export const recordedSet = (folder: string, reach: () => Promise<unknown>): ArtifactSet => ({
  name: "debian",
  versions: { kubernetes: "1.14.0", etcd: "3.3.10", flannel: "0.10.0", cfssl: "1.2.0" },
  ports: [],
  inspect: async () => [],
  complete: async () => ({ complete: true, missing: [] }),
  answers: async () => () => true,
  verify: async () => [],
  async prepare() {
    await reach();
    const files = [{ name: "app.tar.gz", sha256: "0".repeat(64), bytes: 1 }];
    return { folder, files, images: "images.tar" };
  },
});
