import type { Context } from "../../../context.ts";
import { HarnessError } from "../../../errors.ts";
import { isOffline } from "../../../host/offline.ts";
import { type Asked, askSite } from "../../sites.ts";
import { askingAgent } from "../../../host/download/agent.ts";
import { addressesOf, parseMirrors } from "./mirrors.ts";
import type { Pin } from "../inputs/pins.ts";

/** Whether inputs can be fetched, and by what hosts said: for a person. */
export type UpstreamAnswer = { readonly answers: boolean; readonly said: string };

/**
 * Asks upstream, or the mirrors in its place, whether the inputs can be had: each host at once and for one file alone,
 * until every input has a host that sends it. Takes seconds at most, downloads nothing and fails never; throws the
 * signal's reason alone.
 */
export async function askUpstream(
  pins: readonly Pin[],
  env: NodeJS.ProcessEnv,
  { signal, deadlines }: Context,
): Promise<UpstreamAnswer> {
  if (isOffline(env)) return { answers: false, said: "--offline forbids fetching them" };
  const milliseconds = deadlines.for("upstream");
  try {
    const mirrors = parseMirrors(env["ARTIFACT_MIRROR"]);
    await using dispatcher = askingAgent(env, milliseconds);
    const asked = new Map<string, Promise<string>>();
    const ask = (address: string): Promise<string> => {
      const { host } = new URL(address);
      const answer =
        asked.get(host) ?? askSite(address, { dispatcher, milliseconds, signal }).then(hostOrThrow(host));
      asked.set(host, answer);
      return answer;
    };
    const hosts = await Promise.allSettled(
      pins.map(({ name, urls }) => Promise.any(addressesOf(name, urls, mirrors).map(ask))),
    );
    signal.throwIfAborted();
    const failures = hosts.flatMap((one) => (one.status === "rejected" ? messagesOf(one.reason) : []));
    if (failures.length > 0) return { answers: false, said: byCause([...new Set(failures)]) };
    const names = new Set(hosts.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
    return { answers: true, said: `they are fetched, for ${[...names].join(" and ")} can be reached` };
  } catch (error) {
    signal.throwIfAborted();
    // A mirror or a proxy that cannot be: told, and no reason against another set.
    if (error instanceof HarnessError) return { answers: false, said: error.message };
    throw error;
  }
}

/** The host, if it would send the file; a page, or a text, is what a proxy answers that wants a login. */
const hostOrThrow =
  (host: string) =>
  ({ found, failure, type = "" }: Asked): string => {
    if (failure) throw new Error(found);
    if (words.test(type)) throw new Error(`${found} with a page, not with the file`);
    return host;
  };

/** What no archive and no program is sent as. */
const words = /^(?:text\/|application\/(?:json|xhtml\+xml|problem\+json)\b)/i;

/** Hosts that fail in the same way are said in one go: `a, b: no such name`. */
function byCause(failures: readonly string[]): string {
  const split = failures.map((failure) => /^(?<host>.*?)(?<cause>: .*)?$/s.exec(failure)?.groups ?? {});
  const causes = Map.groupBy(split, ({ cause }) => cause ?? "");
  return [...causes].map(([cause, all]) => all.map(({ host }) => host).join(", ") + cause).join("; ");
}

const messagesOf = (error: unknown): string[] =>
  error instanceof AggregateError ? error.errors.map((one) => String(one.message)) : [String(error)];
