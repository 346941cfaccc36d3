import { z } from "zod";

const text = z.string().regex(/\S/, "is empty");
const duration = z
  .string()
  .regex(/^[1-9]\d*s$/, "is not a time such as 30s")
  .transform((value) => Number.parseInt(value) * 1000);

const said = text.refine(isMessage, "is not a regular expression");

const action = z.strictObject({ on: text, run: text });

/** How a defect shows: where to look, and what is to be seen there. */
export const symptomSchema = z.union(
  [
    z.strictObject({ step: text, machine: text.optional(), message: said }),
    z.strictObject({ milestone: text, test: text.optional(), message: said }),
    z.strictObject({
      probe: action.extend({ prints: said, within: duration.optional() }),
      after: text.optional(),
      from: text.optional(),
      harmless: text.optional(),
    }),
    z.strictObject({ none: text }),
  ],
  "give it step and message, or milestone and message, or probe with on, run and prints, or none with a reason",
);

/**
 * `step`: this step fails, with the message in what is known of its failure. `milestone`: everything is applied, and a
 * test of that milestone is red with the message. `probe`: nothing fails, but the command prints it, once the section
 * `after` is done or else the whole guide; `from` a step on, before each later block and where one fails, too; `harmless` says why the corrected guide prints it too. `none`: no run can
 * show it, for that reason.
 */
export type Symptom = z.infer<typeof symptomSchema>;

/** What shows that a remedy has worked, where the symptom's absence does not: the guide goes on to a step, or a milestone is green. */
export const proofSchema = z.union(
  [z.strictObject({ step: text }), z.strictObject({ milestone: text })],
  "give it a step or a milestone",
);

export const actionSchema = action;
export type Action = z.infer<typeof action>;

/** What happens after a step of the guide: a script for one machine, or its next boot. */
export const faultSchema = z.union(
  [action.extend({ after: text }), z.strictObject({ after: text, on: text, reboot: z.literal(true) })],
  "give it after, on and run, or after, on and reboot: true",
);

/** The regular expression between the slashes; undefined for a plain text. Throws if it is none. */
function patternOf(message: string): RegExp | undefined {
  const [, source] = /^\/(.+)\/$/s.exec(message) ?? [];
  return source === undefined ? undefined : new RegExp(source, "m");
}

function isMessage(value: string): boolean {
  try {
    patternOf(value);
    return true;
  } catch {
    return false;
  }
}

const squeezed = (value: string): string => value.replaceAll(/[ \t]+/g, " ").trim();

/** The part of a text that a message of a symptom means; undefined if it is not there. Runs of blanks count as one. */
export function findMessage(message: string, output: string): string | undefined {
  const [plain, within] = [squeezed(message), squeezed(output)];
  const pattern = patternOf(plain);
  if (pattern) return pattern.exec(within)?.[0];
  return within.includes(plain) ? plain : undefined;
}

type FailedStep = {
  readonly message: string;
  readonly step?: string;
  readonly machine?: string;
  readonly outputTail?: string;
  readonly unitJournal?: string;
};

/** All that is known of a failure, in the order in which a reader meets it. */
export const textOf = ({ message, outputTail, unitJournal }: FailedStep): string =>
  [message, outputTail, unitJournal].filter(Boolean).join("\n");

/** The part of a step's failure that a symptom means; undefined if it is another step, machine or text. */
export function findInStep(
  { step, machine, message }: Extract<Symptom, { readonly step: string }>,
  failure: FailedStep,
): string | undefined {
  const isThere =
    failure.step?.startsWith(`${step}@`) === true && (machine === undefined || machine === failure.machine);
  return isThere ? findMessage(message, textOf(failure)) : undefined;
}

/** A symptom in a line, for tables. */
export function describeSymptom(symptom: Symptom): string {
  if ("none" in symptom) return `none: ${symptom.none}`;
  if ("probe" in symptom) {
    const { on, run, prints } = symptom.probe;
    return `on ${on}, \`${run.trim().replaceAll(/\s*\n\s*/g, "; ")}\` prints ${prints}`;
  }
  if ("step" in symptom) {
    const { step, machine, message: expected } = symptom;
    return `${step}${machine === undefined ? "" : ` on ${machine}`} fails: ${expected}`;
  }
  return `milestone ${symptom.milestone} is red: ${symptom.message}`;
}
