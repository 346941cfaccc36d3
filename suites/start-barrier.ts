import { BroadcastChannel } from "node:worker_threads";

/** Between vitest's main thread, which hears the run, and the worker that waits. */
const channelName = "start-barrier";

const asks = "is it released?";
const opens = "it is released";

/**
 * In vitest's main thread: releases the barrier once the run says so, and ends this process if the run is gone, for nobody
 * would hear what it has to say.
 */
export function relayBarrier(): void {
  const channel = new BroadcastChannel(channelName);
  let open = false;
  channel.addEventListener("message", () => {
    if (open) say(channel, opens);
  });
  // The run has nothing else to say.
  process.on("message", () => {
    open = true;
    say(channel, opens);
  });
  process.on("disconnect", () => process.exit(1));
  channel.unref();
  process.channel?.unref();
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- between threads there are no origins
const say = (channel: BroadcastChannel, what: string): void => channel.postMessage(what);

/**
 * In a worker: resolves when the run has released the barrier: the suites are loaded while the guide is still being applied,
 * and begin when that is done. At once where no run is.
 */
export async function barrierReleased(): Promise<void> {
  if (process.env["GUIDE_START_BARRIER"] === undefined) return;
  const opened = Promise.withResolvers<void>();
  const channel = new BroadcastChannel(channelName);
  channel.addEventListener("message", (event) => {
    if (event instanceof MessageEvent && event.data === opens) opened.resolve();
  });
  say(channel, asks);
  await opened.promise;
  channel.close();
}

/** For vitest, which would end the wait sooner: whoever releases the barrier has deadlines of its own. */
export const barrierTimeout = 24 * 3_600_000;
