/** A signal that is raised once nothing was heard for so many milliseconds. */
export class Silence implements Disposable {
  readonly #controller = new AbortController();
  readonly #usual: number;
  #timer: NodeJS.Timeout;
  limit: number;

  constructor(milliseconds: number) {
    this.#usual = milliseconds;
    this.limit = milliseconds;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something was heard: the time begins anew, with another limit if one is given. */
  heard(limit = this.#usual): void {
    if (limit === this.limit) this.#timer.refresh();
    else {
      clearTimeout(this.#timer);
      this.limit = limit;
      this.#timer = this.#start();
    }
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => this.#controller.abort(), this.limit);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
