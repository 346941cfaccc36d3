import type { Context } from "../../../context.ts";
import type { StepGroup } from "../../../guide/types.ts";
import type { SshEndpoint } from "../../../machines/machine.ts";
import { interactiveShell } from "../../../machines/ssh/shell/interactive.ts";
import type { Screen } from "../../../report/console/console.ts";
import { type CheckpointMetadata, saidPlace } from "../../../run/checkpoints/metadata.ts";
import type { Answer, Reader } from "../../../run/walk/reader.ts";
import type { Redactor } from "../../../secrets/redact.ts";
import type { Keys } from "./keys.ts";
import { pageOf, proseText } from "./page.ts";
import type { Prose } from "./prose.ts";

/** The keys of a walk, each with what it does. */
const keyHelp = [
  ["Enter", "runs the block that is shown, or tries a failed block again"],
  ["s", "skips to the next section; what is skipped is recorded as skipped"],
  ["!", "opens a login shell on the block's machine, where the reader stands; `exit` comes back"],
  ["c", "saves a checkpoint: the machines as they stand, unless there is one that is the same"],
  ["b", "goes back to a checkpoint; the machines start from it"],
  ["q", "ends the walk here; so does Ctrl-C, as interrupted"],
  ["?", "shows these keys"],
] as const;

/** The same for a person. */
export const keyLines = keyHelp.map(([key, what]) => `  ${key.padEnd(6)} ${what}`);

/** Those that need no more than the key. */
const answers = new Map<string, Answer>([
  ["\r", { do: "run" }],
  ["\n", { do: "run" }],
  ["s", { do: "skip" }],
  ["c", { do: "save" }],
  ["q", { do: "end" }],
]);

/** As many as there are digits to choose with. */
const most = 9;

export type TerminalOptions = {
  readonly keys: Keys;
  readonly screen: Screen;
  readonly prose: Prose;
  readonly redactor: Redactor;
  readonly context: Context;
  /** How wide the terminal is now. */
  readonly columns: () => number;
};

/** Whoever walks through the guide at a terminal. */
export class TerminalReader implements Reader {
  readonly #options: TerminalOptions;
  readonly #begun = new Date().toISOString();
  #shown: StepGroup | undefined;

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  async answer(group: StepGroup, where: Parameters<Reader["answer"]>[1]): Promise<Answer> {
    const { screen, prose } = this.#options;
    if (this.#shown !== group) {
      screen.block(pageOf(prose.before.get(group.id) ?? [], group, this.#look()));
      this.#shown = group;
    }
    const question = where.lost
      ? "No block can be run here any more: b back · q end · ? keys"
      : `Enter ${where.failed ? "tries it again" : "runs it"} · s skip · ! shell · c save · b back · q end · ? keys`;
    for (;;) {
      const key = await this.#keyFor(question);
      const answer = await this.#meant(where.lost && !"bq?".includes(key) ? "" : key, group, where);
      if (answer) return answer;
    }
  }

  failed(...what: Parameters<Reader["failed"]>): void {
    this.#options.screen.failed(...what);
  }

  async atShell(endpoint: SshEndpoint, folder: string): Promise<void> {
    const { keys, screen, context } = this.#options;
    screen.block(`A login shell on ${endpoint.machine}, in ${folder}; \`exit\` comes back to the guide.`);
    await keys.lent(() => interactiveShell(endpoint, folder, context));
  }

  /** What the guide says after its last block. */
  ends(): void {
    const { screen, prose } = this.#options;
    const last = proseText(prose.after, this.#look());
    if (last !== "") screen.block(last);
  }

  async #meant(
    key: string,
    group: StepGroup,
    { checkpoints, lost }: Parameters<Reader["answer"]>[1],
  ): Promise<Answer | undefined> {
    const answer = answers.get(key);
    if (answer) return answer;
    if (key === "!") return this.#shell(group);
    if (key === "b") return this.#back(await checkpoints(), lost === true);
    this.#options.screen.block(
      key === "?" ? keyLines.join("\n") : "This key does nothing here; ? shows those that do.",
    );
    return undefined;
  }

  async #shell({ steps }: StepGroup): Promise<Answer | undefined> {
    const machine = await this.#choose(
      "Where?",
      steps.map((step) => step.machine),
      String,
    );
    return machine === undefined ? undefined : { do: "shell", machine };
  }

  async #back(checkpoints: readonly CheckpointMetadata[], lost: boolean): Promise<Answer | undefined> {
    if (checkpoints.length === 0) {
      const help = lost ? "" : "; `c` saves one";
      this.#options.screen.block(`There is no checkpoint on the way to here${help}.`);
      return undefined;
    }
    const near = checkpoints.slice(0, most);
    const lines = near.map(
      ({ after, savedAt }, index) =>
        `  ${index + 1}  after ${saidPlace(after)}, saved ${savedAt.slice(0, 16).replace("T", " ")}${savedAt < this.#begun ? ", before this walk" : ""}`,
    );
    const more = checkpoints.length - near.length;
    if (more > 0) lines.push(`     and ${more} before these: go back to the last one first`);
    this.#options.screen.block(lines.join("\n"));
    const key = await this.#keyFor(
      `Back to which? 1${near.length > 1 ? ` to ${near.length}` : ""}, or any other key to stay`,
    );
    const chosen = near[Number(key) - 1];
    return chosen && { do: "back", after: chosen.after };
  }

  /** One of several, or the only one; undefined if the key is none of theirs. */
  async #choose<T>(question: string, all: readonly T[], name: (one: T) => string): Promise<T | undefined> {
    if (all.length <= 1) return all[0];
    const named = all.map((one, index) => `${index + 1} ${name(one)}`).join(", ");
    return all[Number(await this.#keyFor(`${question} ${named}; any other key to stay`)) - 1];
  }

  #keyFor(question: string): Promise<string> {
    const { screen, keys, context } = this.#options;
    screen.question(`${screen.colours.inverse(` ${question} `)} `);
    return keys.next(context.signal);
  }

  #look() {
    const { screen, redactor, columns } = this.#options;
    return { colours: screen.colours, redactor, columns: Math.min(columns(), 100) };
  }
}
