import { z } from "zod";
import { type Lines, readJsonLines } from "../../host/persisted.ts";
import { ownerSchema } from "../ledger/folder.ts";
import { appendEntries } from "../ledger/ledger.ts";
import { vagrantNames } from "./names.ts";

const entrySchema = z.discriminatedUnion("kind", [
  ownerSchema,
  /** What vagrant is run with, and so which machines there are and in which libvirt. */
  z.object({ kind: z.literal("vagrant"), env: z.record(z.string(), z.string()) }),
]);

/** One thing to know of a cluster, as it is written down before anything is made. */
export type LedgerEntry = z.infer<typeof entrySchema>;

/** The ledger of a cluster: its entries, and the lines of it that are damaged; undefined if there is no such cluster. */
export const readLedger = (id: string): Promise<Lines<LedgerEntry> | undefined> =>
  readJsonLines(vagrantNames(id).ledger, entrySchema);

/** Adds entries, and returns once they are on the disk: only then may the machines be made. */
export const record = (id: string, entries: readonly LedgerEntry[]): Promise<void> =>
  appendEntries(vagrantNames(id).ledger, entries);
