import { type HostLoad, loadBetween, type LoadSample, sampleLoad } from "../../host/load.ts";

const interval = 1000;

/** Counts all along how long work waits on this host: what was late is judged by the very time of its wait. */
export class LoadWatch implements Disposable {
  readonly #sample: () => LoadSample;
  readonly #samples: [LoadSample, ...LoadSample[]];
  readonly #timer: NodeJS.Timeout;

  constructor(sample: () => LoadSample = sampleLoad) {
    this.#sample = sample;
    this.#samples = [sample()];
    this.#timer = setInterval(() => this.#samples.push(sample()), interval);
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
