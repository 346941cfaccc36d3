import type { Command } from "commander";
import chalk from "chalk";
import { artifactSet } from "../artifacts/index.ts";
import { Deadlines } from "../deadlines.ts";
import { exitCodes, gravestExitCode } from "../errors.ts";
import { describeLoad, presentLoad, starvation } from "../host/load.ts";
import { interruptions } from "../interruptions.ts";
import { provider } from "../machines/index.ts";
import { type Check, isShort, type Provider, type Site } from "../machines/machine.ts";
import { stillToAsk } from "../machines/starting-state.ts";
import type { Rule } from "../settings/artifact-set.ts";
import type { Settings } from "../settings/settings.ts";
import { unprovableOn } from "../run/request/limits.ts";
import type { CacheStatus } from "../artifacts/set.ts";
import { versionsText, wrapped } from "../report/text.ts";
import { summed } from "./artifacts/artifacts.ts";
import { command, print, settingsOf, withSettings } from "./command/command.ts";
import { type Origin, origins } from "./command/configured.ts";
import { checkBuild } from "./doctor/build.ts";
import { checkCache, checkPackages, checkSet } from "./doctor/inputs.ts";
import { askSites } from "./doctor/sites.ts";

const ofGuide = "The host is checked, whatever the guide says; `pnpm guide check` looks at the guide.";
const ofMachines = "The host is checked, and no machine; `pnpm e2e` takes it.";
const untouched = {
  cluster: ofMachines,
  adopt: ofMachines,
  guide: ofGuide,
  errata: ofGuide,
  edits: ofGuide,
  nodes: ofMachines,
  timeoutFactor: ofMachines,
  deadline: ofMachines,
};

/** `doctor`: what the host lacks and what to do about it, a line each. If a run cannot work, the exit code that it would have. */
export function doctorCommand(): Command {
  return withSettings(
    command("doctor", "check the host and say what to do about each shortfall"),
    untouched,
  ).action(async (options, self: Command) => {
    const asked = await origins(self);
    const { settings, why, rules = [] } = await settingsOf(options);
    using context = interruptions("Nothing was changed.", new Deadlines(settings.timeoutFactor));
    const machines = provider(settings);
    const set = artifactSet(settings.artifacts);
    const artifacts = await set.inspect();
    const ofYum = await checkPackages(machines, settings);
    const sites = settings.offline ? [] : await sitesOf(machines, settings, ofYum);
    const checks = [
      await checkCache(),
      ...((await machines.examine?.(context)) ?? (await machines.probe(set.versions.kubernetes, context))),
      ...(await checkSet(set, settings, context)),
      ...ofYum,
      ...(await askSites(sites, context)),
      ...(settings.offline ? [] : await checkBuild(artifacts, context)),
    ];
    const shortfalls = checks.filter(isShort);
    const fit = !shortfalls.some(({ fatal }) => fatal);
    const cannotProve = unprovableOn(settings);
    const load = presentLoad();
    const starved = starvation(load);
    const document = {
      fit,
      artifactSet: set.name,
      why,
      rules,
      settings: asked,
      load,
      checks,
      shortfalls,
      artifacts,
      cannotProve,
    };
    const columns = process.stdout.isTTY ? process.stdout.columns || 80 : Infinity;
    const shown = (): string[] => [
      fit ? chalk.green("This host can run the guide.") : chalk.red("This host cannot run the guide."),
      `artifact set ${set.name} (${versionsText(set.versions)})${why === undefined ? "" : `: ${why}`}`,
      ...rules.map(ruleLine),
      ...asked.map(originLine),
      `${describeLoad(load)}${starved === undefined ? "" : `: ${chalk.yellow("too busy to judge timeouts")}`}`,
      ...checks.map(lineOf),
      ...summed(artifacts).map((part) => partLine(part, settings.offline)),
      ...cannotProve.map(({ claim, reason }) => `not provable here: ${claim}: ${reason}`),
      ...stillToAsk(cannotProve),
    ];
    print(options.json, document, () => shown().map((line) => wrapped(line, columns)));
    process.exitCode = exitCodeOf(checks);
  });
}

/** The exit code of a run on a host of which this was seen: of several failures the gravest decides, as in the run. */
export const exitCodeOf = (checks: readonly Check[]): number =>
  gravestExitCode(
    checks.flatMap(({ fatal, verdict = "infrastructure" }) => (fatal ? exitCodes[verdict] : [])),
  );

const originLine = ({ option, value, from }: Origin): string =>
  `setting   ${option}: ${value ?? "not given"}${from === "default" ? chalk.dim(" (default)") : ` (${from})`}`;

const lineOf = ({ need, found, remedy, fatal }: Check): string => {
  if (remedy === undefined) return `${chalk.green("ok     ")}  ${need}: ${found}`;
  return `${fatal ? chalk.red("missing") : chalk.yellow("note   ")}  ${need}: ${found}. ${remedy}`;
};

/** `to make  kubernetes-1.14.0 (270 s last time)` */
function partLine(part: CacheStatus, offline: boolean): string {
  const { name, cached, optional, damage, lastSeconds, takes, source = "" } = part;
  const lacking = offline ? "missing" : URL.canParse(source) ? "to fetch" : "to make";
  const state = cached
    ? chalk.green("cached  ")
    : optional
      ? chalk.dim("optional")
      : chalk.yellow(lacking.padEnd(8));
  const time =
    lastSeconds === undefined ? (cached ? undefined : takes) : `${Math.round(lastSeconds)} s last time`;
  return `${state} ${name}${damage === undefined ? "" : `: ${damage}`}${time === undefined ? "" : ` (${time})`}`;
}

const ruleLine = (
  { artifacts, when, holds, ground, otherwise }: Rule,
  index: number,
  rules: readonly Rule[],
): string => {
  const decides = holds && !rules.slice(0, index).some((before) => before.holds);
  const known = ground !== undefined || holds;
  const answer = known ? (holds ? "yes" : "no") : "-";
  const said = ground ?? (known ? undefined : "not asked");
  return `  ${decides ? chalk.green("→") : " "} ${artifacts.padEnd(8)}  ${answer.padEnd(3)}  ${otherwise ?? when}${said === undefined || otherwise !== undefined ? "" : `: ${said}`}`;
};

/** What a run downloads from: the sites of the machines, and one address of each host that has the guide's files. */
async function sitesOf(
  machines: Provider,
  { artifacts, online }: Settings,
  packages: readonly Check[],
): Promise<Site[]> {
  const asked = (await machines.sites?.()) ?? [];
  // Machines that download nothing themselves leave it to this host.
  if (asked.length === 0 && artifacts !== "upstream") return [];
  // What a machine downloads by itself fails within the guide.
  const verdict = online ? ("infrastructure" as const) : ("artifact" as const);
  const atHand = packages.length > 0 && packages[0] !== undefined && !isShort(packages[0]);
  const own = asked
    .filter(({ ofYum }) => (online ? ofYum !== "elsewhere" : !(atHand && ofYum)))
    .map((site): Site => Object.assign({ verdict: site.ofYum ? verdict : ("artifact" as const) }, site));
  const files = (await artifactSet("upstream").inspect()).flatMap(
    ({ name, source = "", cached, optional = false, ofYum }): Site[] =>
      /^https?:/.test(source) && !ofYum
        ? [
            {
              what: name,
              address: source,
              fatal: artifacts === "upstream" && (online || !cached) && !optional,
              verdict,
            },
          ]
        : [],
  );
  const byHost = Map.groupBy(files, ({ address }) => new URL(address).host);
  return [
    ...own,
    ...[...byHost.values()].flatMap((all) => all.find(({ fatal }) => fatal) ?? all.slice(0, 1)),
  ];
}
