import { allOrClose } from "../../waits/all-or-close.ts";
import type { Context } from "../../context.ts";
import { InfrastructureError } from "../../errors.ts";
import { connect } from "../ssh/connect.ts";
import type { Connection } from "../ssh/connection.ts";
import type { Host } from "./file/file.ts";

export type Reached = Host & { readonly connection: Connection };

/**
 * Connects to all hosts at once, does the work, and closes the connections, whatever happens. InfrastructureError that
 * names every host that cannot be reached.
 */
export async function withHosts<T>(
  hosts: readonly Host[],
  context: Context,
  work: (reached: readonly Reached[]) => Promise<T>,
): Promise<T> {
  const reached = await allOrClose(
    hosts.map(async (host) => ({ ...host, connection: await connect(host.endpoint, context) })),
    {
      close: ({ connection }) => connection.close(),
      failed: (failures) => combined("Hosts cannot be reached", failures),
    },
  );
  try {
    return await work(reached);
  } finally {
    await Promise.all(reached.map(({ connection }) => connection.close()));
  }
}

/** What work on a host gives; `otherwise` if it cannot be reached or cannot do it. */
export async function onOneOr<T>(
  host: Host,
  context: Context,
  otherwise: T,
  work: (reached: readonly Reached[]) => Promise<T>,
): Promise<T> {
  try {
    return await withHosts([host], context, work);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof InfrastructureError) return otherwise;
    throw error;
  }
}

/** Works on all hosts at once and waits for the end of all; what failed is told of each. */
export async function onEach<T>(
  hosts: readonly Reached[],
  failed: string,
  work: (host: Reached) => Promise<T>,
): Promise<T[]> {
  return allOrClose(hosts.map(work), {
    close: async () => undefined,
    failed: (failures) => combined(failed, failures),
  });
}

/** One failure as it is; several as one, with the first one's details. Anything but an InfrastructureError as it is. */
function combined(what: string, failures: readonly unknown[]): unknown {
  const known = failures.filter((failure) => failure instanceof InfrastructureError);
  const [first] = known;
  if (known.length < failures.length)
    return failures.find((failure) => !(failure instanceof InfrastructureError));
  if (failures.length === 1 || !first) return failures[0];
  const { machine: _, ...details } = first.details;
  return new InfrastructureError(`${what}:\n${known.map(({ message }) => message).join("\n")}`, {
    ...details,
    cause: new AggregateError(failures),
  });
}
