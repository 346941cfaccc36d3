/** Help given to a machine or a step that the guide's reader is not told of; design.md, rule 2. */
export type Assist = {
  /** Stable name, such as `oom-score-wrapper`. */
  readonly id: string;
  readonly reason: string;
  readonly machine?: string;
  readonly step?: string;
};

/** How the engine says what it is doing, without knowing who listens. */
export interface Progress {
  /** One line for a person: what started, or how far it is. */
  note(message: string): void;
  assist(assist: Assist): void;
  /** Runs `work` as a named, timed span of the trace; nests. */
  span<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Runs long `work`, of which `far` says at any time, in one line, how far it is; whoever listens asks as often as it can be shown. */
  watch<T>(far: () => string, work: () => Promise<T>): Promise<T>;
}

export const silent: Progress = {
  note: () => undefined,
  assist: () => undefined,
  span: (_name, work) => work(),
  watch: (_far, work) => work(),
};

/** Between two looks at how far long work is, in milliseconds. */
const lookInterval = 1000;

/** Runs `work`, tells every second how far it is, and in the end that it is over. */
export async function watched<T>(
  far: () => string,
  work: () => Promise<T>,
  tell: (text: string | undefined) => void,
): Promise<T> {
  const timer = setInterval(() => tell(far()), lookInterval);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    tell(undefined);
  }
}

/** Seconds as a person says them: `42 s`, `3 min 5 s`. */
export function spoken(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Seconds that nobody knows exactly: `5 s`, `40 s`, `3 min`, `2 h 10 min`. */
export function roughly(seconds: number): string {
  if (seconds < 90) return `${Math.max(5, Math.ceil(seconds / 5) * 5)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const tens = Math.round(minutes / 10);
  return `${Math.floor(tens / 6)} h ${(tens % 6) * 10} min`;
}

/** How much of some work is done, and what is left, both in seconds: `40 %, about 3 min left`. */
export function share(done: number, left: number): string {
  const part = `${Math.floor((100 * done) / Math.max(done + left, 1))} %`;
  return left > 0 ? `${part}, about ${roughly(left)} left` : part;
}

/** How far work is that has gone on for some seconds; what it will take altogether may be known: `40 s of about 2 min, 33 %`. */
export function howFar(seconds: number, expected: number | undefined): string {
  if (expected === undefined) return spoken(seconds);
  if (seconds > expected) return `${spoken(seconds)}, longer than the expected ${roughly(expected)}`;
  return `${spoken(seconds)} of about ${roughly(expected)}, ${Math.floor((100 * seconds) / expected)} %`;
}

/** Long work with a clock as its measure: its name, the seconds that are expected, and what it is at, if anybody knows. */
type Timed = { readonly name: string; readonly expected?: number | undefined; readonly now?: () => string };

/** Watches work of which is known, at most, how long it takes. */
export function timed<T>(
  { name, expected, now }: Timed,
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  const far = (): string => `${name}: ${howFar((performance.now() - start) / 1000, expected)}`;
  return progress.watch(() => `${far()}${now ? `; ${now()}` : ""}`, work);
}
