import { artifactSet } from "../artifacts/index.ts";
import { formatLocation, NotPossibleHere } from "../errors.ts";
import type { Ask, StepGroup } from "../guide/types.ts";
import { provider } from "../machines/index.ts";
import type { Lack } from "../machines/machine.ts";
import type { Settings } from "./settings.ts";

/** What no run can give a step, whatever its machines are. */
const ofEveryRun: readonly Lack[] = [
  { capability: "terminal", reason: "steps have no person at a terminal" },
  { capability: "reboot", reason: "a machine that goes down ends the shell that the steps are typed into" },
];

/** What a run with these settings cannot give its steps. */
export async function lacksOf(settings: Settings): Promise<readonly Lack[]> {
  const lacks = [...ofEveryRun, ...provider(settings).lacks];
  // Machines with a way to the download sites fetch by themselves what the set does not have.
  if (settings.online || !lacks.some(({ capability }) => capability === "internet")) return lacks;
  const set = artifactSet(settings.artifacts);
  const reason = `the artifact set ${set.name} has nothing for this address, and the machines reach no site`;
  return [...lacks, { capability: "download", reason, has: await set.answers() }];
}

/** Something that a step asks for and these machines cannot do. */
export type Impossible = Ask & {
  /** The step's id, such as `2.1/fetch-archives`. */
  readonly step: string;
  readonly reason: string;
};

/** What of the steps is not possible here, as far as their text says; on several machines once. */
export function impossibleIn(groups: readonly StepGroup[], lacks: readonly Lack[]): Impossible[] {
  const all = groups.flatMap(({ id, steps }) =>
    steps
      .flatMap(({ asks = [] }) => asks)
      .flatMap((ask): Impossible[] => {
        const lack = lacks.find(
          ({ capability, has }) => capability === ask.capability && has?.(ask.what) !== true,
        );
        return lack ? [{ step: id, ...ask, reason: lack.reason }] : [];
      }),
  );
  const unique = new Map(all.map((one) => [`${one.step} ${formatLocation(one.location)} ${one.what}`, one]));
  return [...unique.values()];
}

/** `guide.md:12:1: vim: steps have no person at a terminal`. */
export const describeImpossible = ({ location, what, reason }: Impossible): string =>
  `${formatLocation(location)}: ${what}: ${reason}`;

/** NotPossibleHere, with all of it, if steps cannot do without something that is not possible here. */
export function assertPossible(impossible: readonly Impossible[]): void {
  const fatal = impossible.filter(({ optional }) => !optional);
  const [first] = fatal;
  if (!first) return;
  const more = fatal.length > 1 ? `, and ${fatal.length - 1} more` : "";
  throw new NotPossibleHere(`${first.step}: not possible here: ${first.what}: ${first.reason}${more}`, {
    step: first.step,
    location: first.location,
    outputTail: fatal.map(describeImpossible).join("\n"),
    hint: "Choose machines or an artifact set that can, or carry these steps over by a port; `pnpm plan` lists them.",
  });
}

/** What commands print where a capability is lacking. Names that no site has are the guide's own, and its own fault. */
const signs: readonly (readonly [Lack["capability"], RegExp])[] = [
  [
    "terminal",
    /the input device is not a TTY|not a tty\b|must be run from a terminal|a terminal is required|TERM environment variable not set|failed tty get|Inappropriate ioctl for device|from a non TTY device/i,
  ],
  [
    "modules",
    /modprobe: (?:FATAL|ERROR): (?:Module \S+ not found in directory|could not insert .*(?:Operation not permitted|Function not implemented))|(?:insmod|rmmod): ERROR: .*(?:Operation not permitted|Function not implemented|Read-only file system)/,
  ],
  [
    "clock",
    /date: cannot set date: Operation not permitted|hwclock: .*(?:Cannot access the Hardware Clock|Operation not permitted|settimeofday\(\) failed)|Failed to set (?:time|ntp|local RTC)|ntpd?ate.*(?:Operation not permitted|[Cc]an't adjust)|settimeofday: Operation not permitted/,
  ],
  [
    "settings",
    /sysctl: (?:permission denied on key|setting key .*(?:Read-only file system|Operation not permitted|Permission denied)|cannot stat \/proc\/sys\/net\/bridge\/)|\/proc\/sys\/\S+: (?:Read-only file system|Permission denied|Operation not permitted)|swapoff: \S+: swapoff failed/,
  ],
  ["centos", /\b(?:yum|dnf|rpm|setenforce|getenforce|sestatus|firewall-cmd|yum-config-manager): (?:command )?not found|Unit firewalld\.service (?:not loaded|not found|could not be found)/],
  [
    "internet",
    /(?:[Cc]ould not resolve host(?:name)?:?|unable to resolve host address|lookup) [‘'"]?(?:[\w-]+\.)+[a-z]{2,}|(?:[\w-]+\.)+[a-z]{2,}: (?:Name or service not known|Temporary failure in name resolution)|dial tcp \S+: connect: network is unreachable/,
  ],
];

/** What the output of a command that failed shows to be not possible here; undefined if it shows nothing of that kind. */
export function limitShown(output: string, lacks: readonly Lack[]): Lack | undefined {
  const [shown] = signs.find(([, sign]) => sign.test(output)) ?? [];
  return lacks.find(({ capability }) => capability === shown);
}
