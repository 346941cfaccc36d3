import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { Deadlines } from "../../deadlines.ts";
import { temporaryFolder, testContext } from "../../testing.ts";
import { startTestServer } from "../ssh/test-server.ts";
import { cutting, holding, runningMachine } from "./lifecycle.ts";
import { guideChain } from "./restore/paths.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

/** Runs shell text with a stand-in for iptables, which writes down what it is asked and finds nothing to delete. */
function asked(script: string, failing = "-D|-F|-X"): { calls: string[]; status: number | null } {
  const log = join(folder, "log");
  writeFileSync(log, "");
  const program = join(folder, "iptables");
  const text = `#!/bin/sh\necho "$*" >>${log}\ncase " $* " in ${failing
    .split("|")
    .map((word) => `*" ${word} "*`)
    .join("|")}) exit 1 ;; esac\n`;
  writeFileSync(program, text);
  chmodSync(program, 0o755);
  const { status } = spawnSync("sh", ["-c", script], { env: { PATH: `${folder}:/usr/bin:/bin` } });
  return { calls: readFileSync(log, "utf8").trim().split("\n"), status };
}

test("cutting a link drops everything from and to the others, but SSH, and nothing else", () => {
  const { calls, status } = asked(cutting(["10.0.0.6", "10.0.0.7"]));
  expect(status).toBe(0);
  expect(calls.filter((call) => !/ -[DFX] /.test(call))).toEqual([
    "-w -t raw -N GUIDE-CUT",
    "-w -t raw -A GUIDE-CUT -p tcp --dport 22 -j RETURN",
    "-w -t raw -A GUIDE-CUT -p tcp --sport 22 -j RETURN",
    "-w -t raw -A GUIDE-CUT -s 10.0.0.6 -j DROP",
    "-w -t raw -A GUIDE-CUT -d 10.0.0.6 -j DROP",
    "-w -t raw -A GUIDE-CUT -s 10.0.0.7 -j DROP",
    "-w -t raw -A GUIDE-CUT -d 10.0.0.7 -j DROP",
    "-w -t raw -I PREROUTING -j GUIDE-CUT",
    "-w -t raw -I OUTPUT -j GUIDE-CUT",
  ]);
});

test("a link that is cut already is healed first, so that cutting can be repeated", () => {
  const { calls } = asked(cutting(["10.0.0.6"]));
  expect(calls.slice(0, 4)).toEqual([
    "-w -t raw -D PREROUTING -j GUIDE-CUT",
    "-w -t raw -D OUTPUT -j GUIDE-CUT",
    "-w -t raw -F GUIDE-CUT",
    "-w -t raw -X GUIDE-CUT",
  ]);
});

test("a rule that cannot be made fails the whole", () => {
  expect(asked(cutting(["10.0.0.6"]), "-D|-F|-X|-I").status).toBe(1);
  expect(asked(cutting(["10.0.0.6"]), "-D|-F|-X|-N").calls.at(-1)).toBe("-w -t raw -N GUIDE-CUT");
});

test("a link is cut as long as somebody holds it, and healed when nobody does, or if it cannot be cut", () => {
  const { calls, status } = asked(holding(["10.0.0.6"]));
  expect(status).toBe(0);
  const made = calls.findIndex((call) => call.endsWith("-I OUTPUT -j GUIDE-CUT"));
  expect(calls.slice(made + 1)).toEqual([
    "-w -t raw -D PREROUTING -j GUIDE-CUT",
    "-w -t raw -D OUTPUT -j GUIDE-CUT",
    "-w -t raw -F GUIDE-CUT",
    "-w -t raw -X GUIDE-CUT",
  ]);
  const failed = asked(holding(["10.0.0.6"]), "-D|-F|-X|-I");
  expect([failed.status, failed.calls.at(-1)]).toEqual([1, "-w -t raw -X GUIDE-CUT"]);
});

test("a reset knows the chain of a cut link as the guide's", () => {
  const chain = /-N (\S+)/.exec(cutting([]))?.[1];
  expect(chain).toMatch(guideChain);
});

const host = { name: "a", address: "10.0.0.5", role: "node" } as const;

test("a host that goes down, and whose answer is cut short, is not back yet", async () => {
  const [before, next] = ["11aa", "22bb"];
  const answers = [`${before}\n`, "", "", `${next}\n`];
  let questions = 0;
  await using server = await startTestServer((channel) => {
    const answer = answers[(questions += 1) - 1] ?? "";
    channel.write(answer);
    // As systemd ends a session, and as sudo refuses to begin one.
    if (answer !== "") channel.exit(0);
    else if (questions === 2) channel.exit("TERM");
    else channel.exit(1);
    channel.end();
    return { kill: () => undefined };
  });
  const context = testContext({ deadlines: new Deadlines(1, { reboot: 5000 }) });
  await runningMachine(host, server.endpoint, [host]).returned(before, context);
  expect(questions).toBe(4);
});

test("a cut for which iptables waits without end is over at its deadline", async () => {
  await using server = await startTestServer(() => ({ kill: () => undefined }));
  const context = testContext({ deadlines: new Deadlines(1, { question: 300 }) });
  const cut = runningMachine(host, server.endpoint, [host]).cutLink(context);
  await expect(cut).rejects.toThrow("its link could not be cut in time");
});
