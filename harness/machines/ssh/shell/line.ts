import type { Socket } from "node:net";
import type { Client } from "ssh2";
import type { Deadlines } from "../../../deadlines.ts";

/** An SSH client that is let in, and the socket below it. */
export type Line = { readonly client: Client; readonly socket: Socket };

/** Says goodbye and waits for the end; of a machine that does not answer, for as long as a goodbye may take. */
export async function hangUp({ client, socket }: Line, deadlines: Deadlines): Promise<void> {
  const closed = Promise.withResolvers<void>();
  // ssh2's own `destroy` does nothing once `end` was called.
  const forced = setTimeout(() => socket.destroy(), deadlines.for("goodbye"));
  socket.once("close", () => closed.resolve());
  client.end();
  if (!socket.closed) await closed.promise;
  clearTimeout(forced);
}
