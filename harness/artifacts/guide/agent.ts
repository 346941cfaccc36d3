import { type Dispatcher, EnvHttpProxyAgent, interceptors } from "undici";
import type { Deadlines } from "../../deadlines.ts";
import { UsageError } from "../../errors.ts";

/** How long to wait for a connection, for the first byte, and between two bytes; milliseconds. */
export type Patience = { readonly connect: number; readonly headers: number; readonly idle: number };

/** What a download is given. */
export const patienceOf = (deadlines: Deadlines): Patience => ({
  connect: deadlines.for("connect"),
  headers: deadlines.for("headers"),
  idle: deadlines.for("idle"),
});

/** What carries requests: as `plainAgentFor` has it, and follows redirects. */
export function agentFor(env: NodeJS.ProcessEnv, its: Patience): Dispatcher & AsyncDisposable {
  const agent = plainAgentFor(env, its);
  const composed = agent.compose(interceptors.redirect({ maxRedirections: 10, throwOnMaxRedirect: true }));
  return Object.assign(composed, { [Symbol.asyncDispose]: () => agent.destroy() });
}

/**
 * Goes through the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name (in lower case too), and follows nothing.
 * UsageError for a proxy that is no address.
 */
export function plainAgentFor(env: NodeJS.ProcessEnv, { connect, headers, idle }: Patience): Dispatcher {
  const httpProxy = proxyOf(env, "http_proxy");
  return new EnvHttpProxyAgent({
    httpProxy,
    httpsProxy: proxyOf(env, "https_proxy") || httpProxy,
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
    connect: { timeout: connect },
    headersTimeout: headers,
    bodyTimeout: idle,
    allowH2: false,
  });
}

function proxyOf(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name] ?? env[name.toUpperCase()] ?? "";
  if (value === "" || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))) return value;
  throw new UsageError(`${name.toUpperCase()} is no http address`, {
    hint: "Write it as http://proxy.example:3128.",
  });
}
