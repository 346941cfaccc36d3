import { z } from "zod";
import { ownerSchema } from "../ledger/folder.ts";
import { ledgers } from "../ledger/ledger.ts";
import { vagrantNames } from "./names.ts";

const entrySchema = z.discriminatedUnion("kind", [
  ownerSchema,
  /** What vagrant is run with, and so which machines there are and in which libvirt. */
  z.object({ kind: z.literal("vagrant"), env: z.record(z.string(), z.string()) }),
]);

/** What is to be known of a cluster, written down before anything is made. */
export const { read: readLedger, add: record } = ledgers((id) => vagrantNames(id).ledger, entrySchema);
