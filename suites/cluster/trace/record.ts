/** What a suite hands back to the engine; the engine's own contract. */
import type { AheadOfTurn, DriftRecord, FaultRecord, Hop, ResourceAccess } from "../../../harness/cluster.ts";

export type { DriftRecord, FaultRecord, Hop, TestRecord } from "../../../harness/cluster.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Sections of the guide that the test guards. */
    sections?: readonly string[];
    /** Ids of the guide's claims that it proves. */
    claims?: readonly string[];
    /** Why it cannot be proved of this guide. */
    limit?: string;
    /** What the test looked at, such as counts and p-values. */
    facts?: Record<string, string>;
    /** Files, units and ports that it looked at. */
    looks?: readonly ResourceAccess[];
    /** What of its work was done before its turn. */
    ahead?: AheadOfTurn;
    /** What it followed from hand to hand. */
    hops?: readonly Hop[];
    /** The fault after which it looked. */
    fault?: FaultRecord;
    /** How what it looked at went over time. */
    drift?: DriftRecord;
  }
}
