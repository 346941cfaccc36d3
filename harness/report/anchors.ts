import type { RunRecord, StepRecord, TestRecord } from "../record/record.ts";

/** Ids of a report's parts, the same from run to run; `#` and one of them leads there. */
export type Anchors = {
  readonly step: (step: StepRecord) => string;
  readonly test: (test: TestRecord) => string;
  readonly section: (number: string) => string;
  readonly milestone: (name: string) => string;
};

/** Ids of a run's parts: `step/2.4.4/start-etcd@n1`, `test/etcd/the-unit-is-active-and-enabled`; what came again has a number behind it. */
export function anchorsOf({ steps, tests }: Pick<RunRecord, "steps" | "tests">): Anchors {
  const times = new Map<string, number>();
  const numbered = (id: string): string => {
    const time = (times.get(id) ?? 0) + 1;
    times.set(id, time);
    return time === 1 ? id : `${id}~${time}`;
  };
  const ids = new Map<StepRecord | TestRecord, string>([
    ...steps.map((step) => [step, numbered(`step/${solid(step.key)}`)] as const),
    ...tests.map((test) => [test, numbered(`test/${solid(test.milestone)}/${slug(test.name)}`)] as const),
  ]);
  const idOf = (part: StepRecord | TestRecord): string => ids.get(part) ?? "";
  return {
    step: idOf,
    test: idOf,
    section: (number) => `section/${solid(number)}`,
    milestone: (name) => `milestone/${solid(name)}`,
  };
}

/** The id of a case on the page of a round: `case/affinity-forgotten`. */
export const caseAnchor = (name: string): string => `case/${solid(name)}`;

/** A link to an id of a page. */
export const linkTo = (id: string): string => `#${encodeURI(id)}`;

/** An id has no blanks (HTML 3.2.6); `%` and `#` would be another address. */
const solid = (text: string): string => text.replaceAll(/[\s%#\p{C}]+/gu, "-");

const longestSlug = 80;

function slug(name: string): string {
  const whole = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .replaceAll(/^-|-$/gu, "");
  if (whole.length <= longestSlug) return whole || "test";
  const lastWord = whole.lastIndexOf("-", longestSlug);
  return whole.slice(0, lastWord > 0 ? lastWord : longestSlug);
}
