import { spawnSync } from "node:child_process";
import { join } from "node:path";
import * as fc from "fast-check";
import type { SshEndpoint } from "../machine.ts";
import { startTestServer } from "../ssh/test-server.ts";
import { parseState, type State } from "./restore/state.ts";

/** A line of scripts/state.sh, taken apart. */
export type Row = readonly [section: string, value: string, name: string];

/** A host's state, as scripts/state.sh would print these lines. */
export const stateOf = (...rows: readonly Row[]): State =>
  parseState(`${rows.map((row) => row.join("\t")).join("\n")}\nend\t\t\n`);

export const places = (names: readonly string[]): Row[] => names.map((name) => ["place", "directory", name]);

/** Anything that can stand on a line of scripts/state.sh after the second tab: it prints no line's ends. */
export const anyName: fc.Arbitrary<string> = fc
  .string({ minLength: 1, unit: "grapheme" })
  .filter((name) => !name.includes("\n"));

/** Anything between the tabs. */
export const anyValue: fc.Arbitrary<string> = anyName.filter((value) => !value.includes("\t"));

/** A stand-in for a host: what it is like, and what it was asked. Nothing but the claim on it is really done. */
export type StandIn = {
  readonly endpoint: SshEndpoint;
  /** The folder that stands for /run/k8s-guide.taken. */
  readonly taken: string;
  /** Lines of scripts/facts.sh. */
  facts: string[];
  /** Lines of scripts/state.sh. */
  state: Row[];
  /** The public key of root, if there is one. */
  rootKey?: string;
  /** Commands, and names of scripts. */
  readonly asked: string[];
  /** Whether a command is done, and answered. */
  answers: (command: string) => boolean;
  readonly cut: () => void;
} & AsyncDisposable;

const fit = ["user=0", "init=systemd", "machine=x86_64", "os=debian 12", "cgroups=1", "docker=installed"];

/** Scripts, by a line that each has. */
const scripts: readonly (readonly [name: string, line: string])[] = [
  ["facts", "# What the guide would have left."],
  ["state", "# Prints what the guide could change"],
  ["reset", "# Takes the guide off a host."],
  ["settle", "# Brings units to where they were"],
];

export async function startHost(machine: string): Promise<StandIn> {
  const answer = (command: string, input: string): string | undefined => {
    const script = scripts.find(([, line]) => input.includes(line))?.[0];
    host.asked.push(script ?? command);
    if (!host.answers(script ?? command)) return undefined;
    if (script === "facts") return [`clock=${Date.now() / 1000}`, ...fit, ...host.facts, "end=\n"].join("\n");
    if (script === "state")
      return [...host.state, ["end", "", ""]].map((row) => `${row.join("\t")}\n`).join("");
    if (command.includes("id_ed25519.pub")) return host.rootKey ?? "";
    if (!command.includes("k8s-guide.taken")) return "";
    const here = command.replaceAll("/run/k8s-guide.taken", join(server.folder, "taken"));
    const { status, stdout } = spawnSync("sh", ["-c", here], { input, encoding: "utf8" });
    return status === 0 ? stdout : undefined;
  };
  const server = await startTestServer((channel, command) => {
    let input = "";
    channel.on("data", (bytes: Buffer) => void (input += bytes.toString()));
    channel.on("end", () => {
      const said = answer(command, input);
      channel.write(said ?? "");
      channel.exit(said === undefined ? 1 : 0);
      channel.end();
    });
    return { kill: () => undefined };
  }, machine);
  const host: StandIn = {
    endpoint: server.endpoint,
    taken: join(server.folder, "taken"),
    facts: [],
    state: [],
    asked: [],
    answers: () => true,
    cut: () => server.cut(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return host;
}
