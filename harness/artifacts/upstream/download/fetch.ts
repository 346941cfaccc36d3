import pLimit from "p-limit";
import type { Dispatcher } from "undici";
import type { Context } from "../../../context.ts";
import { ArtifactError, toHarnessError } from "../../../errors.ts";
import { assertOnline } from "../../../host/offline.ts";
import { type Progress, spoken } from "../../../progress.ts";
import { agentFor, timeoutsOf } from "../../../host/download/agent.ts";
import { download, UnreachableError } from "../../../host/download/download.ts";
import { size } from "../../../host/download/meter.ts";
import { shownAddress } from "../../../host/download/address.ts";
import { addressesOf, type Mirrors, parseMirrors } from "./mirrors.ts";
import { NotTheInput } from "../inputs/examine.ts";
import type { Pin } from "../inputs/pins.ts";
import type { InputStore } from "../inputs/store.ts";

const atOnce = 4;

/** What a fetch works with; `env` names mirrors and proxies. */
export type FetchOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly context: Context;
  /** See `Download`. */
  readonly pause?: number;
  readonly deadHosts?: Set<string>;
  /** What to do instead if upstream does not answer. */
  readonly ways?: string;
  /** What to do if a file is refused, and if it is another than it should be. */
  readonly hints?: { readonly refused: string; readonly wrong: string };
};

/**
 * Downloads inputs into the store, several at once, each checked. What can be had is kept even if others fail.
 * ArtifactError with all failures; if upstream does not answer, one line with the ways on.
 */
export async function fetchInputs(
  pins: readonly Pin[],
  store: InputStore,
  options: FetchOptions,
): Promise<void> {
  const { env, progress, context } = options;
  const { signal, deadlines } = context;
  assertOnline(
    `The cache lacks ${listed(pins.map(({ name }) => name))} of the set upstream`,
    carryFiles,
    env,
  );
  const mirrors = parseMirrors(env["ARTIFACT_MIRROR"]);
  await using agent = agentFor(env, timeoutsOf(deadlines));
  const together = { ...options, deadHosts: options.deadHosts ?? new Set<string>() };
  const failures: ArtifactError[] = [];
  let whole = 0;
  const fetch = async (pin: Pin): Promise<void> => {
    signal.throwIfAborted();
    try {
      await fetchOne(pin, store, mirrors, agent, together);
      whole += 1;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ArtifactError)) throw error;
      failures.push(error);
      // The end says once that a host does not answer.
      if (!(error instanceof UnreachableError)) progress.note(error.message.split("\n", 1)[0] ?? pin.name);
    }
  };
  const limit = pLimit(atOnce);
  const ended = await progress.watch(
    () => `${whole} of ${pins.length} files fetched, ${limit.pendingCount} not begun`,
    () => Promise.allSettled(pins.map((pin) => limit(fetch, pin))),
  );
  for (const end of ended) if (end.status === "rejected") throw toHarnessError(end.reason);
  if (failures.length > 0) throw summary(failures, options.ways);
}

async function fetchOne(
  pin: Pin,
  store: InputStore,
  mirrors: Mirrors,
  agent: Dispatcher,
  options: FetchOptions,
): Promise<void> {
  const { progress, context, pause, deadHosts, hints } = options;
  const { signal } = context;
  const { name } = pin;
  const addresses = addressesOf(name, pin.urls, mirrors);
  const part = store.partOf(pin);
  const isContinued = (await part.bytes()) > 0;
  progress.note(`${name}: fetching from ${shownAddress(addresses[0] ?? pin.urls[0])}`);
  const start = performance.now();
  const address = await progress.span(`fetch ${name}`, () =>
    download({
      name,
      addresses,
      part,
      agent,
      progress,
      signal,
      pause,
      deadHosts,
      hint: hints?.refused ?? refusedHint,
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  try {
    const candidate = { path: part.path, origin: shownAddress(address), hint: hints?.wrong ?? wrongHint };
    const entry = await store.add(pin, candidate, progress, { ours: true, signal });
    const bytes = entry.manifest.files[0]?.bytes ?? 0;
    progress.note(`${name}: ${size(bytes)} in ${spoken(seconds)}, verified`);
  } catch (error) {
    if (!isContinued || signal.aborted || !(error instanceof NotTheInput)) throw error;
    // Its beginning lay on this host, and no mirror is to blame for that.
    progress.note(`${name}: with what an earlier call left it ${error.fault}; it is fetched anew`);
    await part.discard();
    await fetchOne(pin, store, mirrors, agent, options);
  } finally {
    // Whole and linked into the store, or wrong: in neither case worth going on from.
    if (!signal.aborted) await part.discard();
  }
}

/** What to do if upstream and its mirrors refuse a file. */
export const refusedHint =
  "Check ARTIFACT_MIRROR and the proxy; what was downloaded is kept, and the next call continues from there. `--artifacts source` compiles the same versions.";

const wrongHint =
  "Nothing of it was kept. Do not use this mirror or proxy before you know why; carry the file over with `pnpm artifacts import DIR`, or if it is your own build, name its digest in GUIDE_PINS=FILE.";

/** How files come to a host that does not download. */
export const carryFiles =
  "Carry the files over: `pnpm artifacts export FILE` where they are, or where there is a network, and `pnpm artifacts import FILE` here; it takes a folder with them, too.";

const listed = (words: readonly string[]): string => new Intl.ListFormat("en-GB").format(words);

/** All failures as one error: one line if only the network is to blame. */
function summary(
  failures: readonly ArtifactError[],
  ways = "carry the files over with `pnpm artifacts import DIR`, or use `--artifacts source`",
): ArtifactError {
  const unreachable = failures.filter((failure) => failure instanceof UnreachableError);
  const others = failures.filter((failure) => !(failure instanceof UnreachableError));
  const hosts = [...new Set(unreachable.flatMap((failure) => failure.hosts))];
  const lost = `${listed(hosts)} cannot be reached (${unreachable[0]?.reason ?? ""})`;
  const [first] = others;
  if (!first) return new ArtifactError(`${lost}: ${ways}`);
  if (failures.length === 1) return first;
  const messages = [...others.map(({ message }) => message), ...(unreachable.length > 0 ? [lost] : [])];
  const { hint } = first.details;
  return new ArtifactError(messages.join("\n"), hint === undefined ? {} : { hint });
}
