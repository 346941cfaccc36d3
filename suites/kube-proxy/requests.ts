import {
  type Asked,
  expectAnswered,
  type ExecResult,
  patience,
  shown,
  inNetworkOf,
  slowness,
  type Pod,
  type SuiteMachine,
  sh,
} from "../cluster/index.ts";

/** How often each backend answered, by host name; the rest of the requests had no answer. */
export type Answers = Asked & { readonly counts: ReadonlyMap<string, number> };

/** `backend-a 3, backend-b 2, unanswered 3, of them refused 1`. */
export const inWords = ({
  counts,
  unanswered,
  refused = 0,
}: Pick<Answers, "counts" | "unanswered" | "refused">): string =>
  [
    ...[...counts].map(([name, count]) => `${name} ${count}`),
    `unanswered ${unanswered}`,
    ...(refused > 0 ? [`of them refused ${refused}`] : []),
  ].join(", ");

/** Seconds for all requests of one source to one target; fewer as long as most were not answered, for the rest would not be, either. */
const limit = 15 * slowness;
const lostLimit = 3 * slowness;

/** Sources and targets of which most requests had no answer when they were sent last. */
const lost = new Set<string>();

/** Sends requests in their time. */
async function inTime(
  way: string,
  count: number,
  ask: (seconds: number) => Promise<ExecResult>,
): Promise<Answers> {
  const answers = noted(await ask(lost.has(way) ? lostLimit : limit), count);
  if (answers.unanswered > count / 2) lost.add(way);
  else lost.delete(way);
  return answers;
}

/** Requests one after the other, each on a connection of its own (HTTP/1.0). */
function curlTo(target: string, count: number): string {
  const url = `"http://${target}/?[1-${count}]"`;
  const each = "'\\n%{http_code} %{time_total}\\n'";
  return sh`curl -0 -sS --connect-timeout ${2 * slowness} --max-time ${4 * slowness} -w ${each} ${url}`;
}

/** Requests from a machine. */
export async function askFromMachine(machine: SuiteMachine, target: string, count: number): Promise<Answers> {
  return inTime(`${machine.name} ${target}`, count, (seconds) =>
    machine.run(sh`timeout ${seconds} ${curlTo(target, count)} | sort | uniq -c`),
  );
}

/** Requests from a pod's network, all by one process of its machine. */
export async function askFromNetworkOf(pod: Pod, target: string, count: number): Promise<Answers> {
  const curl = await inNetworkOf(pod, curlTo(target, count), "machine");
  return inTime(`${pod.name} ${target}`, count, (seconds) =>
    pod.machine.run(sh`timeout ${seconds} ${curl} | sort | uniq -c`),
  );
}

/** Requests from within a pod, one after the other, by the busybox of its container, whose wget in Debian 12 has no `-T`. */
export async function askFromPod(pod: Pod, target: string, count: number): Promise<Answers> {
  const loop = sh`i=0; while [ $i -lt ${count} ]; do read from _ </proc/uptime; wget -q -O - http://${target}/ || { read to _ </proc/uptime; echo "000 $from $to"; }; i=$((i+1)); done`;
  const inPod = await inNetworkOf(pod, sh`/bin/sh -c '${loop}'`, "pod");
  return inTime(`${pod.name} ${target}`, count, (seconds) =>
    pod.machine.run(sh`timeout ${seconds} ${inPod} | sort | uniq -c`),
  );
}

/** Holds it against the guide if a pod that was deleted so long ago, and is given longer, answers its own node no more. */
export function expectGoesOn(
  { name }: Pod,
  { answer, milliseconds }: { readonly answer: string; readonly milliseconds: number },
): void {
  const words = `${name}, which was deleted, answers its own node with: ${shown(answer)}`;
  expectAnswered({ unanswered: Number(answer !== name), milliseconds }, words);
}

/** What came of so many requests. */
export function noted({ stdout, stderr, durationMs: milliseconds }: ExecResult, asked: number): Answers {
  const { waits, ...answers } = countAnswers(stdout, asked);
  // The last one was waited for until the limit ended it all.
  const isCut = waits.length < answers.unanswered;
  // By their own words, however long a busy host took to hear them; or because nothing that is over so soon was waited for.
  const told = stderr.match(/connection (?:refused|reset)/gi)?.length ?? 0;
  const refused = Math.max(told, waits.filter((seconds) => 1000 * seconds < patience).length);
  return {
    ...answers,
    milliseconds,
    ...(!isCut && { longest: 1000 * Math.max(0, ...waits) }),
    ...(refused > 0 && { refused: Math.min(refused, answers.unanswered) }),
  };
}

/**
 * Reads `uniq -c`: names that answered, and the status of each request with its seconds, or with the host's seconds before and
 * after it. `waits` has those that had no answer.
 */
export function countAnswers(
  text: string,
  asked: number,
): Pick<Answers, "counts" | "unanswered"> & { readonly waits: readonly number[] } {
  const counts = new Map<string, number>();
  const waits: number[] = [];
  for (const line of text.split("\n")) {
    const [, times, from, to] = /^\s*(\d+) 000 ([\d.]+)(?: ([\d.]+))?$/.exec(line) ?? [];
    const seconds = to === undefined ? Number(from) : Number(to) - Number(from);
    if (times) waits.push(...Array<number>(Number(times)).fill(seconds));
    const [, count, name] = /^\s*(\d+) (\S+)\s*$/.exec(line) ?? [];
    if (count && name) counts.set(name, Number(count));
  }
  const answered = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return { counts, unanswered: asked - answered, waits };
}
