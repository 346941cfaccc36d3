import { isRed, type Outcome } from "../../record/outcome.ts";
import type { RunRecord } from "../../record/record.ts";
import { isUnreached } from "../../report/tally.ts";
import { shortDigest } from "../commit.ts";
import type { Attempt } from "./history/history.ts";

/** What the history keeps of a run's record. What was not reached, or was left out, has no outcome there. */
export function factsOf(record: RunRecord) {
  const { commit, provider, artifactSet, cannotProve, tests, steps } = record;
  const inputs = shortInputs(record);
  const reached = tests.filter((test) => !isUnreached(test));
  const looked = new Set(reached.map(({ milestone }) => milestone));
  return {
    commit,
    provider,
    artifactSet,
    notProved: cannotProve.map(({ claim }) => claim),
    inputs,
    key: keyOf(record, inputs),
    phases: phasesOf(record),
    // Of a milestone that was looked at, all tests count.
    milestones: worstOf(
      tests
        .filter(({ milestone }) => looked.has(milestone))
        .map(({ milestone, outcome }) => [milestone, outcome]),
    ),
    tests: worstOf(reached.map(({ milestone, name, outcome }) => [`${milestone}: ${name}`, outcome])),
    steps: worstOf(
      steps.filter((step) => !isUnreached(step)).map(({ key: step, outcome }) => [step, outcome]),
    ),
  };
}

export function attemptOf(record: RunRecord): Attempt {
  const failed = record.tests.filter(isRed);
  const red = failed[0] && `${failed[0].milestone}: ${failed[0].name}`;
  const more = failed.length > 1 ? ` and ${failed.length - 1} more` : "";
  const message = record.failure?.message.split("\n", 1)[0] ?? (red && `${red}${more}`);
  const { verdict, id: run, durationMs } = record;
  return { verdict, run, durationMs, message };
}

/**
 * Equal for runs that ought to end alike: of one commit, with the same inputs, that were asked for the same milestones. The commit
 * with a `+` has changes nobody recorded, so no other run is known to be of the same text.
 */
function keyOf(
  { commit, inputs, tests, selection }: RunRecord,
  short: Readonly<Record<string, string>>,
): string | undefined {
  if (commit === undefined || commit.endsWith("+") || !inputs?.artifacts) return undefined;
  const asked = [...new Set(tests.map(({ milestone }) => milestone))].toSorted();
  return digest([commit, short, asked, selection?.by]);
}

function shortInputs({ inputs, provider, artifactSet, versions, ports }: RunRecord): Record<string, string> {
  const circumstances = digest({ provider, artifactSet, versions, ports });
  const digests = Object.entries(inputs ?? {}).map(([name, value]) => [name, digest(value)] as const);
  return { ...Object.fromEntries(digests), circumstances };
}

const digest = (value: unknown): string => shortDigest(JSON.stringify(sorted(value)));

/** The same value with the keys of its objects in order; the order of lists means something. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, inner]) => [name, sorted(inner)]);
}

const phaseOf: Readonly<Record<string, string>> = {
  artifacts: "artifacts",
  "machine image": "machine image",
  up: "up",
  apply: "apply",
  vitest: "suites",
};

function phasesOf({ spans }: RunRecord): Record<string, number> {
  const phases: Record<string, number> = {};
  for (const { name, durationMs } of spans) {
    const phase = Object.hasOwn(phaseOf, name) ? phaseOf[name] : undefined;
    if (phase !== undefined) phases[phase] = Math.round((phases[phase] ?? 0) + durationMs);
  }
  return phases;
}

const severity: readonly Outcome[] = ["passed", "skipped", "failed", "error"];

/** One outcome a name: the worst of its own, a skipped one being worse than a passed one. */
function worstOf(all: readonly (readonly [string, Outcome])[]): Record<string, Outcome> {
  const worst = new Map<string, Outcome>();
  for (const [name, outcome] of all) {
    const known = worst.get(name);
    if (known === undefined || severity.indexOf(outcome) > severity.indexOf(known)) worst.set(name, outcome);
  }
  return Object.fromEntries(worst);
}
