import { type ExecResult, GuideFailure } from "../../../harness/cluster.ts";
import { slowness } from "../run.ts";
import { traceProof } from "../trace/access-trace.ts";

/** How much of what was asked had no answer, and how long was waited. */
export type Asked = {
  readonly unanswered: number;
  /** For all of it. */
  readonly milliseconds: number;
  /** For the one without an answer that was waited for longest, in milliseconds; for all of it where that is not known. */
  readonly longest?: number;
  /** How many of those without an answer were refused: their end was told, and nobody waited for it. */
  readonly refused?: number;
};

/** Milliseconds that a request, a packet or a command is waited for at least: what is over sooner was refused. */
export const patience = 1000 * slowness;

/**
 * Holds it against the guide if something had no answer, before anything is said of the answers. Where all of that was waited for
 * in vain, the run excuses it on a host that was starved meanwhile; a refusal is nobody's wait.
 */
export function expectAnswered(
  { unanswered, milliseconds, longest = milliseconds, refused = 0 }: Asked,
  words: string,
): void {
  traceProof();
  if (unanswered === 0) return;
  const isLate = refused === 0 && longest >= patience;
  throw new GuideFailure(words, { ...(isLate && { late: milliseconds }) });
}

/** What became of requests without an answer, after their number: `have no answer`, or `are refused`. */
export function fateOf({ unanswered, refused = 0 }: Pick<Asked, "unanswered" | "refused">): string {
  if (refused === 0) return "have no answer";
  return refused === unanswered ? "are refused" : `have no answer, ${refused} of them refused`;
}

/**
 * What came of so many packets of ping(8), of which one may be lost before the last answer; one that is answered by an error was not
 * waited for.
 */
export function pinged({ stdout, durationMs }: ExecResult, count: number): Asked {
  const [, received = "0", errors] = /transmitted, (\d+) received,( \+\d+ errors)?/.exec(stdout) ?? [];
  const answered = new Set(
    [...stdout.matchAll(/ bytes from .* icmp_seq=(\d+)/g)].map(([, seq]) => Number(seq)),
  );
  const lost = Math.max(0, ...answered) - answered.size;
  const unanswered = Math.max(count - Number(received), lost > 1 ? lost : 0);
  return { unanswered, milliseconds: errors === undefined ? durationMs : 0 };
}
