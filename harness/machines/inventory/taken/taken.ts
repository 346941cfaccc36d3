import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { withEndpoints } from "../../machine.ts";
import { shellQuote } from "../../ssh/quote.ts";
import { sh } from "../../ssh/sh.ts";
import { succeed } from "../../ssh/succeed.ts";
import type { Host } from "../file/file.ts";
import { onEach, onOneOr, type Reached } from "../hosts.ts";
import { damageOf, type Definition, folderOf, listRecords, readDefinition } from "../restore/record.ts";

/** Says on a host which cluster has it, to whoever comes next, from here or from elsewhere. A boot clears it. */
const folder = "/run/k8s-guide.taken";
const file = `${folder}/cluster`;

/** An id, and where the record of that cluster is. Two people may have the same id. */
const placeOf = (id: string): string => `${id}\n${hostname()}:${folderOf(id)}`;

/** What a host says, a new one each time: control hosts may have the same name and folders, as runners of CI do. */
export const newClaim = (id: string): string => `${placeOf(id)}\n${randomUUID()}`;

type Holder = { readonly host: string; readonly claim: string };

/** Takes hosts for a cluster. InfrastructureError if another one has any of them; what was taken until then stays so. */
export async function takeHosts(claim: string, reached: readonly Reached[]): Promise<void> {
  // A rename: the folder is there with what it says, or not at all.
  const taking = sh`new=$(mktemp -d ${folder}.XXXXXX) && printf '%s\n' ${shellQuote(claim)} >"$new/cluster" || exit
if mv -T "$new" ${folder} 2>/dev/null; then cat ${file}; else rm -rf "$new"; cat ${file}; fi`;
  const said = await onEach(reached, "Hosts could not be taken", async ({ connection, spec }) => ({
    host: spec.name,
    claim: (await succeed(connection, taking, "it could not be taken", { limit: "question" })).trim(),
  }));
  const held = said.filter((one) => one.claim !== claim);
  if (held.length > 0) throw refusal(held);
}

/**
 * InfrastructureError if the record of another cluster, on this control host, has any of the hosts: a host that was booted
 * says nothing. The same address is another host's if that has another key of the same type.
 */
export async function assertUnrecorded(id: string, hosts: readonly Host[]): Promise<void> {
  const held = (await recorded(hosts)).filter((one) => one.id !== id);
  if (held.length > 0) throw refusal(held);
}

/** Hosts that clusters have by their records on this control host. */
async function recorded(hosts: readonly Host[]): Promise<(Holder & { readonly id: string })[]> {
  const held = (await listRecords()).map(async ({ id }) => {
    const definition = (await damageOf(id)) ? undefined : await readDefinition(id);
    if (!definition) return [];
    const theirs = withEndpoints(definition.spec.machines, definition.endpoints);
    return hosts
      .filter((host) => theirs.some((one) => isSame(host, one)))
      .map(({ spec }) => ({ id, host: spec.name, claim: definition.claim ?? placeOf(id) }));
  });
  return (await Promise.all(held)).flat();
}

/** Ids of the clusters of this control host that have any of the hosts, by their records or by what a host says. */
export async function clustersWith(reached: readonly Reached[]): Promise<string[]> {
  const said = await onEach(reached, "Hosts cannot be asked whose they are", holderOf);
  const claimed = said.flatMap((claim = "") => {
    const [id = ""] = claim.split("\n", 1);
    return claim.startsWith(`${placeOf(id)}\n`) ? [id] : [];
  });
  return [...new Set([...claimed, ...(await recorded(reached)).map(({ id }) => id)])];
}

function isSame(one: Host, other: Host): boolean {
  const [type, key] = one.endpoint.hostKey.split(" ");
  const [otherType, otherKey] = other.endpoint.hostKey.split(" ");
  return one.spec.address === other.spec.address && (type !== otherType || key === otherKey);
}

export function describeClaim(claim: string): string {
  const [id = "", where = ""] = claim.split("\n");
  return `by cluster ${id} (${where})`;
}

const describe = (held: readonly Holder[]): string =>
  held.map(({ host, claim }) => `${host}: ${describeClaim(claim)}`).join("\n");

function refusal(held: readonly Holder[]): InfrastructureError {
  const ids = new Set(held.map(({ claim }) => claim.split("\n")[0]));
  const commands = [...ids].map((id) => `\`pnpm down --cluster ${id}\``).join(", ");
  return new InfrastructureError(`Hosts are taken already:\n${describe(held)}`, {
    hint: `Nothing was changed. Give them back where their cluster is recorded, with ${commands}; if it is gone from everywhere, remove the folder ${folder} on the hosts.`,
  });
}

/** Whose a host is, as it says itself; undefined if it says nothing. */
export async function holderOf({ connection }: Reached): Promise<string | undefined> {
  const look = sh`[ ! -e ${file} ] || cat ${file}`;
  const said = (await succeed(connection, look, "it does not say whose it is", { limit: "question" })).trim();
  return said === "" ? undefined : said;
}

/** InfrastructureError if hosts of a cluster are another's by now: they were free for it after a boot. */
export async function assertStillOurs({ claim }: Definition, reached: readonly Reached[]): Promise<void> {
  const said = await onEach(reached, "Hosts cannot be asked whose they are", async (host) => ({
    host: host.spec.name,
    claim: await holderOf(host),
  }));
  const held = said.flatMap((one) =>
    one.claim === undefined || one.claim === claim ? [] : [{ host: one.host, claim: one.claim }],
  );
  if (held.length === 0) return;
  throw new InfrastructureError(`Hosts are another cluster's by now:\n${describe(held)}`, {
    hint: `Nothing was changed. \`pnpm reset --cluster ID --forget\` forgets the cluster and leaves them to the other; if that is gone from everywhere, remove the folder ${folder} on the hosts.`,
  });
}

/** Lets hosts go that have this claim on them. */
export async function release(claim: string | undefined, reached: readonly Reached[]): Promise<void> {
  if (claim === undefined) return;
  const releasing = sh`[ "$(cat ${file} 2>/dev/null)" != ${shellQuote(claim)} ] || rm -rf ${folder}`;
  await onEach(reached, "Hosts could not be let go", ({ connection }) =>
    succeed(connection, releasing, `${folder} could not be removed`, { limit: "question" }),
  );
}

/** Lets all hosts of a cluster go, as they are; gives the names of those where that failed. */
export async function letGo(definition: Definition, context: Context): Promise<string[]> {
  const failed = ownHosts(definition).map((host) =>
    onOneOr(host, context, [host.spec.name], async (reached) => {
      await release(definition.claim, reached);
      return [];
    }),
  );
  return (await Promise.all(failed)).flat();
}

/** The hosts of a cluster but for those that it adopted. */
export const ownHosts = ({ spec, endpoints, adopted }: Definition): Host[] =>
  withEndpoints(spec.machines, endpoints).filter(({ spec: { name } }) => !adopted.includes(name));
