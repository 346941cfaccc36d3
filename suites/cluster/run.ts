import { z } from "zod";
import { loadProfile, type MachineSpec, ownGuide, UsageError } from "./engine.ts";

/** What the suites are told of the run they belong to, in the environment, before any connection is made. */

/** Factor for every deadline: `--timeout-factor`. */
export const slowness = Number(process.env["GUIDE_TIMEOUT_FACTOR"] ?? 1);

/** The facts of the guide that the cluster is of; of the project's own if nobody says. */
export const profile = loadProfile(process.env["GUIDE_FILE"] ?? ownGuide);

const schema = z
  .array(z.object({ name: z.string(), address: z.string(), role: z.enum(["master", "node"]) }))
  .refine((all) => all.filter(({ role }) => role === "master").length === 1)
  .refine((all) => all.some(({ role }) => role === "node"));

/** The cluster's machines in the order of their addresses; the guide's own if nobody says. UsageError for another shape. */
export const machines: readonly MachineSpec[] = readMachines(process.env["GUIDE_MACHINES"]).toSorted((a, b) =>
  a.address < b.address ? -1 : 1,
);

/** The nodes among them, by whose addresses they are registered. */
export const nodes: readonly MachineSpec[] = machines.filter(({ role }) => role === "node");

function readMachines(text: string | undefined): readonly MachineSpec[] {
  if (text === undefined) return profile.machines;
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new UsageError(`GUIDE_MACHINES is not one master and its nodes: ${z.prettifyError(parsed.error)}`, {
    hint: "Run the suites with `pnpm suite all`.",
  });
}
