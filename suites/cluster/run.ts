import { z } from "zod";
import {
  etcdMembers,
  loadProfile,
  type MachineSpec,
  notAppliedYet,
  ownGuide,
  UsageError,
} from "../../harness/cluster.ts";

/** What the suites are told of the run they belong to, in the environment, before any connection is made. */

/** Factor for every deadline: `--timeout-factor`. */
export const slowness = Number(process.env["GUIDE_TIMEOUT_FACTOR"] ?? 1);

/** The facts of the guide that the cluster is of; of the project's own if nobody says. */
export const profile = loadProfile(process.env["GUIDE_FILE"] ?? ownGuide);

/*
 * Parts that a guide may do without. Then it has no milestone that needs them, or its profile's limits keep those tests from being
 * run that do, and nothing reads what stands here.
 */
const none = {
  certificate: "",
  kubeconfig: "",
  tokens: "",
  user: "",
  group: "",
  registry: "",
  dockerOptions: "",
  validHours: 0,
};
export const { bootstrap = none, kubelet = none, flannel = none } = profile;

/** By milestone and section: the step that is not applied yet, without which there is nothing to look at. */
const unreached = z
  .record(z.string(), z.record(z.string(), z.string()))
  .parse(JSON.parse(process.env["GUIDE_UNREACHED"] ?? "{}"));

/** What a test guards, for its `meta`. */
export type Guarded = {
  readonly sections: readonly string[];
  /** Claims of the guide that it proves. */
  readonly claims?: readonly string[];
  readonly limit?: string;
};

/**
 * The guide's sections that give what a test looks at, and the claims that it proves, by the profile; or why it cannot be proved of this guide,
 * or not of this cluster yet.
 * UsageError if the profile says neither.
 */
export function guards(milestone: string, what: string): Guarded {
  const { guards: sections = {}, claims = {}, limits = {} } = profile.milestones[milestone] ?? {};
  if (!sections[what] && !limits[what]) {
    throw new UsageError(`The profile has no section for ${what} of the milestone ${milestone}`, {
      hint: "Name the sections under its guards, or under its limits why the guide does not give that.",
    });
  }
  const own = sections[what] ?? [];
  const missing = own.map((section) => unreached[milestone]?.[section]).find((step) => step !== undefined);
  const limit = limits[what] ?? (missing === undefined ? undefined : notAppliedYet(missing));
  return {
    sections: own,
    ...(claims[what] !== undefined && { claims: claims[what] }),
    ...(limit !== undefined && { limit }),
  };
}

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

/** The members of etcd among them. */
export const members: readonly MachineSpec[] = etcdMembers(profile, machines);

function readMachines(text: string | undefined): readonly MachineSpec[] {
  if (text === undefined) return profile.machines;
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new UsageError(`GUIDE_MACHINES is not one master and its nodes: ${z.prettifyError(parsed.error)}`, {
    hint: "Run the suites with `pnpm suite all`.",
  });
}
