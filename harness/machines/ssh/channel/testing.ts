import { afterAll, beforeAll } from "vitest";
import { testContext } from "../../../testing.ts";
import { connect } from "../connect.ts";
import type { Connection } from "../connection.ts";
import { startTestServer, type TestServer } from "../test-server.ts";

/*
 * For tests: a server for all tests of a file, and a connection to it.
 */
export const context = testContext();
export let server: TestServer;
export let connection: Connection;

beforeAll(async () => {
  server = await startTestServer();
  connection = await connect(server.endpoint, context);
});

afterAll(async () => {
  await connection.close();
  await server[Symbol.asyncDispose]();
});
