import { z } from "zod";
import { processIdentity } from "../../host/processes/identity.ts";
import { ownerSchema } from "../ledger/folder.ts";
import { ledgers } from "../ledger/ledger.ts";
import { clusterNames } from "../names.ts";

export const entrySchema = z.discriminatedUnion("kind", [
  ownerSchema,
  /** A process on the host: the anchor of the cluster's mounts, or a machine's nspawn. */
  z.object({ kind: z.literal("process"), of: z.string(), ...processIdentity }),
  z.object({ kind: z.literal("directory"), path: z.string() }),
  /** A tree in every hierarchy; everything that runs in it is the cluster's. */
  z.object({ kind: z.literal("cgroup"), name: z.string() }),
  z.object({ kind: z.literal("subvolume"), image: z.string(), name: z.string() }),
  // These live in the anchor's mount namespace, and go with the last process in it.
  z.object({ kind: z.literal("mount"), path: z.string(), image: z.string() }),
  z.object({ kind: z.literal("namespace"), path: z.string() }),
  z.object({ kind: z.literal("veth"), namespace: z.string(), name: z.string() }),
]);

/** One resource of a cluster, as it is written down before it is made. */
export type LedgerEntry = z.infer<typeof entrySchema>;

export const { read: readLedger, add: record } = ledgers((id) => clusterNames(id).ledger, entrySchema);

type ProcessEntry = Extract<LedgerEntry, { kind: "process" }>;

/** The last process written down for a machine or the anchor. */
export const processOf = (entries: readonly LedgerEntry[], of: string): ProcessEntry | undefined =>
  entries.findLast((entry): entry is ProcessEntry => entry.kind === "process" && entry.of === of);
