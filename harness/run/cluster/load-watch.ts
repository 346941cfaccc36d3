import { type HostLoad, loadBetween, type LoadSample, sampleLoad } from "../../host/load.ts";

/** Milliseconds between two samples. */
const interval = 1000;

/** Counts all along how long work waits on this host: what was late is judged by the very time of its wait. */
export class LoadWatch implements Disposable {
  /** The file cpu.pressure of the control group that the run's machines are in, if they are in one of this host's. */
  machines: string | undefined;
  readonly #sample: () => LoadSample;
  readonly #samples: [LoadSample, ...LoadSample[]];
  readonly #timer: NodeJS.Timeout;

  constructor(sample: (machines?: string) => LoadSample = sampleLoad) {
    this.#samples = [sample()];
    // Machines that are gone wait no more.
    this.#sample = () => {
      const machines = this.#samples.at(-1)?.machines;
      return { ...(machines !== undefined && { machines }), ...sample(this.machines) };
    };
    this.#timer = setInterval(() => this.#samples.push(this.#sample()), interval);
    this.#timer.unref();
  }

  /** How busy the host was from some milliseconds ago, or from the beginning, to others. */
  between(from = Infinity, to = 0): HostLoad {
    const now = this.#sample();
    this.#samples.push(now);
    const first = this.#samples.findLastIndex(({ at }) => at <= now.at - from);
    const last = this.#samples.findIndex(({ at }) => at >= now.at - to);
    const [begin, ...rest] = this.#samples.slice(Math.max(0, first), last + 1);
    return loadBetween([begin ?? now, ...rest]);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
