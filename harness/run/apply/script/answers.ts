import type { Answer } from "../../../guide/parse/answers/answers.ts";
import { endsIn } from "../../../guide/plan/expect.ts";
import type { Typed } from "../../../machines/ssh/connection.ts";
import { asksForSecret, mask } from "../../../secrets/forms.ts";

/** Why a script at a terminal failed, if answers and prompts do not fit, and what to write; not redacted. */
export type Unanswered = { readonly said: string; readonly hint: string };

/** How prompts end: in a question, a colon, the sign of a shell, a choice, or as a pager does. */
const ending = /(?:[?:>#$]|\[[^\s\]]*\/[^\s\]]*\]|\([^\s)]*\/[^\s)]*\)|\(END\)|--More--.*)$/;

/** Characters of a line's end that are held against a prompt, and that are shown. */
const longest = { prompt: 1000, shown: 200 };

const shown = (line: string): string =>
  line.length > longest.shown ? `…${line.slice(-longest.shown)}` : line;

/** Who answers at a step's terminal, each prompt in its turn. */
export class Answers {
  readonly #none: boolean;
  readonly #left: Answer[];
  /** The last line that said something, and whether it has no end and nobody has answered it. */
  #line = "";
  #open = false;

  constructor(answers: readonly Answer[]) {
    this.#none = answers.length === 0;
    this.#left = [...answers];
  }

  /** Whether the terminal seems to wait for a person: its last line ends as prompts do. */
  get waits(): boolean {
    return this.#open && ending.test(this.#line);
  }

  /** What is typed at a line; it is typed once. */
  answer(line: string, finished: boolean): Typed | undefined {
    const [next] = this.#left;
    const said = line.trim().slice(-longest.prompt);
    if (said !== "") this.#line = said;
    this.#open = !finished && said !== "";
    if (next === undefined || said === "" || !endsIn(next.prompt, said)) return undefined;
    this.#left.shift();
    this.#open = false;
    const { prompt, reply } = next;
    return { text: keys(reply), ...(asksForSecret(prompt) && reply !== "" && { echo: mask }) };
  }

  /** What is wrong with the answers of a script that came to its end, or that printed nothing any more. */
  problem(end: "passed" | "silent"): Unanswered | undefined {
    const [next] = this.#left;
    const last = shown(this.#line);
    if (end === "silent" && this.#open) {
      const then = next === undefined ? "no answer is left" : `the next answer is for "${next.prompt}"`;
      const place = next === undefined ? "at the end of" : "at its place in";
      const where = this.#none ? "in an answers block after it" : `${place} the block's answers`;
      return {
        said: `waits at the prompt "${last}", and ${this.#none ? "there are no answers" : then}`,
        hint: `Write \`${last} => REPLY\` ${where}.`,
      };
    }
    if (next === undefined) return undefined;
    return {
      said: `${end === "passed" ? "ended" : "waits"} without the prompt "${next.prompt}"`,
      hint: `A prompt is the end of a line as it is printed, and answers have the order of the prompts. The last line was "${last}".`,
    };
  }
}

/** A reply and Enter; `^C` and its like are one key. */
const keys = (reply: string): string =>
  /^\^[A-Z]$/.test(reply) ? String.fromCharCode(reply.charCodeAt(1) & 0x1f) : `${reply}\r`;
