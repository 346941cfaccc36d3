import { setFor } from "../../artifacts/index.ts";
import { inRepositories } from "../../artifacts/packages.ts";
import { formatLocation, NotPossibleHere } from "../../errors.ts";
import type { Ask, Plan, Step, StepGroup } from "../../guide/types.ts";
import { provider } from "../../machines/index.ts";
import { fetchedPackages } from "../../machines/limitations.ts";
import type { Limitation } from "../../machines/machine.ts";
import type { Unprovable } from "../../record/record.ts";
import type { Settings } from "../../settings/settings.ts";

/** What no run can give a step, whatever its machines are. */
const ofEveryRun: readonly Limitation[] = [
  { capability: "terminal", reason: "steps run without a person at a terminal" },
  {
    capability: "reboot",
    reason:
      "a machine that goes down ends the shell that the steps are typed into; a block may end with a reboot",
  },
];

/** What an assist of every run keeps from being tried. */
const hidden: readonly Unprovable[] = [
  {
    claim: "pull of the pause and workload images",
    reason:
      "stand-ins are loaded into Docker (assist image-preload); upstream's pause-amd64:3.0 is a schema 1 image, which Docker from 26 on does not pull",
  },
];

/** What a run with these settings cannot prove, whatever it shows. */
export const unprovableOn = (settings: Settings): readonly Unprovable[] => [
  ...provider(settings).cannotProve,
  ...hidden,
];

/** What a run with these settings cannot give its steps. */
export async function limitationsOf(settings: Settings): Promise<readonly Limitation[]> {
  const machines = provider(settings);
  const fetched = machines.packages === "centos" && !settings.online ? [fetchedPackages] : [];
  const limitations = [...ofEveryRun, ...machines.limitations, ...fetched];
  // Machines with a way to the download sites fetch by themselves what the set does not have.
  if (settings.online || !limitations.some(({ capability }) => capability === "internet")) return limitations;
  const set = await setFor(settings);
  const reason = `the artifact set ${set.name} has nothing for this address, and the machines reach no site`;
  const answers = await set.answers();
  const has = (address: string): boolean =>
    answers(address) || (machines.packages === "packed" && inRepositories(address));
  return [...limitations, { capability: "download", reason, has }];
}

/** The same, for a guide: one that installs with apt reckons with what Debian has. */
export const limitationsFor = ({ groups }: Plan, limitations: readonly Limitation[]): readonly Limitation[] =>
  groups.some(({ steps }) => steps.some(installsWithApt))
    ? limitations.filter(({ capability }) => capability !== "centos")
    : limitations;

/** Whether the guide itself, and no port of it, calls apt. */
const installsWithApt = ({ action, changedBy }: Step): boolean =>
  action.kind === "run" &&
  changedBy.length === 0 &&
  /^\W*(?:sudo )?apt(?:-get)? (?:-\S+ )*install\b/m.test(action.script);

/** Something that a step asks for and these machines cannot do. */
export type Impossible = Ask & {
  /** The step's id, such as `2.1/fetch-archives`. */
  readonly step: string;
  readonly reason: string;
};

/** What of the steps is not possible here, as far as their text says; on several machines once. */
export function impossibleIn(groups: readonly StepGroup[], limitations: readonly Limitation[]): Impossible[] {
  const all = groups.flatMap(({ id, steps }) =>
    steps
      .flatMap(({ asks = [] }) => asks)
      .flatMap((ask): Impossible[] => {
        const limitation = limitations.find(
          ({ capability, has }) => capability === ask.capability && has?.(ask.what) !== true,
        );
        return limitation ? [{ step: id, ...ask, reason: limitation.reason }] : [];
      }),
  );
  const unique = new Map(all.map((one) => [`${one.step} ${formatLocation(one.location)} ${one.what}`, one]));
  return [...unique.values()];
}

/** `guide.md:12:1: vim: steps run without a person at a terminal`. */
export const describeImpossible = ({ location, what, reason }: Impossible): string =>
  `${formatLocation(location)}: ${what}: ${reason}`;

const atTerminal =
  "Give the block the flag `tty`, and what is typed at its prompts in an `answers` block: docs/guide-grammar.md.";
const elsewhere =
  "Choose machines or an artifact set that can, or adapt these steps with a port; `pnpm plan` lists them.";

/** NotPossibleHere, with all of it, if steps cannot do without something that is not possible here. */
export function assertPossible(impossible: readonly Impossible[]): void {
  const fatal = impossible.filter(({ optional }) => !optional);
  const [first] = fatal;
  if (!first) return;
  const more = fatal.length > 1 ? `, and ${fatal.length - 1} more` : "";
  throw new NotPossibleHere(`${first.step}: ${first.what}: ${first.reason}${more}`, {
    step: first.step,
    location: first.location,
    outputTail: fatal.map(describeImpossible).join("\n"),
    hint: fatal.every(({ capability }) => capability === "terminal") ? atTerminal : elsewhere,
  });
}
