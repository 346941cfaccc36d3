import { describe, expect, it } from "vitest";
import { faultsIn } from "./lint.ts";
import { machineScripts, scriptsInFixture, taggedScripts, untaggedIn, untaggedScripts } from "./sources.ts";

describe("scripts that run on machines", () => {
  it("call nothing that CentOS 7.5 lacks", async () => {
    const scripts = await machineScripts();
    const faults = scripts.flatMap(({ location, script }) =>
      faultsIn(script).map((fault) => `${location}: ${fault}`),
    );
    expect(faults).toEqual([]);
    expect(scripts.length).toBeGreaterThan(200);
  });

  it("are all tagged, so that they are looked at", async () => {
    expect(await untaggedScripts()).toEqual([]);
  });
});

describe("how scripts are found", () => {
  it("in code by their tag, values as one word, backslashes as they are", () => {
    const code = 'const a = 1;\nmachine.run(sh`ip -o ${device} | tr "\\n" x`);\nconst b = `no`;';
    expect(taggedScripts("a.ts", code)).toEqual([
      { location: "a.ts:2", script: 'ip -o $VALUE | tr "\\n" x' },
    ]);
  });

  it("in fixtures by their keys", () => {
    const text =
      "id: x\nfault:\n  on: t71\n  script: |\n    ip a\n    ss -tln\n  undo: 'true'\nwhy: run this\n";
    expect(scriptsInFixture("a.yaml", text)).toEqual([
      { location: "a.yaml:4", script: "ip a\nss -tln\n" },
      { location: "a.yaml:7", script: "true" },
    ]);
  });

  it.each([
    "connection.exec(`ip -o ${a}`)",
    "this.#connection.exec('ip a', { limit })",
    'must(connection, "rm -f x", "it could not be removed")',
    "const look = `ip a`; connection.exec(look)",
    "const look = (a: string) => `ip ${a}`; ask(connection, `${look('x')}${look('y')}`)",
    "connection.exec(withoutStacks(`journalctl -u x`, 20))",
    "const drop = 'rm x'; succeed(endpoint, drop, 'it failed')",
  ])("and missed without a tag: %s", (code) => {
    expect(untaggedIn("a.ts", code)).toEqual(["a.ts:1"]);
  });

  it.each([
    "connection.exec(sh`ip -o ${a}`)",
    "const look = sh`ip a`; connection.exec(look)",
    'run.exec("t71", script)',
    'must(connection, sh`rm -f x`, "it could not be removed")',
    "this.#kubectl.run(`get pods`)",
    "note(`ip -o ${a}`)",
  ])("and nothing else: %s", (code) => {
    expect(untaggedIn("a.ts", code)).toEqual([]);
  });
});
