import type { ChalkInstance } from "chalk";
import type { StepGroup } from "../../../guide/types.ts";
import { place, plain } from "../../../report/text.ts";
import { describeStep } from "../../../run/apply/step.ts";
import { typedText } from "../../../run/evidence/typed-text.ts";
import type { Redactor } from "../../../secrets/redact.ts";
import { laidOut } from "./prose.ts";

export type PageStyle = {
  readonly colours: ChalkInstance;
  readonly columns: number;
  readonly redactor: Redactor;
};

/** Prose for a terminal, redacted, its headings in bold. */
export const proseText = (lines: readonly string[], { colours, columns, redactor }: PageStyle): string =>
  plain(redactor.text(laidOut(lines, columns))).replaceAll(/^#.*$/gm, (heading) => colours.bold(heading));

/**
 * What a reader has before a block: the prose, what is to be typed or written and where, what it is to print, what is not as
 * in the guide.
 */
export function pageOf(prose: readonly string[], { id, steps }: StepGroup, look: PageStyle): string {
  const { colours } = look;
  const [first] = steps;
  if (!first) return "";
  const texts = Map.groupBy(steps, (step) => describeStep(step).command ?? "");
  const commands = [...texts].flatMap(([text, own]) => {
    const typed = quoted(text, colours.cyan);
    return texts.size > 1
      ? [colours.dim(`  ${own.map(({ machine }) => machine).join(", ")}`), typed]
      : [typed];
  });
  const { expect, changedBy } = first;
  const said = proseText(prose, look);
  return [
    ...(said === "" ? [] : [said, ""]),
    `${colours.bold(id)}  on ${steps.map(({ machine }) => machine).join(", ")}  ${colours.dim(place(first.location))}`,
    ...commands,
    ...(expect
      ? [
          colours.dim(
            `  prints${expect.within === undefined ? "" : ` within ${expect.within / 1000} s, repeated until then`}`,
          ),
          quoted(typedText(expect.text), colours.dim),
        ]
      : []),
    ...new Set(
      changedBy.map(({ id: by, reason }) =>
        colours.yellow(`  not as in the guide: ${by}: ${plain(reason).trim()}`),
      ),
    ),
  ].join("\n");
}

const quoted = (text: string, colour: (line: string) => string): string =>
  text
    .split("\n")
    .map((line) => `  │ ${colour(line)}`)
    .join("\n");
