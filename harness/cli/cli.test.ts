import { execa } from "execa";
import { cp, readdir, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { setNames } from "../choices.ts";
import { projectRoot } from "../host/paths.ts";
import { temporaryFolder } from "../testing.ts";
import { typed } from "./command/testing.ts";

const cli = (...args: readonly string[]) =>
  execa(process.execPath, [join(projectRoot, "harness/cli/cli.ts"), ...args], {
    reject: false,
    cwd: projectRoot,
  });
const script = (name: string, ...args: readonly string[]) =>
  execa(process.execPath, [join(projectRoot, `scripts/${name}.ts`), ...args], {
    reject: false,
    cwd: projectRoot,
  });

/** Runs e2e for an end that comes before any machine; its reports go, and `latest` is what it was. */
async function e2e(...args: readonly string[]) {
  const latest = join(projectRoot, "reports/latest");
  const linked = (): Promise<string | undefined> => readlink(latest).catch(() => undefined);
  const before = await linked();
  const running = execa(
    process.execPath,
    [join(projectRoot, "scripts/e2e.ts"), "--artifacts", "debian", ...args],
    { reject: false, all: true, cwd: projectRoot },
  );
  const result = await running;
  const own = (run: string): boolean => run.endsWith(`-e2e-${running.pid}`);
  if (own((await linked()) ?? "")) {
    await rm(latest);
    if (before !== undefined) await symlink(before, latest);
  }
  const runs = (await readdir(join(projectRoot, "reports"))).filter(own);
  await Promise.all(runs.map((run) => rm(join(projectRoot, "reports", run), { recursive: true })));
  return result;
}

test("without a word all commands are listed, which is no error", async () => {
  const listed = await script("guide-conformance");
  expect(listed).toMatchObject({ exitCode: 0, stderr: "" });
  for (const name of ["e2e", "suite", "guide", "mutants"]) expect(listed.stdout).toContain(`\n  ${name} `);
});

test("plan lists every step without touching a machine, for a person and as JSON", async () => {
  const text = await cli("plan");
  expect(text.exitCode).toBe(0);
  expect(text.stdout).toMatch(/^2\.4\.4\/start-etcd +t71 +fixtures\/guide\/guide\.md:\d+/m);
  const plan = JSON.parse((await cli("plan", "--json")).stdout);
  const { total, run, file, output, skip } = plan.accounting;
  expect(run + file + output + skip).toBe(total);
  expect(plan.groups.length).toBeGreaterThan(50);
});

test("what is not possible here is listed by plan, and ends a run before a machine is made", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "edit.yaml");
  await writeFile(
    file,
    `id: impossible
changes:
  - reason: to be found
    after: 2.4.3/make-data-folder
    insert: |
      \`\`\`bash run id=impossible on=t71
      wget https://dl.k8s.io/v1.14.0/kubernetes-src.tar.gz
      sudo modprobe ip_vs || true
      vim /etc/hosts
      \`\`\`
`,
  );
  const settings = ["--artifacts", "debian", "--edits", file];
  const { impossible } = JSON.parse((await cli("plan", "--json", ...settings)).stdout);
  expect(impossible).toMatchObject([
    { capability: "download", location: { file, line: 7 }, optional: false },
    { capability: "modules", what: "ip_vs", location: { file, line: 8 }, optional: true },
    { capability: "terminal", what: "vim /etc/hosts", location: { file, line: 9 }, optional: false },
  ]);
  const { stdout } = await cli("plan", ...settings);
  expect(stdout).toMatch(
    /^not possible here: .*edit\.yaml:9:\d+: 2\.4\.3\/impossible: vim \/etc\/hosts: steps run without a person at a terminal$/m,
  );
  const { exitCode, all } = await e2e("--edits", file, "--fresh");
  expect(exitCode).toBe(6);
  expect(all).toContain(
    "✗ Not possible here: 2.4.3/impossible: https://dl.k8s.io/v1.14.0/kubernetes-src.tar.gz",
  );
  expect(all).not.toMatch(/vagrant up|trust root|machine image/);
});

test.each([
  [["plan", "--bogus"], "unknown option"],
  [["plan", "--as-written", "none-such"], "none-such"],
  [["doctor", "--artifacts", "none-such"], `known: ${setNames.join(", ")}`],
  [["plan", "--guide", "/no/such.md"], "/no/such.md"],
  [["plan", "--edits", "/no/such.yaml"], "/no/such.yaml"],
  [["plan", "--nodes", "0"], '--nodes cannot be "0"'],
  [["plan", "--provider", "nspwan"], 'did you mean "nspawn"?'],
  [["plan", "--cluster", "main"], "`plan` does not take --cluster"],
  [["doctor", "--guide", "other.md"], "`doctor` does not take --guide"],
  [["checkpoints", "prove", "--jobs", "x"], "--jobs takes a whole number from 1"],
  [["shell"], "missing required argument"],
  [["reset"], "Name a cluster with --cluster, or an inventory file with --inventory"],
  [
    ["reset", "--cluster", "none-such"],
    "`pnpm status` lists the clusters; --inventory FILE resets hosts without saved state.",
  ],
  [["reset", "--cluster", "../up"], "../up"],
  [["reset", "--cluster", "x", "--inventory", "y"], "cannot be used with"],
  [["reset", "--forget", "--dry-run"], "cannot be used with"],
  [["reset", "--inventory", "/no/such.yaml"], "/no/such.yaml"],
  [["guide", "check", "--format", "none-such"], "text, json, sarif, github"],
  [["guide", "check", "--guide", "/no/such.md"], "cannot read /no/such.md: there is no such file"],
  [["guide", "check", "--as-written", "none-such"], "none-such"],
  [["guide", "check", "--provider", "inventory"], "hosts of an inventory are not looked at"],
  [["guide", "bisect", "--good", "HEAD"], "--bad"],
  [["guide", "bisect", "--good", "none-such", "--bad", "HEAD"], 'no revision "none-such"'],
  [["guide", "bisect", "--good", "HEAD", "--bad", "HEAD"], "HEAD does not come before HEAD"],
  [["guide", "bisect", "--good", "HEAD", "--bad", "HEAD", "--milestone", "none-such"], "no suite none-such"],
  [["guide", "ablate", "2.4.4/start-etc"], 'did you mean "2.4.4/start-etcd"?'],
  [["guide", "ablate", "--section", "99"], "No steps in section 99"],
  [["guide", "ablate", "--jobs", "0"], "--jobs takes a whole number"],
  [["guide", "ablate", "--section", "2", "--write-docs"], "is about all steps"],
  [["guide", "ablate", "--nodes", "3", "--write-docs"], "is about the project's own guide"],
  [["plan", "--provider", "inventory"], "Name an inventory file with --inventory"],
])("%j ends with exit code 2 and says why, without a stack trace", async (args, message) => {
  const result = await typed(args);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain(message);
  expect(result.stderr).not.toMatch(/^\s+at /m);
});

test("every fault of an inventory file is told with its place, and no host is touched", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "hosts.yaml");
  await writeFile(
    file,
    "os: debian12\nssh: { key: key, colour: red }\nhosts:\n  - { name: a, role: king, address: 10.0.0.5 }\n",
  );
  for (const result of [
    await typed(["reset", "--inventory", file, "--dry-run"]),
    await typed(["plan", "--inventory", file]),
  ]) {
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(`${file}:2:18: `);
    expect(result.stderr).toContain('unknown key "colour"');
    expect(result.stderr).toContain(`${file}:4:`);
    expect(result.stderr).toContain("role");
    expect(result.stderr).not.toMatch(/^\s+at /m);
  }
});

test("a run's record has the settings that were asked for", async () => {
  const folder = temporaryFolder();
  const edits = join(folder, "edits.yaml");
  const change = { reason: "It does not fit.", step: "4.2.6/show-nodes", find: "no such text", replace: "" };
  await writeFile(edits, JSON.stringify({ id: "edits", changes: [change] }));
  const given = ["--edits", edits, "--nodes", "4", "--timeout-factor", "2.5", "--deadline", "90m"];
  const { exitCode, stdout } = await e2e(...given, "--as-written", "etcd-enable-typo", "--json");
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    verdict: "usage",
    settings: {
      provider: "nspawn",
      artifacts: "debian",
      guide: join(projectRoot, "fixtures/guide/guide.md"),
      errata: ["etcd-enable-typo"],
      edits: [edits],
      nodes: 4,
      timeoutFactor: 2.5,
      deadline: 5_400_000,
    },
  });
});

test.each([
  [["--adopt"], "--inventory and --adopt go with --provider inventory"],
  [["--patience", "abc"], '--timeout-factor cannot be "abc"'],
  [["--deadline", "4"], "such as 90m or 4h"],
  [["--as-written", "--resume"], "starts from the beginning"],
  [["--provider", "inventory"], "Name an inventory file with --inventory"],
])("e2e %j ends with exit code 2 and says what is missing", async (args, message) => {
  const { exitCode, all } = await e2e(...args);
  expect(exitCode).toBe(2);
  expect(all).toContain(message);
  expect(all).not.toMatch(/^\s+at /m);
});

test("guide check: a clean guide ends with 0, a broken one with 2 and its place, a warning with 0", async () => {
  const clean = await cli("guide", "check");
  expect(clean.exitCode).toBe(0);
  expect(clean.stdout).toMatch(/^clean: /m);
  const broken = await cli("guide", "check", "--as-written", "etcd-enable-typo", "--format", "github");
  expect(broken.exitCode).toBe(2);
  expect(broken.stdout).toMatch(
    /^::error file=fixtures\/guide\/errata\/etcd-enable-typo\.yaml,line=\d+,col=\d+,title=units\/verb::/m,
  );
  const warned = await cli("guide", "check", "--as-written", "flannel-endpoint-comma", "--json");
  expect(warned.exitCode).toBe(0);
  expect(JSON.parse(warned.stdout)).toMatchObject({ errors: 0, warnings: 1 });
});

test("guide check: a fault of artifacts.yaml is told with its place, before any run", async () => {
  const folder = temporaryFolder();
  await cp(join(projectRoot, "fixtures/guide"), folder, { recursive: true });
  const list = "inputs:\n  - name: cni.tgz\n    url: https://dl.example.org/other.tgz\n";
  await writeFile(join(folder, "artifacts.yaml"), list);
  const result = await typed(["guide", "check", "--guide", join(folder, "guide.md")]);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toMatch(/artifacts\.yaml:2:\d+: .*version/);
  expect(result.stderr).not.toMatch(/^\s+at /m);
});

test("guide check with the ports of every provider and set is clean", async () => {
  for (const args of [
    ["--provider", "nspawn", "--artifacts", "debian"],
    ["--provider", "vagrant", "--artifacts", "upstream"],
  ]) {
    const { exitCode, stdout } = await typed(["guide", "check", ...args]);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^clean: /m)]);
  }
});

/** Says at the end, in a last line of JSON, which files a command has loaded. */
const counting = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from "node:module";
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
process.on("exit", () => console.error(JSON.stringify(loaded.filter((url) => url.startsWith("file:")))));
`)}`;

test("guide check loads what reads a guide, and no more: half of its second is loading", async () => {
  const words = ["--import", counting, join(projectRoot, "harness/cli/cli.ts"), "guide", "check"];
  const { stderr } = await execa(process.execPath, words, { cwd: projectRoot });
  const loaded: unknown = JSON.parse(stderr.split("\n").at(-1) ?? "");
  expect(loaded).toSatisfy((files: readonly string[]) => files.length > 50 && files.length < 420);
  expect(loaded).not.toContainEqual(
    expect.stringMatching(
      /\/harness\/(?:artifacts|machines|run\/(?:blame|checkpoints|suites))\/|\/(?:ssh2|undici|vitest|tar)\//,
    ),
  );
});

test("with --json an error is JSON too", async () => {
  const result = await cli("plan", "--as-written", "none-such", "--json");
  expect(result.exitCode).toBe(2);
  expect(JSON.parse(result.stdout)).toMatchObject({
    verdict: "usage",
    error: { message: expect.any(String) },
  });
});

test("a reader who went away changes neither the work nor its exit code", async () => {
  const command = `"$0" harness/cli/cli.ts plan --bogus 2> >(exec true) | true; exit "\${PIPESTATUS[0]}"`;
  const result = await execa("bash", ["-c", command, process.execPath], { reject: false, cwd: projectRoot });
  expect(result.exitCode).toBe(2);
});

test.each([
  "plan",
  "guide check",
  "guide bisect",
  "guide ablate",
  "doctor",
  "artifacts list",
  "artifacts fetch",
  "artifacts import",
  "artifacts verify",
  "artifacts export",
  "artifacts gc",
  "status",
  "down",
  "gc",
  "inventory",
  "reset",
  "mutants",
  "repro",
  "report merge",
])("%s --help names the exit codes and --json", async (name) => {
  const { stdout, exitCode } = await typed([...name.split(" "), "--help"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("4 infrastructure, 5 harness, 6 not possible here, 130 interrupted");
  expect(stdout).toContain("--json");
});

test.each(["e2e", "up", "apply", "suite", "bench", "nightly"])(
  "%s --help names the exit codes",
  async (name) => {
    const { stdout, exitCode } = await script(name, "--help");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("4 infrastructure, 5 harness, 6 not possible here, 130 interrupted");
  },
);
