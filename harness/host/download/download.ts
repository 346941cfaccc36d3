import { open } from "node:fs/promises";
import pRetry, { AbortError } from "p-retry";
import { type Dispatcher, request } from "undici";
import { ArtifactError, InfrastructureError } from "../../errors.ts";
import type { Progress } from "../../progress.ts";
import { shownAddress, withoutCredentials } from "./address.ts";
import { meter } from "./meter.ts";
import type { PartFile } from "./part.ts";

export type Download = {
  readonly name: string;
  readonly addresses: readonly string[];
  /** Receives the bytes; what it holds of an earlier call is gone on from. */
  readonly part: PartFile;
  readonly agent: Dispatcher;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  /** Pause after the first failure; doubles up to ten times as much. Milliseconds. */
  readonly pause?: number | undefined;
  /** What kinds of answer are wanted (RFC 9110, 12.5.1); any if absent. */
  readonly accept?: string;
  /** What to do if every address refuses; what came is kept. */
  readonly hint: string;
  /** Hosts that did not answer, for downloads that go on together: they are asked last. */
  readonly deadHosts?: Set<string> | undefined;
};

/** No address of a file answers: nobody is to blame but the network. */
export class UnreachableError extends ArtifactError {
  readonly hosts: readonly string[];
  readonly reason: string;

  constructor(name: string, hosts: readonly string[], reason: string) {
    super(`${name}: ${hosts.join(" and ")} cannot be reached (${reason})`);
    this.hosts = hosts;
    this.reason = reason;
  }
}

/** A failure that may pass, and one that will not. */
class Unanswered extends Error {}
class Cut extends Error {}
class Refused extends Error {
  readonly passing: boolean;
  constructor(status: number) {
    super(`answers ${status}`);
    this.passing = status >= 500 || status === 408 || status === 429;
  }
}

/** How often a request may fail in a row without a byte more to show for it. */
const attemptsAfter = (error: unknown): number => (error instanceof Unanswered ? 1 : 3);

/**
 * Downloads a file into its part file and returns the address that gave it. A cut connection is gone on from
 * where it broke. UnreachableError if no address answers, ArtifactError if they all refuse, or the signal's reason.
 */
export async function download(what: Download): Promise<string> {
  const failures: { address: string; error: Error }[] = [];
  const { deadHosts = new Set<string>() } = what;
  const isDead = (address: string): boolean => deadHosts.has(new URL(address).host);
  const alive = what.addresses.filter((address) => !isDead(address));
  for (const address of [...alive, ...what.addresses.filter(isDead)]) {
    try {
      await persist(address, what);
      return address;
    } catch (error) {
      what.signal?.throwIfAborted();
      if (!(error instanceof Unanswered || error instanceof Cut || error instanceof Refused)) throw error;
      failures.push({ address, error });
      if (error instanceof Unanswered) deadHosts.add(new URL(address).host);
    }
  }
  const hosts = [...new Set(failures.map(({ address }) => new URL(address).host))];
  const reason = failures.at(-1)?.error.message ?? "no address is known";
  if (failures.every(({ error }) => error instanceof Unanswered)) {
    throw new UnreachableError(what.name, hosts, reason);
  }
  const tried = failures.map(({ address, error }) => `${shownAddress(address)}: ${error.message}`);
  throw new ArtifactError(`${what.name} cannot be downloaded\n  ${tried.join("\n  ")}`, {
    hint: what.hint,
  });
}

/** Asks one address until the file is whole, as long as it brings the download on. */
async function persist(address: string, what: Download): Promise<void> {
  const { part, pause = 500, signal } = what;
  let fruitless = 0;
  // A server without ranges starts anew each time: only getting further than ever counts.
  let most = await part.bytes();
  const attempt = async (): Promise<void> => {
    try {
      await ask(address, what);
    } catch (error) {
      signal?.throwIfAborted();
      const passing =
        error instanceof Unanswered || error instanceof Cut || (error instanceof Refused && error.passing);
      const have = await part.bytes();
      fruitless = have > most ? 0 : fruitless + 1;
      most = Math.max(most, have);
      if (error instanceof Error && (!passing || fruitless > attemptsAfter(error)))
        throw new AbortError(error);
      throw error;
    }
  };
  await pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY,
    factor: 2,
    minTimeout: pause,
    maxTimeout: pause * 10,
    ...(signal && { signal }),
  });
}

async function ask(address: string, what: Download): Promise<void> {
  const { name, part, agent, progress, signal, accept } = what;
  const known = await part.resumable(address);
  const { url, authorization } = withoutCredentials(address);
  const response = await request(url, {
    dispatcher: agent,
    signal: signal ?? null,
    headers: {
      "user-agent": "k8s-guide-conformance",
      // The file's own bytes: a tarball must not come unpacked.
      "accept-encoding": "identity",
      ...(accept !== undefined && { accept }),
      ...(authorization !== undefined && { authorization }),
      ...(known && { range: `bytes=${known.bytes}-`, "if-range": known.validator }),
    },
  }).catch((error: unknown) => {
    throw new Unanswered(reasonOf(error));
  });
  const { statusCode, headers, body } = response;
  const resumed =
    known !== undefined && statusCode === 206 && startOfRange(headers["content-range"]) === known.bytes;
  if (statusCode !== 200 && !resumed) {
    await body.dump().catch(() => undefined);
    if (!known || (statusCode !== 206 && statusCode !== 416)) throw new Refused(statusCode);
    // A range that is not the one asked for, or none: what is there is of no use.
    await part.discard();
    throw new Cut("the range does not fit any more");
  }
  let have = resumed ? known.bytes : 0;
  const length = Number.parseInt(String(headers["content-length"] ?? ""), 10);
  const total = Number.isFinite(length) ? have + length : undefined;
  const full = (cause: unknown): never => {
    throw new InfrastructureError(`${part.path} cannot be written: ${reasonOf(cause)}`, {
      cause,
      hint: "Make room on the disk of the cache, or see who may write there, then try again; what came is kept.",
    });
  };
  if (!resumed) await part.begin(address, validatorOf(headers)).catch(full);
  else progress.note(`${name}: going on after ${have} bytes`);
  const came = meter(name, progress);
  await using file = await open(part.path, resumed ? "a" : "w").catch(full);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      await file.writeFile(chunk).catch(full);
      have += chunk.length;
      came(chunk.length, have, total);
    }
  } catch (error) {
    if (error instanceof InfrastructureError) throw error;
    throw new Cut(`the connection broke after ${have} bytes (${reasonOf(error)})`);
  }
  if (total !== undefined && have !== total)
    throw new Cut(`the connection ended after ${have} of ${total} bytes`);
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : error.name;
  return (error.message || code).replaceAll(/\s+/g, " ");
};

/** First byte of a `Content-Range: bytes 100-199/200`. */
function startOfRange(value: string | string[] | undefined): number | undefined {
  const start = /^bytes (\d+)-/.exec(String(value ?? ""))?.[1];
  return start === undefined ? undefined : Number(start);
}

/** What If-Range may name (RFC 9110, 13.1.5): a strong ETag, else the time of the last change. */
function validatorOf(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const etag = headers["etag"];
  if (typeof etag === "string" && !etag.startsWith("W/")) return etag;
  const modified = headers["last-modified"];
  return typeof modified === "string" ? modified : undefined;
}
