import * as fc from "fast-check";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { readText } from "../../input/yaml-file.ts";

/** How many mutants a property is tried with: GUIDE_FUZZ of them, or as many as a test has time for. */
export const runs = (few: number): number => Number(process.env["GUIDE_FUZZ"] ?? few);

/** Measures the CPU time of some work, in seconds. */
export class CpuTimes {
  #most = 0;

  async of<T>(work: () => T): Promise<Awaited<T>> {
    const before = process.cpuUsage().user;
    const result = await work();
    this.#most = Math.max(this.#most, (process.cpuUsage().user - before) / 1e6);
    return result;
  }

  /** The longest so far; 0 if there was none. */
  get most(): number {
    return this.#most;
  }
}

/** Seconds that a mutant may take: two, or on a slow processor ten times what the same work takes on the guide itself. */
export async function secondsAllowed(work: () => unknown): Promise<number> {
  const times = new CpuTimes();
  // The first time is the compiler's, too.
  await work();
  await times.of(work);
  return Math.max(2, 10 * times.most);
}

/** The project's guide, whose parts the mutants are. */
export const guide = await readText(join(projectRoot, "fixtures/guide/guide.md"));
const lines = guide.split("\n");

/** One change of a text, as an editor, a web page or a broken disk makes it. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant("drop"), at: fc.nat(), by: fc.nat(3) }),
  fc.record({ kind: fc.constant("double"), at: fc.nat(), by: fc.nat(60) }),
  fc.record({
    kind: fc.constant("insert"),
    at: fc.nat(),
    by: fc.constantFrom(
      "```",
      "~~~",
      "````",
      "<div>",
      "<!--",
      "-->",
      "!!! note",
      "> ",
      "1. a",
      "- a",
      "",
      "    x",
      "\0",
      "\r",
      "```bash run id=new on=t71",
      "~~~bash run id=other on=all",
      "```bash run tty id=asking on=t71",
      "```text answers",
      "Text ```text skip reason=a",
      "$ ls",
      "bash run id=a on=t71",
      "## 一、准备",
      "### 9. A",
      "cat <<EOF",
      "EOF ",
      "\u2028",
      "| a |",
    ),
  }),
  fc.record({
    kind: fc.constant("prefix"),
    at: fc.nat(),
    by: fc.constantFrom("    ", "\t", "> ", "- ", "  ", "\u00A0", "\u200B", "#", "        ", "\\", "> > - "),
    count: fc.nat(40),
  }),
  fc.record({
    kind: fc.constant("character"),
    at: fc.nat(),
    by: fc.oneof(
      fc.constantFrom("`", "~", "\r", "\n", "\0", "\u001B]0;t\u0007", "\uFEFF", "“", "：", "{{", '"', "\\"),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    remove: fc.nat(2),
  }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never;

function mutate(text: string, change: Mutation): string {
  if ("remove" in change) {
    const at = change.at % (text.length + 1);
    return text.slice(0, at) + change.by + text.slice(at + change.remove);
  }
  const all = text.split("\n");
  const at = change.at % all.length;
  if ("count" in change) {
    return all.map((line, i) => (i >= at && i <= at + change.count ? change.by + line : line)).join("\n");
  }
  const { kind, by } = change;
  if (typeof by === "string") return all.toSpliced(at, 0, by).join("\n");
  return (kind === "drop" ? all.toSpliced(at, by) : all.toSpliced(at, 0, ...all.slice(at, at + by))).join(
    "\n",
  );
}

/** A guide of some parts of the project's, with up to six changes. */
export const mutant = fc
  .tuple(fc.nat(lines.length), fc.integer({ min: 20, max: 300 }), fc.array(mutation, { maxLength: 6 }))
  .map(([from, length, changes]) =>
    changes.reduce(mutate, ["# T", "## 1 A", ...lines.slice(from, from + length)].join("\n")),
  );
