import { expect, test } from "vitest";
import { testContext } from "../../testing.ts";
import type { Connection } from "./connection.ts";
import { LastingConnection } from "./lasting-connection.ts";

/** A connection that says which it is and what it was bound to, and writes down that it was closed. */
function named(name: string, closed: string[] = [], bound = 0): Connection {
  const only: Pick<Connection, "machine" | "with" | "exec" | "close"> = {
    machine: "t72",
    with: () => named(name, closed, bound + 1),
    exec: async () => ({
      exitCode: 0,
      stdout: `${name} ${bound}`,
      stderr: "",
      durationMs: 0,
      timedOut: false,
    }),
    close: async () => void closed.push(name),
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of it
  return only as Connection;
}

test("who holds it, or a view of it, goes on over the connection that it is renewed with; the one before is closed", async () => {
  const closed: string[] = [];
  const lasting = new LastingConnection(named("first", closed));
  const view = lasting.with(testContext());
  const said = async (): Promise<string[]> =>
    Promise.all([lasting, view].map(async (one) => (await one.exec("")).stdout));
  expect(await said()).toEqual(["first 0", "first 1"]);
  await lasting.renew(named("second", closed));
  expect(closed).toEqual(["first"]);
  expect(await said()).toEqual(["second 0", "second 1"]);
  await view.close();
  expect(closed).toEqual(["first", "second"]);
});
