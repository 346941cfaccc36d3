import { expect, test } from "vitest";
import { Deadlines } from "../../../deadlines.ts";
import type { Step } from "../../../guide/types.ts";
import type { KeptShell, ShellRunOptions } from "../../../machines/ssh/connection.ts";
import { apply } from "../apply.ts";
import { context, group, never, planOf, run, step, terminal } from "../../testing.ts";

const wget = "wget https://dl.example.org/a.tar.gz\n";
const fetching = step("2.1/get", "t71", run(`cd /opt\n${wget}tar xf a.tar.gz`), {
  parts: [
    { script: "cd /opt\n", fetchers: [], alone: false, quiet: false },
    { script: wget, fetchers: ["wget"], alone: true, quiet: false },
    { script: "tar xf a.tar.gz", fetchers: [], alone: false, quiet: false },
  ],
});
const busy = {
  exitCode: 8,
  stderr: "--2026-11-28 20:06:12--  https://dl.example.org/a.tar.gz\n2026-11-28 20:06:12 ERROR 503: Busy.\n",
};

test("a download that fails for the network's sake is tried once more, and nothing else with it", async () => {
  const t71 = terminal("t71", { [wget]: [busy, {}] });
  const made = context({ t71 });
  await apply({ plan: planOf(group(fetching)), ...made });
  expect(t71.ran).toEqual(["cd /opt\n", wget, wget, "tar xf a.tar.gz"]);
  expect(made.recorder.steps).toMatchObject([{ outcome: "passed", assists: ["download-repeated"] }]);
  expect(made.recorder.assists).toMatchObject([{ id: "download-repeated", step: "2.1/get@t71" }]);
  expect(made.events).toContainEqual(
    expect.objectContaining({
      type: "note",
      message: `2.1/get@t71: dl.example.org answered 503 Busy; tried again: ${wget.trim()}`,
    }),
  );
});

const ended = { exitCode: 0, stdout: "", stderr: "", durationMs: 1, timedOut: false, cwd: "/root" };

test("what a step leaves running is told, without what is secret or cannot be seen", async () => {
  const left = ["nohup agent --token 663eb46fb81c4cf2\u00A0&"];
  const t71 = terminal("t71", {});
  const leaving = async () => ({ ...ended, left });
  const made = context({ t71: { ...t71, shell: { ...t71.shell, run: leaving } } }, ["663eb46fb81c4cf2"]);
  await apply({ plan: planOf(group(step("2.1/agent", "t71", run("nohup agent &")))), ...made });
  const [told] = made.recorder.steps[0]?.left ?? [];
  expect(told).toMatch(/^nohup agent --token (?!663)\S+<U\+00A0>&$/);
  expect(made.events).toContainEqual(
    expect.objectContaining({ type: "note", message: `2.1/agent@t71 leaves this running: ${told}` }),
  );
});

test.each([
  [
    "mkdir -p /k8s\ngrep token=663eb46fb81c4cf2 f\ntar xf a",
    2,
    "grep token=663eb46fb81c4cf2 f",
    expect.stringMatching(/^grep token=(?!663)\S+ f$/),
  ],
  ["true\nfor f in a b; do\n  rm $f; done", 9, "rm $f", "rm $f"],
  [
    "docker version |  grep -q x 2>/dev/null\ntrue",
    1,
    "grep -q x 2> /dev/null",
    "docker version |  grep -q x 2>/dev/null",
  ],
  ["cp a \\\n  b\ntrue", 2, "cp a b", "cp a b"],
  ["grep x f", 1, "grep x f", undefined],
])("of the commands %j the one that failed is told", async (script, line, command, told) => {
  const t71 = terminal("t71", {});
  const failing = async () => ({ ...ended, exitCode: 2, failed: { line, command } });
  const made = context({ t71: { ...t71, shell: { ...t71.shell, run: failing } } }, ["663eb46fb81c4cf2"]);
  await expect(apply({ plan: planOf(group(step("2.1/look", "t71", run(script)))), ...made })).rejects.toThrow(
    "exit code 2",
  );
  const { failedCommand } = made.recorder.steps[0]?.failure ?? {};
  expect(failedCommand).toEqual(told);
});

test.each([
  ["echo one\nexec bash\necho two", "failed"],
  ["grep -q k8s f && exit 0\necho two", "failed"],
  ["grep -q k8s f && exit 0\nkubectl exec a -- ls", "failed"],
  ["echo one\nexec true", "passed"],
  ["[ -e f ] || exit", "passed"],
  ["echo one; exit 0 # done", "passed"],
])("a block that ends its shell before its end has %j", async (script, outcome) => {
  const t71 = terminal("t71", {});
  const run0 = { ...ended, endedShell: true } as const;
  const made = context({ t71: { ...t71, shell: { ...t71.shell, run: () => Promise.resolve(run0) } } });
  const went = await apply({ plan: planOf(group(step("2.1/look", "t71", run(script)))), ...made }).then(
    () => "passed",
    (error: unknown) => error,
  );
  const [record] = made.recorder.steps;
  expect(record?.outcome).toBe(outcome);
  expect(String(went)).toMatch(outcome === "passed" ? /^passed$/ : /it ended its own shell/);
});

test("a pipe whose reader has read enough is told as what it is", async () => {
  const t71 = terminal("t71", { "yes | head -1": { exitCode: 141 } });
  const plan = planOf(group(step("1.1/a", "t71", run("yes | head -1"))));
  await expect(apply({ plan, ...context({ t71 }) })).rejects.toThrow(
    /exit code 141: a command wrote into a pipe/,
  );
});

test("a block whose failing command is known is not told of another's want of a match", async () => {
  const t71 = terminal("t71", {});
  const result = { ...ended, exitCode: 1, failed: { line: 2, command: "false" } };
  const made = context({ t71: { ...t71, shell: { ...t71.shell, run: () => Promise.resolve(result) } } });
  const block = group(step("2.1/look", "t71", run("grep -q a f && echo a\nfalse")));
  await expect(apply({ plan: planOf(block), ...made })).rejects.toThrow(/exit code 1$/);
});

test("an output that is another one says what else prints there", async () => {
  const t71 = terminal("t71", {});
  const beside = ["(while true; do echo still here; sleep 1; done) &"];
  const printing = async () => ({ ...ended, stdout: "still here\n", beside });
  const made = context({ t71: { ...t71, shell: { ...t71.shell, run: printing } } });
  const expected = { expect: { text: "approved", location: { file: "guide.md", line: 9 } } };
  const plan = planOf(group(step("3.2/approve", "t71", run("kubectl certificate approve x"), expected)));
  await expect(apply({ plan, ...made })).rejects.toMatchObject({
    message: "3.2/approve@t71: the output is not what the guide shows",
    details: { hint: expect.stringMatching(/Commands that earlier steps left running .*: \(while true;/) },
  });
});

test("of 200 MB on one line kilobytes are recorded, and the step fails as any other", async () => {
  const t71 = terminal("t71", {});
  const chunk = "x".repeat(2 ** 16);
  const flood = async (_script: string, options?: ShellRunOptions) => {
    for (let length = 0; length < 200e6; length += chunk.length)
      options?.onOutput?.({ stream: "stdout", text: chunk });
    return { exitCode: 1, stdout: chunk, stderr: "", durationMs: 1, timedOut: false, cwd: "/root" };
  };
  const made = context({ t71: { ...t71, shell: { ...t71.shell, run: flood } } });
  const plan = planOf(group(step("2.1/flood", "t71", run("cat /dev/zero"))));
  await expect(apply({ plan, ...made })).rejects.toMatchObject({
    verdict: "guide",
    message: "2.1/flood@t71: ended with exit code 1",
  });
  expect(JSON.stringify([made.events, made.recorder.steps]).length).toBeLessThan(500_000);
  expect(made.recorder.steps[0]?.output).toMatch(/… \d+ characters are left out …\n$/);
});

test("a mirror that fails again is infrastructure, and says which host answered what", async () => {
  const t71 = terminal("t71", { [wget]: busy });
  const made = context({ t71 });
  await expect(apply({ plan: planOf(group(fetching)), ...made })).rejects.toMatchObject({
    verdict: "infrastructure",
    message:
      "2.1/get@t71: ended with exit code 8: dl.example.org answered 503 Busy, and so it was when tried again",
    details: { step: "2.1/get@t71", exitCode: 8, outputTail: expect.stringContaining("ERROR 503") },
  });
  expect(t71.ran).toEqual(["cd /opt\n", wget, wget]);
});

test("a reason is found before the many lines in which yum says what to do about it", async () => {
  const advice = Array.from(
    { length: 60 },
    (_, line) => ` ${line}. Contact the upstream for the repository`,
  ).join("\n");
  const stderr = `http://vault.centos.org/a: [Errno 14] HTTP Error 502 - Bad Gateway\n${advice}\nCannot find a valid baseurl for repo: base/7/x86_64\n`;
  const install = "yum install -y wget";
  const t71 = terminal("t71", { [install]: { exitCode: 1, stderr } });
  const parts = [{ script: install, fetchers: ["yum"], alone: true, quiet: false }];
  const plan = planOf(group(step("1/package-sources", "t71", run(install), { parts })));
  await expect(apply({ plan, ...context({ t71 }) })).rejects.toMatchObject({
    verdict: "infrastructure",
    message: expect.stringContaining("vault.centos.org answered 502 Bad Gateway"),
  });
});

test("a key that yum could not fetch is asked for once more", async () => {
  const install = "yum install -y docker-ce";
  const stderr =
    'GPG key retrieval failed: [Errno 14] curl#6 - "Could not resolve host: download.docker.com; Unknown error"\n';
  const t71 = terminal("t71", { [install]: [{ exitCode: 1, stderr }, {}] });
  const parts = [{ script: install, fetchers: ["yum"], alone: true, quiet: false }];
  const plan = planOf(group(step("3.1/docker", "t71", run(install), { parts })));
  await apply({ plan, ...context({ t71 }) });
  expect(t71.ran).toEqual([install, install]);
});

test("an address that does not exist is the guide's, and is not tried again", async () => {
  const t71 = terminal("t71", { [wget]: { exitCode: 8, stderr: "2026 ERROR 404: Not Found.\n" } });
  await expect(apply({ plan: planOf(group(fetching)), ...context({ t71 }) })).rejects.toMatchObject({
    verdict: "guide",
    message: "2.1/get@t71: ended with exit code 8: dl.example.org answered 404 Not Found",
  });
  expect(t71.ran).toEqual(["cd /opt\n", wget]);
});

test("a download that had begun its file is not tried again: the second would have another name", async () => {
  const cut = {
    exitCode: 4,
    stderr: "Saving to: ‘a.tar.gz’\nRead error at byte 7 (Connection reset by peer).Giving up.\n",
  };
  const t71 = terminal("t71", { [wget]: cut });
  await expect(apply({ plan: planOf(group(fetching)), ...context({ t71 }) })).rejects.toMatchObject({
    verdict: "infrastructure",
    message: "2.1/get@t71: ended with exit code 4: dl.example.org: Giving up",
  });
  expect(t71.ran).toEqual(["cd /opt\n", wget]);
});

test.each([
  ["is told to be quiet", "wget -q https://dl.example.org/a.tar.gz\n", {}],
  ["says it elsewhere", "wget https://dl.example.org/a.tar.gz 2>&1\n", { stdout: "Saving to: ‘a.tar.gz’\n" }],
] as const)("a wget that may have begun its file and %s is not tried again", async (_, script, said) => {
  const t71 = terminal("t71", { [script]: { exitCode: 4, ...said } });
  const parts = [{ script, fetchers: ["wget"], alone: true, quiet: true }];
  const one = step("2.1/get", "t71", run(script), { parts });
  await expect(apply({ plan: planOf(group(one)), ...context({ t71 }) })).rejects.toMatchObject({
    verdict: "infrastructure",
  });
  expect(t71.ran).toEqual([script]);
});

test("a second try that ends otherwise is told with the first", async () => {
  const answer = { exitCode: 8, stderr: "2026 ERROR 404: Not Found.\n" };
  const t71 = terminal("t71", { [wget]: [busy, answer] });
  await expect(apply({ plan: planOf(group(fetching)), ...context({ t71 }) })).rejects.toMatchObject({
    message: expect.stringContaining("404 Not Found, and before that, dl.example.org answered 503 Busy"),
  });
});

test("a download that stands still is infrastructure; one that goes on may take its time", async () => {
  const t71 = terminal("t71", {});
  let asked: ShellRunOptions | undefined;
  const still: KeptShell = {
    ...t71.shell,
    run: async (script, options) => {
      if (script !== wget) return t71.shell.run(script, options);
      asked = options;
      return never(options?.signal);
    },
  };
  const made = context({ t71: { ...t71, shell: still } });
  const hurried = { ...made.context, deadlines: new Deadlines(1 / 5000) };
  await expect(apply({ plan: planOf(group(fetching)), ...made, context: hurried })).rejects.toMatchObject({
    verdict: "infrastructure",
    message: expect.stringContaining("dl.example.org did not finish it: printed nothing for 0.06 s"),
  });
  expect(asked).toMatchObject({ deadline: Infinity, surviving: true });
  // One that is told to be quiet has as long as a step.
  const quietly: Step = {
    ...fetching,
    parts: [{ script: wget, fetchers: ["wget"], alone: true, quiet: true }],
  };
  await expect(apply({ plan: planOf(group(quietly)), ...made, context: hurried })).rejects.toThrow(
    "printed nothing for 0.36 s",
  );
});

test.each([
  [
    "systemctl status etcd | grep running",
    "",
    "1.1/a@t71: ended with exit code 1 and gave no reason: grep ends like this",
  ],
  [
    "grep -q x /etc/hosts",
    "grep: /etc/hosts: No such file",
    "1.1/a@t71: ended with exit code 1: grep: /etc/hosts: No such file",
  ],
  ["test -d /nowhere", "", "1.1/a@t71: ended with exit code 1"],
])(
  "a search that finds nothing ends its block, and the message says so: %s",
  async (script, stderr, message) => {
    const t71 = terminal("t71", { [script]: { exitCode: 1, stderr } });
    const plan = planOf(group(step("1.1/a", "t71", run(script))));
    const failure = await apply({ plan, ...context({ t71 }) }).catch((error: unknown) => error);
    const whole = message.endsWith("like this")
      ? `${message} if it finds nothing; \`|| true\` after it lets the block go on`
      : message;
    expect(failure).toMatchObject({ verdict: "guide", message: whole });
  },
);
