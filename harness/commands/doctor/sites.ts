import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { TLSSocket } from "node:tls";
import { request } from "undici";
import { plainAgentFor } from "../../artifacts/guide/agent.ts";
import type { Context } from "../../context.ts";
import type { Check, Site } from "../../machines/machine.ts";

/** Roots of today's sites that the certificates of CentOS 7.5, of 2018, do not have. */
const unknownIn2018 = /^(?:GTS Root|Sectigo Public Server Authentication Root)/;

const mostRedirects = 5;

/**
 * Asks each site for the file, all at once, as this host reaches it, through the proxies that the environment names. What
 * answered is told host by host; a TLS failure by its name, and a chain that ends in a root that CentOS 7.5 does not know.
 */
export async function askSites(
  sites: readonly Site[],
  context: Context,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Check[]> {
  const deadline = context.deadlines.for("site");
  const agent = plainAgentFor(env, { connect: deadline, headers: deadline, idle: deadline });
  const roots = new Map<string, string>();
  const onConnected = (message: unknown): void => noteRoot(message, roots);
  subscribe("undici:client:connected", onConnected);
  try {
    return await Promise.all(
      sites.map(async (site) => {
        const limit = AbortSignal.timeout(deadline);
        const signal = AbortSignal.any([context.signal, limit]);
        const answers: string[] = [];
        const ask = async (address: string): Promise<string | undefined> => {
          const { statusCode, headers, body } = await request(address, { dispatcher: agent, signal });
          // Only whether it comes is of interest.
          body.on("error", () => undefined).destroy();
          answers.push(`${new URL(address).host} answered ${statusCode}`);
          const to = headers["location"];
          if (statusCode >= 200 && statusCode < 300) return undefined;
          if (statusCode < 300 || statusCode > 399 || typeof to !== "string")
            throw new Error("no file there");
          return new URL(to, address).href;
        };
        let address: string | undefined = site.address;
        try {
          for (let left = mostRedirects; address !== undefined; left -= 1) {
            if (left < 0) throw new Error("it goes on and on");
            address = await ask(address);
          }
          return reached(site, answers, roots);
        } catch (error) {
          context.signal.throwIfAborted();
          const host = new URL(address ?? site.address).host;
          return unreached(site, host, answers, limit.aborted ? new Late(deadline) : error);
        }
      }),
    );
  } finally {
    unsubscribe("undici:client:connected", onConnected);
    await agent.destroy();
  }
}

class Late extends Error {
  constructor(deadline: number) {
    super(`no answer within ${deadline / 1000} s`);
  }
}

/** The root that a connection's chain of certificates ends in: what its last one was issued by. */
function noteRoot(message: unknown, roots: Map<string, string>): void {
  if (typeof message !== "object" || message === null || !("socket" in message)) return;
  const { socket } = message;
  if (!(socket instanceof TLSSocket)) return;
  let certificate = socket.getPeerCertificate(true);
  while (certificate.issuerCertificate && certificate.issuerCertificate !== certificate) {
    certificate = certificate.issuerCertificate;
  }
  const { CN, O } = certificate.issuer ?? {};
  const root = CN ?? O;
  if (root !== undefined && typeof socket.servername === "string") roots.set(socket.servername, String(root));
}

const needOf = ({ what, address }: Site): string => `${new URL(address).host}, for ${what}`;

function reached(site: Site, answers: readonly string[], roots: ReadonlyMap<string, string>): Check {
  const need = needOf(site);
  const found = answers.join(", then ");
  const newer = [...roots].find(([host, root]) => found.includes(host) && unknownIn2018.test(root));
  if (!newer) return { need, found };
  return {
    need,
    found: `${found}; the chain of ${newer[0]} ends in ${newer[1]}, which the certificates of CentOS 7.5 (2018) do not have`,
    remedy:
      "Where a machine downloads by itself and fails, `yum update -y ca-certificates` on it helps; files from the cache do not meet it.",
    fatal: false,
  };
}

const tls = /CERT|SIGNED|SIGNATURE|ISSUER|^ERR_(?:TLS|SSL)|^EPROTO$/;

function unreached(site: Site, host: string, answers: readonly string[], error: unknown): Check {
  const { code, message } = innermost(error);
  const isTls = code !== undefined && tls.test(code);
  const why = `${isTls ? "TLS: " : ""}${message}${code === undefined || message.includes(code) ? "" : ` (${code})`}`;
  const found = answers.at(-1)?.startsWith(host)
    ? `${answers.join(", then ")}: ${why}`
    : [...answers, `${host}: ${why}`].join(", then ");
  return {
    need: needOf(site),
    found,
    remedy: isTls
      ? `Look at its certificates: \`openssl s_client -connect ${host}${host.includes(":") ? "" : ":443"} -showcerts\`; a proxy that opens TLS needs its root on the host (NODE_EXTRA_CA_CERTS) and on the machines.`
      : `Try it by hand: \`curl -vLo /dev/null ${site.address}\`; a proxy goes into HTTPS_PROXY; what is carried over is not asked for (docs/first-night.md).`,
    fatal: site.fatal,
  };
}

/** The cause that says something: undici and Node wrap errors of TLS and of name look-up. */
function innermost(error: unknown): { readonly code?: string; readonly message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (!(error instanceof Error)) return { message: String(error) };
  if (error.cause instanceof Error) return innermost(error.cause);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { message: error.message, ...(code !== undefined && { code }) };
}
