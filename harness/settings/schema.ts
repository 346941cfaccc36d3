import { isAbsolute } from "node:path";
import { z } from "zod";
import { assertId, currentSetName, providerNames, setNames, setNameSchema } from "../choices.ts";
import { UsageError } from "../errors.ts";
import { isOffline, offlineVariable } from "../host/offline.ts";
import { fromCaller } from "../host/paths.ts";
import { mostNodes } from "../profile/machines.ts";
import { ownGuide } from "../profile/profile.ts";

/** What a setting is to a cluster that is up. */
type OnCluster =
  /** The cluster was made with it: to ask for another is an error. */
  | "made"
  /** The cluster's holds unless a person gives another. */
  | "kept"
  /** It is each run's own. */
  | "run";

/** What is known of a setting beside its type and default: how it is asked for, read and printed. */
type About = {
  /** As commander has it; the last name is the one that is handed on. */
  readonly flags: string;
  readonly help: string;
  readonly onCluster: OnCluster;
  /** What it can be, where that is a closed list. */
  readonly choices?: readonly string[];
  /** The variable of the environment that says the same. */
  readonly env?: string;
  /** Whether it names files, which have to be there. */
  readonly file?: true;
  /** A value, or each of several, from the command line. UsageError that names the `option`. Text as it is if absent. */
  readonly read?: (text: string, option: string) => string | number;
  /** The same for the command line, so that `read` gives it again. */
  readonly print?: (value: unknown) => string;
  /** What the option says of its default, if that is not its value; `""` hides a default that is chosen later. */
  readonly defaultHelp?: string;
  /** The value without an argument. */
  readonly preset?: string;
  /** What a value that once had another name is called now. */
  readonly current?: (value: string) => string;
  /** Options that it implies. */
  readonly implies?: Readonly<Record<string, unknown>>;
};

const about = z.registry<About>();

/** Files are absolute from the start: another process, another day, the same file. */
const readPath = (text: string): string => fromCaller(text);
const path = z.string().refine(isAbsolute, "is not absolute");

/** Node's timers go no further than 2^31 - 1 ms, which is between 24 and 25 days. */
const longest = 24 * 86_400_000;
const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** In the largest unit that needs no fraction, as a person would type it. */
function durationText(milliseconds: number): string {
  const whole = Object.entries(units).findLast(([, length]) => milliseconds % length === 0);
  const [unit, length] = whole ?? ["s", 1000];
  return `${milliseconds / length}${unit}`;
}

function readDuration(text: string, option: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const milliseconds = Math.round(Number(number) * (units[unit] ?? Number.NaN));
  if (milliseconds >= 1 && milliseconds <= longest) return milliseconds;
  throw new UsageError(`${option} cannot be ${JSON.stringify(text)}`, {
    hint: `${option} takes a number with s, m or h, such as 90m or 4h, up to ${longest / 3_600_000}h.`,
  });
}

/** Reads a number from 1 to `most`. */
const readNumber =
  (most: number, kind: "number" | "whole number") =>
  (text: string, option: string): number => {
    const number = text.trim() === "" ? Number.NaN : Number(text);
    if (number >= 1 && number <= most && (kind === "number" || Number.isInteger(number))) return number;
    throw new UsageError(`${option} cannot be ${JSON.stringify(text)}`, {
      hint: `${option} takes a ${kind} from 1 to ${most}.`,
    });
  };

/**
 * What a person chooses for a run: the one list of it. Options of commands, of the processes that they start, a cluster's
 * state and a run's record are made of it.
 */
export const settingsSchema = z.object({
  /** Id of the cluster: its machines, ledger and state. */
  cluster: z
    .string()
    .default("main")
    .register(about, {
      flags: "--cluster <id>",
      help: "id of the cluster",
      onCluster: "run",
      read(id) {
        assertId(id);
        return id;
      },
    }),
  provider: z
    .string()
    .default("nspawn")
    .register(about, {
      flags: "--provider <name>",
      help: `what makes the machines: ${providerNames.join(", ")}`,
      onCluster: "made",
      choices: providerNames,
    }),
  /** The file that names the hosts, for the provider `inventory`. */
  inventory: path.exactOptional().register(about, {
    flags: "--inventory <file>",
    help: "hosts that exist already, to be used as machines",
    onCluster: "made",
    file: true,
    read: readPath,
    implies: { provider: "inventory" },
  }),
  /** Whether hosts that carry the guide already are taken as they are. */
  adopt: z.boolean().default(false).register(about, {
    flags: "--adopt",
    help: "take hosts that carry the guide already, and leave them as they are",
    onCluster: "made",
  }),
  artifacts: setNameSchema.default("debian").register(about, {
    flags: "--artifacts <set>",
    help: `where the binaries come from: ${setNames.join(", ")}; by default the first usable one (\`pnpm run doctor\` says which)`,
    onCluster: "made",
    defaultHelp: "",
    choices: setNames,
    current: currentSetName,
  }),
  /** The guide's file. */
  guide: path.default(ownGuide).register(about, {
    flags: "--guide <file>",
    help: "the guide's Markdown file",
    onCluster: "kept",
    file: true,
    read: readPath,
    defaultHelp: "the project's own, fixtures/guide/guide.md",
  }),
  /** Ids of errata that are put back as originally written. */
  errata: z.array(z.string()).readonly().default([]).register(about, {
    flags: "--as-written [erratum...]",
    help: "put errata back as originally written; without ids, all of them",
    onCluster: "kept",
    preset: "all",
  }),
  /** YAML files with further edits of the guide. */
  edits: z.array(path).readonly().default([]).register(about, {
    flags: "--edits <file...>",
    help: "YAML files with further edits of the guide",
    onCluster: "kept",
    file: true,
    read: readPath,
  }),
  /** How many nodes, where the provider makes them; as many as the guide has if absent. */
  nodes: z
    .number()
    .exactOptional()
    .register(about, {
      flags: "--nodes <number>",
      help: "how many nodes to make",
      onCluster: "made",
      defaultHelp: "those of the guide",
      read: readNumber(mostNodes, "whole number"),
    }),
  /** Whether the guide's `wget` lines download for real. */
  online: z.boolean().default(false).register(about, {
    flags: "--online",
    help: "let the machines download what the guide says, instead of from the cache",
    onCluster: "made",
  }),
  /** Whether nothing is downloaded by this host: not the guide's files, packages, modules, or a box. */
  offline: z.boolean().default(isOffline()).register(about, {
    flags: "--offline",
    help: "download nothing: what is needed has to be in the cache; GUIDE_OFFLINE=1 says the same",
    onCluster: "run",
    env: offlineVariable,
  }),
  /** Factor for every deadline, for machines that are slow. */
  timeoutFactor: z
    .number()
    .default(1)
    .register(about, {
      flags: "--patience, --timeout-factor <factor>",
      help: "multiply every deadline, for machines that are slow; --patience is its old name",
      onCluster: "kept",
      read: readNumber(100, "number"),
    }),
  /** When a whole run has to be over, in milliseconds; that of `harness/deadlines.ts` if absent. */
  deadline: z
    .number()
    .exactOptional()
    .register(about, {
      flags: "--deadline <duration>",
      help: "end a run that is not over after this time, such as 90m or 4h",
      onCluster: "run",
      defaultHelp: "4h",
      read: readDuration,
      print: (milliseconds) => durationText(Number(milliseconds)),
    }),
});

/** The settings of a run, as they are stored. */
export type StoredSettings = Readonly<z.infer<typeof settingsSchema>>;

/** A setting's name in code, in a cluster's state and in a run's record. */
export type SettingName = keyof StoredSettings;

export const settingNames: readonly SettingName[] = settingsSchema.keyof().options;

/** What is known of a setting, with the name of its option, such as `--as-written`, and its default. */
export function aboutSetting(
  name: SettingName,
): About & { readonly option: string; readonly initial: unknown } {
  const known = about.get(settingsSchema.shape[name]);
  if (!known) throw new TypeError(`Nothing is known of the setting ${name}`);
  const option = known.flags.match(/--[\w-]+/g)?.at(-1) ?? "";
  return { ...known, option, initial: defaultSettings[name] };
}

/** What holds where nobody asks for anything else. */
export const defaultSettings: StoredSettings = settingsSchema.parse({});

/** A setting as words of a command line that asks for it; none if that is not needed. */
export function wordsOf(name: SettingName, value: unknown): string[] {
  const { option, print = String } = aboutSetting(name);
  if (value === undefined || value === false) return [];
  if (value === true) return [option];
  // In one word with its option, so that neither a value's beginning nor a word that follows is taken for another thing.
  return [value].flat().map((one) => `${option}=${print(one)}`);
}

/** An object of these entries but for those without a value. */
export const withoutAbsent = (
  entries: readonly (readonly [string, unknown])[],
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(entries.filter(([, value]) => value !== undefined));
