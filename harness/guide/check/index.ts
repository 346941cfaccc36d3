import { formatLocation, type SourceLocation } from "../../errors.ts";
import { visible } from "../../input/odd-characters.ts";
import { readText } from "../../input/yaml-file.ts";
import { type Profile, readProfile } from "../../profile/profile.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { buildPlan, type PlanInput } from "../plan/plan.ts";
import type { Plan } from "../types.ts";
import { certificates } from "./files/certificates.ts";
import { claimFaults } from "./claims.ts";
import { agreement } from "./cluster/agreement.ts";
import { cgroupDrivers } from "./cluster/cgroups.ts";
import { endpoints } from "./cluster/endpoints.ts";
import { etcdctl } from "./programs/etcdctl.ts";
import { kubeconfigs } from "./files/kubeconfigs.ts";
import { expiry } from "./cluster/expiry.ts";
import { programNeeds } from "./cluster/needs.ts";
import { keyPairs } from "./cluster/pairs.ts";
import { usages } from "./cluster/usages.ts";
import { users } from "./cluster/users.ts";
import { optionValues } from "./programs/values.ts";
import { characters } from "./text/characters.ts";
import { docker, dockerSettings } from "./programs/docker.ts";
import { promised } from "./programs/promised.ts";
import { programFlags } from "./programs/flags.ts";
import {
  type Check,
  type CheckFinding,
  type Fault,
  firstSteps,
  type Subject,
  type TextLocation,
  textOf,
  writtenFiles,
} from "./finding.ts";
import { fits } from "./fits.ts";
import { formats } from "./files/formats.ts";
import { machineAddresses } from "./cluster/machines.ts";
import { networks } from "./cluster/networks.ts";
import { forAll, isTextLocation, placesOf, stepAt } from "./place.ts";
import { prose } from "./text/prose.ts";
import { levelOf } from "./rules.ts";
import { security } from "./cluster/security.ts";
import { withoutConsequences } from "./text/consequences.ts";
import { shellSyntax } from "./text/shell-syntax.ts";
import { slips } from "./text/slips.ts";
import { units } from "./programs/units.ts";
import { versions } from "./programs/versions.ts";
import { follow } from "../effects/world.ts";

export type { CheckFinding, Level } from "./finding.ts";
export { rules } from "./rules.ts";

/** What is wrong with a guide, in order of place. */
export type CheckReport = {
  readonly findings: readonly CheckFinding[];
  /** Findings that the guide keeps on purpose, each described by an erratum. */
  readonly kept: readonly CheckFinding[];
  /** How much was looked at. */
  readonly blocks: number;
  readonly steps: number;
  /** Commands of which nobody can say what they do: what is said of the guide says nothing of them. */
  readonly unfollowed: readonly { readonly location: SourceLocation; readonly command: string }[];
};

const checks: readonly Check[] = [
  ({ world, ports }) => (ports.length === 0 ? [...world.faults, ...world.unported] : world.faults),
  prose,
  characters,
  slips,
  agreement,
  endpoints,
  users,
  cgroupDrivers,
  programNeeds,
  keyPairs,
  expiry,
  usages,
  formats,
  units,
  machineAddresses,
  certificates,
  networks,
  versions,
  docker,
  dockerSettings,
  programFlags,
  optionValues,
  etcdctl,
  kubeconfigs,
  security,
  // Commands that would wait for a person, or for a terminal, in a block that has none.
  ({ world }) =>
    world.demands
      .filter(({ capability, optional }) => capability === "terminal" && !optional)
      .map(({ what, spot, instead = "" }) => {
        const message = `${what} waits for a person at a terminal`;
        return { rule: "shell/terminal", at: spot, message, hint: instead };
      }),
];

/**
 * Everything that can be said of a guide without a machine. Runs nothing of it; `bash -n` reads its command blocks.
 * UsageError for a guide, erratum, port or edit that cannot be opened; what is wrong in them are findings.
 */
export async function checkGuide(input: Omit<PlanInput, "layout">): Promise<CheckReport> {
  const text = await readText(input.guideFile);
  const { profile, locate } = readProfile(input.guideFile);
  const { machines } = profile;
  const [built, misfits] = await Promise.all([
    planOrFaults(input),
    fits(input.guideFile, text, profile, locate),
  ]);
  if ("faults" in built) {
    const faults = [...built.faults, ...misfits];
    return report(faults.map(placed(({ step }) => step.location, machines)), []);
  }
  const { plan } = built;
  const { ports, errata } = input;
  const kept = profile.kept.filter(({ erratum }) => !errata.includes(erratum));
  const syntax = shellSyntax(firstSteps(plan));
  const world = follow(
    plan.groups.flatMap((group) => group.steps),
    machines,
  );
  const first = firstSteps(plan);
  const subject: Subject = {
    plan,
    steps: first,
    commands: first
      .filter(({ action }) => action.kind === "run")
      .map((step) => ({ step, text: textOf(step), at: (offset) => ({ step, offset }) })),
    files: writtenFiles(plan, world),
    text,
    machines,
    units: profile.units,
    served: servedBy(profile),
    networks: profile.networks,
    validHours: profile.kubernetes.validHours,
    ports,
    world,
  };
  const faults = [
    ...misfits,
    ...checks.flatMap((check) => Array.from(check(subject))),
    ...(await claimFaults(plan.guide, profile)),
    ...(await syntax),
  ];
  const placeOf = placesOf(plan, machines);
  const unfollowed = world.effects
    .filter(({ does }) => does === "unknown")
    .map(({ what, written = what, spot }) => ({ location: placeOf(spot), command: visible(written) }));
  const whole = report(faults.map(placed(placeOf, machines, plan)), kept, plan, unfollowed);
  // What is wrong by itself comes first: much follows from it.
  if (whole.findings.some(({ level }) => level === "error")) return whole;
  const drifts = [
    ...promised(world, profile, locate),
    ...(ports.length === 0 ? keptNoMore(profile.kept, kept, whole.kept, locate) : []),
  ];
  return report([...faults, ...drifts].map(placed(placeOf, machines, plan)), kept, plan, unfollowed);
}

/** Entries of `kept` to which no finding belongs any more: once the text is corrected, they keep what nobody means to. */
function* keptNoMore(
  all: Profile["kept"],
  open: Profile["kept"],
  found: readonly CheckFinding[],
  locate: (path: readonly PropertyKey[]) => SourceLocation,
): Iterable<Fault> {
  for (const [index, entry] of all.entries()) {
    if (!open.includes(entry) || found.some((finding) => isKeptBy(entry, finding))) continue;
    const message = `nothing is found of ${entry.rule} in ${entry.step} any more: nothing is kept by this`;
    yield { rule: "guide/kept", at: locate(["kept", index]), message, hint: "take the entry out" };
  }
}

const isKeptBy = (
  { rule, step, says = "" }: Profile["kept"][number],
  finding: Pick<CheckFinding, "rule" | "step" | "message">,
): boolean => rule === finding.rule && step === finding.step && finding.message.includes(says);

function servedBy({ machines, ports }: Profile): string[] {
  const [member, ...members] = machines.filter(({ etcd }) => etcd);
  return [
    ...machines.filter(({ role }) => role === "master").map(({ address }) => `${address}:${ports.apiserver}`),
    ...(member !== undefined && members.length === 0 ? [`${member.address}:${ports.etcd}`] : []),
  ];
}

async function planOrFaults(
  input: PlanInput,
): Promise<{ readonly plan: Plan } | { readonly faults: readonly Fault[] }> {
  try {
    return { plan: await buildPlan(input) };
  } catch (thrown) {
    if (!(thrown instanceof InvalidGuideError)) throw thrown;
    return {
      faults: thrown.findings.map(({ location, message, hint }) => {
        const rule = location.file === input.guideFile ? "guide/grammar" : "guide/fit";
        return { rule, at: location, message, hint };
      }),
    };
  }
}

type Words = Pick<CheckFinding, "message" | "hint">;

/** A finding, and its words without its machine's own values. */
type Placed = { readonly finding: CheckFinding; readonly general: Words };

const placed =
  (placeOf: (spot: TextLocation) => SourceLocation, machines: Profile["machines"], plan?: Plan) =>
  ({ rule, at, message, hint }: Fault): Placed => {
    const [location, step] = isTextLocation(at) ? [placeOf(at), at.step.id] : [at, plan && stepAt(plan, at)];
    const own = isTextLocation(at) ? machines.find(({ name }) => name === at.step.machine) : undefined;
    const words = { message: visible(message), hint: visible(hint) };
    return {
      finding: { rule, level: levelOf(rule), location, ...(step !== undefined && { step }), ...words },
      general: own ? { message: forAll(words.message, own), hint: forAll(words.hint, own) } : words,
    };
  };

const said = ({ message, hint }: Words): string => `${message}\0${hint}`;

/** A step for several machines has the same fault on each of them: one finding, in words for all where their values differ. */
const unique = (all: readonly Placed[]): CheckFinding[] =>
  [
    ...Map.groupBy(
      all,
      ({ finding: { rule, location }, general }) => `${rule} ${formatLocation(location)} ${general.message}`,
    ).values(),
  ].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const isOfAll = same.every(({ general }) => said(general) === said(first.general));
    const differs = same.some(({ finding }) => said(finding) !== said(first.finding));
    return [isOfAll && differs ? { ...first.finding, ...first.general } : first.finding];
  });

const isMisfit = ({ rule }: CheckFinding): number => Number(rule === "guide/fit");

const byPlace = (one: SourceLocation, other: SourceLocation): number =>
  one.file.localeCompare(other.file) || one.line - other.line || (one.column ?? 0) - (other.column ?? 0);

function report(
  all: readonly Placed[],
  keptDefects: Profile["kept"],
  plan?: Plan,
  unfollowed: CheckReport["unfollowed"] = [],
): CheckReport {
  // What no longer fits a text often follows from what is wrong in it.
  const sorted = unique(all).toSorted(
    (one, other) => isMisfit(one) - isMisfit(other) || byPlace(one.location, other.location),
  );
  const erratumOf = (finding: CheckFinding): string | undefined =>
    keptDefects.find((defect) => isKeptBy(defect, finding))?.erratum;
  const kept = sorted.flatMap((finding) => {
    const erratum = erratumOf(finding);
    return erratum === undefined ? [] : [Object.assign({}, finding, { kept: erratum })];
  });
  return {
    findings: withoutConsequences(sorted.filter((finding) => erratumOf(finding) === undefined)),
    kept,
    blocks: plan?.accounting.total ?? 0,
    steps: plan?.groups.reduce((sum, { steps }) => sum + steps.length, 0) ?? 0,
    unfollowed: [...new Map(unfollowed.map((each) => [formatLocation(each.location), each])).values()],
  };
}
