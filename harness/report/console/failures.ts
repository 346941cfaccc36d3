import type { ChalkInstance } from "chalk";
import type { FailureRecord } from "../../record/record.ts";
import { failedReproduction, failureHeadline, isOfGuide } from "../labels.ts";
import type { Part } from "../parts/failure.ts";
import { plain } from "../text.ts";
import { failureScreen } from "./screens.ts";

/** Whose fault a red test is, as long as the run goes on. */
const atTheEnd = "is judged at the end of the run";

const long = 5;

/** What failed and how, wherever it did. */
const withoutMachine = ({
  verdict,
  message,
  machine = "",
  location,
  exitCode,
  outputTail,
}: FailureRecord): string =>
  JSON.stringify([verdict, message, outputTail, location, exitCode]).replaceAll(machine, "");

/** Failures as they are told: each once, in a screen; of what was told already, what is new in a line. */
export class Failures {
  readonly #colours: ChalkInstance;
  #command = "";
  readonly #messages = new Set<string>();
  /** Long texts of tests' failures. */
  readonly #told: string[] = [];
  /** What was said of tests that failed. */
  readonly #ofTests = new Set<string>();
  /** By step, as it was told last. */
  readonly #ofSteps = new Map<string, FailureRecord>();
  /** Without their machines, and on which they were told first. */
  readonly #firstOn = new Map<string, string>();

  constructor(colours: ChalkInstance) {
    this.#colours = colours;
  }

  of(command: string): void {
    this.#command = command;
  }

  /** A step is run, maybe not for the first time. */
  begins(step: string): void {
    this.#ofSteps.delete(step);
  }

  has({ message }: FailureRecord): boolean {
    return this.#messages.has(message);
  }

  /**
   * A failure of a step, or, with what is known `before`, of a test: in a line, if another test has failed in the same way; empty if
   * there is nothing new in it. Whether a red test is the guide's fault is not judged before the end of the run.
   */
  text(failure: FailureRecord, before?: readonly Part[]): string {
    this.#messages.add(failure.message);
    if (before !== undefined) {
      const open = isOfGuide(failure) ? { headline: "Red", fault: atTheEnd } : {};
      const said = JSON.stringify([failure.verdict, failure.message, failure.outputTail]);
      const isTold = this.#ofTests.has(said);
      this.#ofTests.add(said);
      const name = before.find((part) => part.name === "test")?.text;
      if (isTold && name !== undefined)
        return this.#colours.red.bold(`✗ ${open.headline ?? failureHeadline(failure)}, as above: ${name}`);
      return failureScreen(failure, this.#colours, { before, once: (text) => this.#once(text), ...open });
    }
    const failed = failedReproduction(this.#command, failure);
    const headline = failed?.headline ?? failureHeadline(failure);
    const fault = failed?.fault;
    const more = this.#more(failure);
    if (more === undefined) return failureScreen(failure, this.#colours, { headline, fault });
    return more === "" ? "" : this.#colours.red.bold(`✗ ${headline}: ${plain(more)}`);
  }

  /** A text without the long parts that an earlier test's failure has had. */
  #once(text: string): string {
    const lines = text.split("\n");
    const wasTold = (from: number, to: number): boolean => {
      const part = `\n${lines.slice(from, to).join("\n")}\n`;
      return this.#told.some((one) => one.includes(part));
    };
    const kept: string[] = [];
    for (let from = 0; from < lines.length;) {
      let to = from;
      while (to < lines.length && wasTold(from, to + 1)) to += 1;
      if (to - from >= long) {
        kept.push(`(${to - from} lines as above)`);
        from = to;
      } else {
        kept.push(lines[from] ?? "");
        from += 1;
      }
    }
    if (lines.length >= long) this.#told.push(`\n${text}\n`);
    return kept.join("\n");
  }

  /** What is new of a failure that was told, or that it is so on one more machine; undefined if it was not told. */
  #more(failure: FailureRecord): string | undefined {
    const { step = "", machine, verdict, message } = failure;
    const [line = ""] = message.split("\n", 1);
    const told = this.#ofSteps.get(step);
    if (step !== "") this.#ofSteps.set(step, failure);
    if (told?.verdict === verdict && message.startsWith(told.message))
      return told.message === message ? "" : line;
    const same = withoutMachine(failure);
    const first = this.#firstOn.get(same);
    if (machine !== undefined && first !== undefined && first !== machine) return `${line}, as on ${first}`;
    if (machine !== undefined) this.#firstOn.set(same, machine);
    return undefined;
  }
}
