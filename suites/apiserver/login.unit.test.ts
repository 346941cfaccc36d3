import { expect, test } from "vitest";
import { isReachedAt, serversIn } from "./login.ts";

// Of kubectl 1.14.0, and of 1.20.
const log = `I1127 10:00:00.000000    4711 loader.go:359] Config loaded from file /root/.kube/config
I1127 10:00:00.100000    4711 round_trippers.go:438] GET http://localhost:8080/version 200 OK in 5 milliseconds
I1127 10:00:00.200000    4711 round_trippers.go:445] GET https://192.168.4.71:6443/version 200 OK in 6 milliseconds
I1127 10:00:00.300000    4711 round_trippers.go:445] GET http://127.0.0.1:8001/version  in 1 milliseconds
`;

test("whom kubectl asked is in its log; who gave no answer is left out", () => {
  expect(serversIn(log)).toEqual(["127.0.0.1:8080", "192.168.4.71:6443"]);
  expect(serversIn("The connection to the server localhost:8080 was refused")).toEqual([]);
});

test.each([
  ["127.0.0.1:8080", ["127.0.0.1:8080", "192.168.4.71:6443"], true],
  ["192.168.4.71:6443", ["*:6443"], true],
  ["127.0.0.1:8001", ["127.0.0.1:8080", "192.168.4.71:6443"], false],
  ["192.0.2.1:6443", ["*:6443"], false],
])("%s, with a listener at %j: %s", (server, listening, wanted) => {
  expect(isReachedAt(server, listening)).toBe(wanted);
});
