import { execFile } from "node:child_process";
import { isIP, type LookupFunction } from "node:net";
import { type Dispatcher, EnvHttpProxyAgent, interceptors } from "undici";
import type { Deadlines } from "../../deadlines.ts";
import { UsageError } from "../../errors.ts";

/** How long to wait for a connection, for the first byte, and between two bytes; milliseconds. */
export type AnswerTimeout = { readonly connect: number; readonly headers: number; readonly idle: number };

export const timeoutsOf = (deadlines: Deadlines): AnswerTimeout => ({
  connect: deadlines.for("connect"),
  headers: deadlines.for("headers"),
  idle: deadlines.for("idle"),
});

/** What carries requests: as `plainAgentFor` has it, and follows redirects. */
export function agentFor(env: NodeJS.ProcessEnv, its: AnswerTimeout): Dispatcher & AsyncDisposable {
  const agent = plainAgentFor(env, its);
  const composed = agent.compose(interceptors.redirect({ maxRedirections: 10, throwOnMaxRedirect: true }));
  return Object.assign(composed, { [Symbol.asyncDispose]: () => agent.destroy() });
}

/**
 * Goes through the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name (in lower case too), and follows nothing.
 * UsageError for a proxy that is no address.
 */
function plainAgentFor(
  env: NodeJS.ProcessEnv,
  { connect, headers, idle }: AnswerTimeout,
  lookup?: LookupFunction,
): Dispatcher {
  const httpProxy = proxyOf(env, "http_proxy");
  return new EnvHttpProxyAgent({
    httpProxy,
    httpsProxy: proxyOf(env, "https_proxy") || httpProxy,
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
    connect: { timeout: connect, ...(lookup && { lookup }) },
    headersTimeout: headers,
    bodyTimeout: idle,
    allowH2: false,
  });
}

/** What carries questions that are over after so many milliseconds. Once it is disposed, nothing of it goes on. */
export function askingAgent(env: NodeJS.ProcessEnv, milliseconds: number): Dispatcher & AsyncDisposable {
  const over = new AbortController();
  const timeouts = { connect: milliseconds, headers: milliseconds, idle: milliseconds };
  const agent = plainAgentFor(env, timeouts, lookupUntil(over.signal));
  const end = async (): Promise<void> => {
    over.abort();
    await agent.destroy();
  };
  return Object.assign(agent, { [Symbol.asyncDispose]: end });
}

/** Looks names up as this host's programs do. Node's own look-up cannot be ended: a silent name server keeps the process. */
const lookupUntil =
  (signal: AbortSignal): LookupFunction =>
  (name, { all }, callback) => {
    execFile("getent", ["ahosts", name], { signal }, (_, stdout) => {
      const words = stdout.split("\n").map((line) => line.replace(/\s.*/, ""));
      const found = [...new Set(words)].filter((word) => isIP(word) !== 0);
      const [first] = found;
      if (first === undefined) {
        const error: NodeJS.ErrnoException = new Error("no such name");
        error.code = "ENOTFOUND";
        callback(error, "");
      } else if (all === true) {
        callback(
          null,
          found.map((address) => ({ address, family: isIP(address) })),
        );
      } else callback(null, first, isIP(first));
    });
  };

function proxyOf(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name] ?? env[name.toUpperCase()] ?? "";
  if (value === "" || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))) return value;
  throw new UsageError(`${name.toUpperCase()} is no http address`, {
    hint: "Write it as http://proxy.example:3128.",
  });
}
