import { type Cluster, eventually, killUnit, lacking, sh, type SuiteMachine } from "../cluster/index.ts";
import { machinesOf } from "../reboot/scenarios.ts";

/** What takes a fault back; what its machine is to mend by itself is left to it. */
export type Undo = () => Promise<void>;

/** Begins a fault, and resolves once it was seen to have begun. */
export type Injection = (cluster: Cluster) => Promise<Undo>;

const nothing: Undo = () => Promise.resolve();

/** The machine of that name; GuideFailure if there is none. */
export const machineOf = (cluster: Cluster, name: string): SuiteMachine =>
  machinesOf(cluster).find((machine) => machine.name === name) ?? lacking(`There is no machine ${name}`);

/** A command gives a unit another process than before: else nothing was taken away. */
const renewed =
  (command: (unit: string) => string, options?: { readonly deadline: number }) =>
  (name: string, unit: string): Injection =>
  async (cluster) => {
    const machine = machineOf(cluster, name);
    const before = await machine.unit(unit);
    await machine.succeed(command(unit), options);
    await eventually(() => machine.unit(unit), {
      describe: `the process of ${unit} on ${machine.name} is another than before`,
      deadline: 15_000,
      interval: 50,
      until: ({ MainPID }) => MainPID !== before.MainPID,
      show: ({ ActiveState, MainPID }) => `${ActiveState}, process ${MainPID}`,
    });
    return nothing;
  };

/** All processes of a unit are killed; that systemd starts it again is to be seen. */
export const killed = renewed(killUnit);

/** A unit is restarted, as a person does. */
export const restarted = renewed((unit) => sh`systemctl restart ${unit}`, { deadline: 60_000 });

/** All processes of a unit stand still. They go on with the end of the connection, if nothing else lets them. */
export const frozen =
  (name: string, unit: string): Injection =>
  async (cluster) => {
    const release = await machineOf(cluster, name).freeze(unit);
    return async () => void (await release());
  };

/**
 * A unit is stopped; `starting` are those that a person starts again. They are started with the end of the connection, if nothing
 * else does it.
 */
export const stopped =
  (name: string, unit: string, starting: string): Injection =>
  async (cluster) => {
    const start = await machineOf(cluster, name).hold(
      sh`exec 3<&0
trap 'systemctl start ${starting}' EXIT
systemctl stop ${unit} || exit
echo stopped >&2
cat <&3 >/dev/null`,
      /stopped/,
    );
    return async () => void (await start());
  };

/** A machine's power is cut; it gets it back. */
export const poweredOff =
  (name: string): Injection =>
  (cluster) =>
    cluster.powerOff(machineOf(cluster, name));

/** A machine is told to reboot, and is back. */
export const rebooted =
  (name: string): Injection =>
  async (cluster) => {
    await cluster.boot([machineOf(cluster, name)], "reboot");
    return nothing;
  };

/** A machine is taken off the network; SSH goes on. */
export const cutOff =
  (name: string): Injection =>
  (cluster) =>
    cluster.cutLink(machineOf(cluster, name));
