import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { TLSSocket } from "node:tls";
import { askingAgent } from "../../host/download/agent.ts";
import { type Asked, askSite } from "../../artifacts/sites.ts";
import type { Context } from "../../context.ts";
import { type Check, isShort, type Site } from "../../machines/machine.ts";

/** Roots of today's sites that the certificates of CentOS 7.5, of 2018, do not have. */
const unknownIn2018 = /^(?:GTS Root|Sectigo Public Server Authentication Root)/;

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
  await using dispatcher = askingAgent(env, deadline);
  const roots = new Map<string, string>();
  const onConnected = (message: unknown): void => noteRoot(message, roots);
  subscribe("undici:client:connected", onConnected);
  try {
    const asking = { dispatcher, milliseconds: deadline, signal: context.signal };
    const checks = await Promise.all(
      sites.map(async (site) => {
        const { found, failure } = await askSite(site.address, asking);
        return failure ? unreached(site, found, failure) : reached(site, found, roots);
      }),
    );
    return oneIsEnough(sites, checks);
  } finally {
    unsubscribe("undici:client:connected", onConnected);
  }
}

/** Of several sites for the same, the run can do without those that fail if one is in order. */
export function oneIsEnough(sites: readonly Site[], checks: readonly Check[]): Check[] {
  const had = new Set(
    sites.filter((_, index) => checks[index] && !isShort(checks[index])).map(({ what }) => what),
  );
  return checks.map((check, index) =>
    isShort(check) && had.has(sites[index]?.what ?? "") ? Object.assign(check, { fatal: false }) : check,
  );
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

function reached(site: Site, found: string, roots: ReadonlyMap<string, string>): Check {
  const need = needOf(site);
  const newer = [...roots].find(([host, root]) => found.includes(host) && unknownIn2018.test(root));
  if (!newer || site.hostOnly) return { need, found };
  return {
    need,
    found: `${found}; the chain of ${newer[0]} ends in ${newer[1]}, which the certificates of CentOS 7.5 (2018) do not have`,
    remedy:
      "Where a machine downloads by itself and fails, `yum update -y ca-certificates` on it helps; files from the cache are not affected.",
    fatal: false,
  };
}

function unreached(site: Site, found: string, { host, isTls }: NonNullable<Asked["failure"]>): Check {
  return {
    need: needOf(site),
    found,
    remedy: isTls
      ? `Look at its certificates: \`openssl s_client -connect ${host}${host.includes(":") ? "" : ":443"} -showcerts\`; a proxy that intercepts TLS needs its root on the host (NODE_EXTRA_CA_CERTS) and on the machines.`
      : `Try it by hand: \`curl -vLo /dev/null ${site.address}\`; a proxy goes into HTTPS_PROXY; files that are carried over are not asked for (docs/artifacts.md).`,
    fatal: site.fatal,
    ...(site.verdict && { verdict: site.verdict }),
  };
}
