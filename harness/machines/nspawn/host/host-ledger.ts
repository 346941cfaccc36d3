import { access, constants, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { withLock } from "../../../host/lock.ts";
import { readJsonLines, setAside } from "../../../host/persisted.ts";
import { hostBootId, isAlive } from "../../../host/processes/identity.ts";
import { type Progress, silent } from "../../../progress.ts";
import { ownerEntry, ownerSchema } from "../../ledger/folder.ts";
import { appendEntries } from "../../ledger/ledger.ts";
import { controllersHandedDown, hierarchies, takeBackControllers } from "./kernel/cgroups.ts";
import { loadedModules, loadModules, modulesOfHost, unloadSince } from "./kernel/modules.ts";
import { isClusterFolder } from "../../names.ts";

const entrySchema = z.discriminatedUnion("kind", [
  /** The host as it was before the first machine; void after a boot, which puts everything back. */
  z.object({
    kind: z.literal("before"),
    boot: z.string(),
    modules: z.array(z.string()).readonly(),
    controllers: z.array(z.string()).readonly(),
  }),
  /** About to make a cluster. */
  ownerSchema,
]);
type Entry = z.infer<typeof entrySchema>;

export type HostState = { readonly modules: readonly string[]; readonly controllers: readonly string[] };

export type Host = {
  state(): Promise<HostState>;
  /** Changes the host so that machines can run on it. */
  change(): Promise<void>;
  /** Puts back what is not in use; says each thing. */
  restore(before: HostState): Promise<string[]>;
  /** Folder for the ledger, beside the runtime folders of all clusters of all users. */
  readonly run: string;
};

const ledgerOf = ({ run }: Host): string => join(run, "k8s-guide-host.jsonl");

const withHostLock = <T>({ run }: Host, { signal, deadlines }: Context, work: () => Promise<T>): Promise<T> =>
  withLock(
    join(run, "k8s-guide-host.lock"),
    {
      name: "host's lock",
      progress: silent,
      signal,
      deadlines,
      held: (holder) =>
        new InfrastructureError(`The host is being prepared or restored by ${holder}`, {
          hint: "Try again when it is over.",
        }),
    },
    work,
  );

/**
 * Makes the host fit for machines; how it was before is written down first. It stays so until `returnHost` finds
 * neither a cluster nor a process that called this.
 */
export async function borrowHost(
  progress: Progress,
  context: Context,
  what: Host = thisHost(context),
): Promise<void> {
  const ledger = ledgerOf(what);
  await withHostLock(what, context, async () => {
    const { entries, damage } = await readCurrent(ledger);
    if (damage !== undefined) progress.note(damage);
    if (!entries) {
      await appendEntries(ledger, [{ kind: "before", boot: await hostBootId(), ...(await what.state()) }]);
    }
    await appendEntries(ledger, [await ownerEntry()]);
    await what.change();
  });
}

/** Gives the host back as it was, unless somebody else still needs it; says what changed. */
export async function returnHost(context: Context, what: Host = thisHost(context)): Promise<string[]> {
  const ledger = ledgerOf(what);
  if (!(await isOurs(ledger))) return [];
  return withHostLock(what, context, async () => {
    const { entries, damage } = await readCurrent(ledger);
    if (damage !== undefined) return [damage];
    const before = entries?.find((entry) => entry.kind === "before");
    if (!entries || !before || (await isNeeded(entries, what.run))) return [];
    const restored = await what.restore(before);
    context.signal.throwIfAborted();
    await rm(ledger);
    return restored;
  });
}

/** False without a ledger, and for a user who could not have written it. */
const isOurs = (ledger: string): Promise<boolean> =>
  access(ledger, constants.W_OK).then(
    () => true,
    () => false,
  );

/**
 * The ledger of this boot. A damaged one is set aside, which `damage` tells a person: it may have lost an owner, and without
 * it the host stays as it is until it boots.
 */
async function readCurrent(
  ledger: string,
): Promise<{ readonly entries?: readonly Entry[]; readonly damage?: string }> {
  const { items, damaged } = (await readJsonLines(ledger, entrySchema)) ?? { items: [], damaged: [] };
  const [damage] = damaged;
  if (damage) {
    const aside = await setAside(ledger);
    const why = `line ${damage.line}: ${damage.reason}`;
    return {
      damage: `the host's ledger was damaged (${why}) and is kept as ${aside}: the host stays as it is until it boots`,
    };
  }
  const [first] = items;
  if (first?.kind === "before" && first.boot === (await hostBootId())) return { entries: items };
  await rm(ledger, { force: true });
  return {};
}

/** Whether a cluster is there, whoever made it, or another process is about to make one. */
async function isNeeded(entries: readonly Entry[], run: string): Promise<boolean> {
  if ((await readdir(run)).some(isClusterFolder)) return true;
  const self = await ownerEntry();
  const others = entries
    .filter((entry) => entry.kind === "owner")
    .filter(({ pid, start }) => pid !== self.pid || start !== self.start);
  return (await Promise.all(others.map(isAlive))).includes(true);
}

const thisHost = (context: Context): Host => ({
  run: "/run",
  async state() {
    return {
      modules: [...(await loadedModules()).keys()],
      controllers: await controllersHandedDown(await hierarchies()),
    };
  },
  change: () => loadModules(context),
  async restore({ modules, controllers }) {
    const unloaded = await unloadSince(modules, modulesOfHost(context));
    const taken = await takeBackControllers(await hierarchies(), controllers);
    return [
      ...unloaded.map((name) => `kernel module ${name}`),
      ...taken.map((name) => `cgroup controller ${name} of the root`),
    ];
  },
});
