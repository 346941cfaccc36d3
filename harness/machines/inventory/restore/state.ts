import { InfrastructureError } from "../../../errors.ts";
import type { Connection } from "../../ssh/connection.ts";
import { unwalked } from "./drift.ts";
import { guideUnits, ownPlaces, sharedPlaces, sharedUnits, type Traces } from "./paths.ts";
import { runScript } from "../script.ts";

/**
 * What is looked at, as scripts/state.sh names it: things that have a name and a value, in the order in which a person wants
 * to read them; `place` is what `file` says of the guide's own.
 */
export const sections = [
  "place",
  "unit",
  "active",
  "process",
  "file",
  "content",
  "hash",
  "package",
  "image",
  "container",
  "volume",
  "network",
  "link",
  "address",
  "route",
  "rule",
  "mount",
  "cgroup",
  "sysctl",
  "selinux",
] as const;

/** The same: texts whose lines are kept in their order. */
export const texts = [
  "boot",
  "authorized_keys",
  "known_hosts",
  "id_ed25519.pub",
  "iptables",
  "ip6tables",
  "pods",
] as const;

export type Section = (typeof sections)[number];
export type TextName = (typeof texts)[number];

/** All of a host that the guide could change, at one moment. */
export type State = {
  /** By section: what there is, and its value; where one name occurs more than once the later ones are numbered. */
  readonly things: Readonly<Record<Section, ReadonlyMap<string, string>>>;
  readonly texts: Readonly<Record<TextName, readonly string[]>>;
};

/** Looks at a host; changes nothing. Gives the text that `parseState` reads. InfrastructureError if it cannot. */
export const lookAt = (connection: Connection, guide: Traces): Promise<string> =>
  runScript(
    connection,
    "state",
    {
      unwalked: Object.keys(unwalked),
      places: [...ownPlaces(guide), ...sharedPlaces],
      units: [...guideUnits(guide), ...sharedUnits],
      folders: [guide.footprint.folders.join("|")],
    },
    "its state could not be looked at",
    {
      limit: "look",
      end: "end\t\t\n",
      hint: `See whether root can run find, ip and systemctl on ${connection.machine}.`,
    },
  );

/** Takes apart what scripts/state.sh prints. InfrastructureError for a line it does not print. */
export function parseState(output: string): State {
  const things = new Map(sections.map((section): [string, Map<string, string>] => [section, new Map()]));
  const kept = new Map(texts.map((name): [string, string[]] => [name, []]));
  for (const line of output.split("\n")) {
    const [section = "", value = "", ...rest] = line.split("\t");
    const name = rest.join("\t");
    const map = things.get(section);
    const lines = kept.get(section);
    if (map) map.set(unique(map, name, section), value);
    else if (lines) lines.push(name);
    else if (section !== "" && section !== "end") {
      throw new InfrastructureError(
        `A host's state has a line that is not understood: ${line.slice(0, 100)}`,
      );
    }
  }
  for (const name of things.get("hash")?.keys() ?? []) things.get("content")?.delete(name);
  return { things: complete(sections, things), texts: complete(texts, kept) };
}

/** Files are seen twice where one file system is mounted twice; routes and mounts can be there twice. */
function unique(map: ReadonlyMap<string, string>, name: string, section: string): string {
  if (!map.has(name) || ["file", "content", "hash"].includes(section)) return name;
  for (let number = 2; ; number++) if (!map.has(`${name} #${number}`)) return `${name} #${number}`;
}

function complete<K extends string, V>(keys: readonly K[], values: ReadonlyMap<string, V>): Record<K, V>;
function complete(keys: readonly string[], values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, values.get(key)]));
}
