import { Duplex } from "node:stream";
import { execa } from "execa";
import { expect, test } from "vitest";
import { profile } from "../../profile/testing.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { apiserverLacks, dropLeases } from "./control-plane.ts";

/** A machine that prints the same whatever it is asked, and keeps what that was. */
function machine(stdout: string) {
  const asked: string[] = [];
  const connection: Connection = {
    machine: "t71",
    with: () => connection,
    exec: async (command) => {
      asked.push(command);
      return { exitCode: 0, stdout, stderr: "", durationMs: 1, timedOut: false };
    },
    shell: async () => Promise.reject(new Error("not asked")),
    writeFile: async () => undefined,
    readFile: async () => Buffer.alloc(0),
    forward: async () => new Duplex(),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { connection, asked };
}

test.for([
  ["200", []],
  ["403", []],
  ["500", ["apiserver: 500 for /healthz"]],
  ["000", ["apiserver: 000 for /healthz"]],
] as const)("an apiserver that answers %s lacks %j", async ([code, lacks]) => {
  expect(await apiserverLacks(machine(code).connection, ["port 192.168.4.71:6443"], profile)).toEqual(lacks);
});

test("an apiserver on all addresses is asked on the machine's own; where there was none, nobody is", async () => {
  const { connection, asked } = machine("200");
  await apiserverLacks(connection, ["port 127.0.0.1:2379", "port 127.0.0.1:16443"], profile);
  expect(asked).toEqual([]);
  await apiserverLacks(connection, ["port 127.0.0.1:2379", "port *:6443"], profile);
  expect(asked).toEqual([expect.stringContaining(" https://127.0.0.1:6443/healthz")]);
});

test("leases are dropped on a machine where etcd was, and only there", async () => {
  const { connection, asked } = machine("SUCCESS\n\n1\n\n0\n\n0\n\n0\n");
  expect(await dropLeases(connection, ["unit kube-scheduler.service"], profile)).toBeUndefined();
  expect(asked).toEqual([]);
  const up = ["port 127.0.0.1:2379", "port 192.168.4.71:2379"];
  expect(await dropLeases(connection, up, profile)).toMatchObject({ id: "leader-leases", machine: "t71" });
  const [command = "", ...others] = asked;
  expect(others).toEqual([]);
  expect(command).toContain(" --endpoints=https://192.168.4.71:2379 ");
});

test("etcdctl is given a transaction without conditions, as the shell hands it over", async () => {
  const { connection, asked } = machine("");
  const programs = { ...profile.programs, etcdctl: "sh -c cat" };
  await dropLeases(connection, ["port *:2379"], { ...profile, programs });
  const { stdout } = await execa("bash", ["-c", asked.join("")], { stripFinalNewline: false });
  expect(stdout).toBe(
    `
del /registry/services/endpoints/kube-system/kube-scheduler
del /registry/services/endpoints/kube-system/kube-controller-manager
del /registry/leases/kube-system/kube-scheduler
del /registry/leases/kube-system/kube-controller-manager


`,
  );
});

test.for(["SUCCESS\n\n0\n\n0\n\n0\n\n0\n", ""])("after %j there is nothing to tell", async (answer) => {
  expect(await dropLeases(machine(answer).connection, ["port *:2379"], profile)).toBeUndefined();
});
