import type { Context } from "../../context.ts";
import { artifactSet } from "../../artifacts/index.ts";
import type { PreparedSet } from "../../artifacts/set.ts";
import type { Plan } from "../../guide/types.ts";
import { provider } from "../../machines/index.ts";
import { startingStates } from "../../machines/starting-state.ts";
import { blocksOn } from "../apply/applied-guide.ts";
import { bringToStart, trustRoot } from "../assists.ts";
import type { CheckpointMetadata } from "../checkpoints/metadata.ts";
import { type ClusterState, saveClusterState } from "./state.ts";
import { guideText } from "../request/inputs.ts";
import { needsOf } from "../request/needs.ts";
import { type OpenCluster, openRunning } from "./open.ts";
import type { Recorder } from "../recorder.ts";
import { machinesOf, portsOf, type Settings, withNodes } from "../../settings/settings.ts";
import { settingsSchema } from "../../settings/schema.ts";

/** What machines are brought up for. */
export type BringUp = {
  readonly settings: Settings;
  readonly plan: Plan | undefined;
  /** What the machines are to have the files for. */
  readonly plans: readonly Plan[];
  readonly prepared: PreparedSet;
  readonly recorder: Recorder;
  readonly context: Context;
};

/** Makes machines, of a checkpoint if there is one; `made` is told whether they are this run's own, to be removed. */
export async function bringUp(
  { settings, plan, plans, prepared, recorder, context }: BringUp,
  made: (own: boolean) => void,
  metadata?: CheckpointMetadata,
): Promise<OpenCluster> {
  const { cluster: id, artifacts, online } = settings;
  const machines = await machinesOf(settings);
  const { versions } = artifactSet(artifacts);
  const machinesProvider = provider(settings);
  const stays = metadata !== undefined && machinesProvider.checkpoints?.inPlace === true;
  const running = await recorder.span("up", () =>
    machinesProvider.up(
      {
        id,
        machines,
        kubernetes: versions.kubernetes,
        artifacts: prepared.folder,
        ...(prepared.packages && { packages: prepared.packages.folder }),
        online,
        needs: needsOf(machines, plans, prepared, online),
        ...(metadata && { from: metadata.key }),
      },
      recorder,
      context,
    ),
  );
  made(!stays);
  for (const assist of running.assists) recorder.assist(assist);
  const state: ClusterState = {
    id,
    settings: settingsSchema.parse(await withNodes(settings)),
    run: recorder.id,
    text: await guideText(settings),
    versions,
    ports: [...portsOf(settings)],
    machines: [...machines],
    images: prepared.images,
    kept: stays,
    ...(metadata && { applied: metadata.after }),
    blocks: metadata && plan ? blocksOn({ applied: metadata.after }, plan) : {},
    ...(metadata?.startedFrom && { startedFrom: metadata.startedFrom }),
    places: metadata?.places ?? {},
  };
  await saveClusterState(state);
  const cluster = await recorder.span("connect", () => openRunning(running, state, context));
  try {
    context.signal.throwIfAborted();
    // Machines of a checkpoint trust each other already, and what they started from was seen then.
    if (metadata) return cluster;
    const connected = machines.map(({ name, address }) => {
      return { name, address, connection: cluster.connection(name) };
    });
    recorder.assist(await recorder.span("trust root", () => trustRoot(connected)));
    // The guide is on hosts that are adopted.
    if (settings.adopt) return cluster;
    const connections = connected.map(({ connection }) => connection);
    const startedFrom = await recorder.span("starting state", async () => {
      const helped = machinesProvider.borrowed ? [] : await Promise.all(connections.map(bringToStart));
      for (const assist of helped) if (assist) recorder.assist(assist);
      return startingStates(connections);
    });
    const known = { ...state, startedFrom };
    await saveClusterState(known);
    return { ...cluster, state: known };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}
