/** Whether and by what the nightly was told to end. */
export type Interruption = {
  readonly signal: AbortSignal;
  /** The first signal that came. */
  readonly name: NodeJS.Signals | undefined;
};

const ignore = (): void => undefined;

/** Turns SIGINT, SIGTERM and SIGHUP into an abort until it is disposed of; a second signal changes nothing. */
export function interruptions(): Interruption & Disposable {
  const controller = new AbortController();
  let first: NodeJS.Signals | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    first ??= name;
    controller.abort();
  };
  // After SIGHUP there may be nobody to write to any more; that must not end the teardown.
  process.stderr.on("error", ignore);
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    get name() {
      return first;
    },
    [Symbol.dispose]() {
      for (const name of names) process.off(name, onSignal);
      process.stderr.off("error", ignore);
    },
  };
}
