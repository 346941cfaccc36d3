import {
  type Asked,
  type ExecResult,
  inNetworkOf,
  slowness,
  type Pod,
  type SuiteMachine,
  sh,
} from "../cluster/index.ts";

/** How often each backend answered, by host name; the rest of the requests had no answer. */
export type Answers = Asked & { readonly counts: ReadonlyMap<string, number> };

/** Seconds for all requests of one source; fewer once most were not answered, for the rest would not be, either. */
let limit = 15 * slowness;
const lostLimit = 3 * slowness;

/** Requests from a machine, one after the other, each on a connection of its own (HTTP/1.0). */
export async function askFromMachine(machine: SuiteMachine, target: string, count: number): Promise<Answers> {
  const url = `"http://${target}/?[1-${count}]"`;
  const curl = sh`timeout ${limit} curl -0 -s --connect-timeout ${2 * slowness} --max-time ${4 * slowness} -w '\n' ${url}`;
  return noted(await machine.run(sh`${curl} | sort | uniq -c`), count);
}

/** Requests from within a pod, one after the other, by the busybox of its container, whose wget in Debian 12 has no `-T`. */
export async function askFromPod(pod: Pod, target: string, count: number): Promise<Answers> {
  const loop = sh`i=0; while [ $i -lt ${count} ]; do wget -q -O - http://${target}/; i=$((i+1)); done`;
  const inPod = await inNetworkOf(pod, sh`/bin/sh -c '${loop}'`, "pod");
  return noted(await pod.machine.run(sh`timeout ${limit} ${inPod} | sort | uniq -c`), count);
}

function noted({ stdout, durationMs: milliseconds }: ExecResult, asked: number): Answers {
  const answers = countAnswers(stdout, asked);
  if (answers.unanswered > asked / 2) limit = lostLimit;
  return { ...answers, milliseconds };
}

/** Reads `uniq -c`. */
export function countAnswers(text: string, asked: number): Omit<Answers, "milliseconds"> {
  const counts = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, count, name] = /^\s*(\d+) (\S+)\s*$/.exec(line) ?? [];
    if (count && name) counts.set(name, Number(count));
  }
  const answered = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return { counts, unanswered: asked - answered };
}
