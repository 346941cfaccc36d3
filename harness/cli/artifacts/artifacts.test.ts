import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, expect, test } from "vitest";
import { setNames } from "../../choices.ts";
import { projectRoot } from "../../host/paths.ts";
import { fileVariable } from "../../settings/file.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

const artifacts = (args: readonly string[], env: Record<string, string> = {}) =>
  execa(process.execPath, [join(projectRoot, "harness/cli/cli.ts"), "artifacts", ...args], {
    reject: false,
    cwd: projectRoot,
    env: { XDG_CACHE_HOME: folder, ...env },
  });

test("alone says what there is to do, and does nothing", async () => {
  const { exitCode, stdout } = await artifacts([]);
  expect(exitCode).toBe(0);
  for (const name of ["list", "fetch", "import", "verify", "export", "gc"]) expect(stdout).toContain(name);
  expect(await readdir(folder)).toEqual([]);
});

test("list shows every input with address and digest, for a person and as JSON, and makes nothing", async () => {
  const text = await artifacts(["list", "--artifacts", "upstream"]);
  expect(text.exitCode).toBe(0);
  expect(text.stdout).toMatch(
    /^missing +kubernetes-server-linux-amd64\.tar\.gz\n +sha512:25739802\w+\n +https:\/\/dl\.k8s\.io/m,
  );
  expect(text.stdout).toMatch(/flannel-v0\.10\.0-linux-amd64\.tar\.gz\n +no digest pinned/);
  expect(text.stdout).toMatch(
    /^\d+ of them are missing: `pnpm artifacts fetch --artifacts upstream` fetches them\.$/m,
  );
  const list = JSON.parse((await artifacts(["list", "--artifacts", "upstream", "--json"])).stdout);
  expect(list).toMatchObject({ set: "upstream", complete: false });
  expect(list.files).toHaveLength(10);
  expect(await readdir(folder)).toEqual([]);
});

test("fetch says in one line that upstream does not answer, and the ways on", async () => {
  const { exitCode, stderr } = await artifacts(["fetch", "--artifacts", "upstream"], {
    ARTIFACT_MIRROR: "http://127.0.0.1:1/",
    NO_PROXY: "*",
  });
  expect(exitCode).toBe(3);
  const lines = stderr.split("\n").filter((line) => !line.includes(": fetching from "));
  expect(lines).toEqual([
    expect.stringMatching(
      /^artifact: 127\.0\.0\.1:1 cannot be reached \(.*\): .*artifacts import DIR.*--artifacts source`$/,
    ),
  ]);
});

test("import refuses a wrong file with exit code 3, and names what is missing", async () => {
  const carried = join(folder, "carried");
  await mkdir(carried);
  expect((await artifacts(["import", carried])).stdout).toMatch(
    /^nothing +there is no file in it\nstill missing: /,
  );
  await writeFile(join(carried, "cfssl_linux-amd64"), "<html>");
  const text = await artifacts(["import", carried]);
  expect(text.exitCode).toBe(3);
  expect(text.stderr).toMatch(
    /^artifact: cfssl_linux-amd64 from .*HTML page.*\n +expected sha256:eb34\w+ .*\n +actual/m,
  );
  expect(text.stdout).toMatch(/^still missing: kubernetes-server/m);
  const json = await artifacts(["import", carried, "--json"]);
  expect(json.exitCode).toBe(3);
  expect(JSON.parse(json.stdout)).toMatchObject({ taken: [], refused: [{ hint: expect.any(String) }] });
});

test("verify ends with exit code 3 on damage", async () => {
  expect(await artifacts(["verify", "--artifacts", "upstream"])).toMatchObject({
    exitCode: 0,
    stdout: "nothing of the set upstream is in the cache\n0 checked, 0 damaged",
  });
  const carried = join(folder, "carried");
  await mkdir(carried);
  await writeFile(join(carried, "cfssl-certinfo_linux-amd64"), "\u007fELF program");
  await artifacts(["import", carried]);
  expect((await artifacts(["verify", "--artifacts", "upstream"])).stdout).toContain("1 checked, 0 damaged");
  const kind = join(folder, "k8s-guide-conformance/artifacts/guide/cfssl-certinfo_linux-amd64");
  const key = (await readdir(kind)).find((name) => name !== "last-seconds") ?? "";
  await writeFile(join(kind, key, "cfssl-certinfo_linux-amd64"), "\u007fELF another");
  const { exitCode, stdout, stderr } = await artifacts(["verify", "--artifacts", "upstream"]);
  expect(exitCode).toBe(3);
  expect(stdout).toMatch(/^damaged +cfssl-certinfo_linux-amd64: .* has sha256 \w+, expected \w+$/m);
  expect(stderr).toContain("an import replaces them");
});

test("verify looks at all sets unless one is named, by the command line or a file of settings", async () => {
  const built = join(folder, "k8s-guide-conformance/artifacts/built");
  await mkdir(join(built, "etcd-3.4.23", "0".repeat(24)), { recursive: true });
  await writeFile(join(built, "inputs.json"), "no JSON");
  const all = await artifacts(["verify", "--json"]);
  expect(all.exitCode).toBe(3);
  expect(JSON.parse(all.stdout)).toMatchObject({ sets: [...setNames], damaged: 1 });
  const text = await artifacts(["verify"]);
  expect(text.stderr).toContain("artifacts fetch --artifacts debian` replaces");
  expect((await artifacts(["verify", "--artifacts", "upstream"])).exitCode).toBe(0);
  const file = join(folder, "settings.yaml");
  await writeFile(file, "artifacts: upstream\n");
  expect((await artifacts(["verify"], { [fileVariable]: file })).exitCode).toBe(0);
});

test.each([
  [["list", "--guide", "/nope/guide.md"], 2, "cannot read /nope/guide.md"],
  [["export", "x.tar", "--guide", "/nope/guide.md"], 2, "cannot read /nope/guide.md"],
  [["export", "/tmp/never-written.tar"], 3, "The set upstream is not complete"],
  [["export", "x.tar", "--artifacts", "debian"], 2, "cannot be carried"],
  [["import", "/no/such/folder"], 2, "/no/such/folder cannot be read"],
  [["import"], 2, "missing required argument"],
  [["fetch", "--artifacts", "none-such"], 2, `known: ${setNames.join(", ")}`],
  [["fecth"], 2, "unknown command"],
])("%j ends with exit code %d and says why", async (args, code, message) => {
  const { exitCode, stderr } = await artifacts(args);
  expect(exitCode).toBe(code);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test("a bad ARTIFACT_MIRROR or GUIDE_PINS is a usage error with its place", async () => {
  const mirror = await artifacts(["fetch", "--artifacts", "upstream"], { ARTIFACT_MIRROR: "mirror.example" });
  expect(mirror).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('ARTIFACT_MIRROR: "mirror.example"'),
  });
  const pins = join(folder, "own.yaml");
  await writeFile(pins, "inputs:\n  - name: cfsl_linux-amd64\n    sha256: 12\n");
  const own = await artifacts(["list", "--artifacts", "upstream"], { GUIDE_PINS: pins });
  expect(own).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`${pins}:3:5: sha256: must be 64`),
  });
});

test("gc says what it frees", async () => {
  expect(await artifacts(["gc", "--dry-run"])).toMatchObject({
    exitCode: 0,
    stdout: "0 bytes would be freed",
  });
});
