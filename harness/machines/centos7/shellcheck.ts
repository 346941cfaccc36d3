import { existsSync } from "node:fs";
import { glob, mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cacheRoot, projectRoot } from "../../host/paths.ts";
import { machineScripts } from "./sources.ts";

/** Exit code of a check that could not be made, as automake has it. */
const skipped = 77;

/** What shellcheck(1) says that is meant so. */
const excluded = [
  // Variables come before the text, or are a value that is not known here.
  "SC2154",
  // Lists of words are split on purpose.
  "SC2046",
  // Faults and steps run with `set -e`.
  "SC2164",
  // A redirection by exec is no end.
  "SC2093",
  // The mode is for the deepest folder.
  "SC2174",
].join();

/** Scripts for the host that the project runs on, each for the shell of its first line. */
const hostScripts = "{{scripts,harness/machines/nspawn/rootfs}/*.sh,harness/cli/completion/*.bash}";

/** The program of PATH, or Debian's, unpacked into the cache; undefined if it cannot be had. */
async function findShellcheck(): Promise<string | undefined> {
  const onPath = await execa("shellcheck", ["--version"], { reject: false });
  if (!onPath.failed) return "shellcheck";
  const cache = join(cacheRoot(), "shellcheck");
  const cached = join(cache, "usr/bin/shellcheck");
  if (existsSync(cached)) return cached;
  await mkdir(cache, { recursive: true });
  const fetch =
    "apt-get -q download shellcheck && dpkg-deb --extract shellcheck_*.deb . && rm shellcheck_*.deb";
  const fetched = await execa("sh", ["-c", fetch], { cwd: cache, reject: false });
  return fetched.failed ? undefined : cached;
}

/** Runs it over all scripts for machines and for the host; prints what it finds, each with the place of its script. */
async function check(shellcheck: string): Promise<number> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "shellcheck-"));
  const names: string[] = [];
  for (const { location, script } of await machineScripts()) {
    const name = location.replaceAll("/", "\\");
    await writeFile(join(folder.path, name), `${script}\n`);
    names.push(name);
  }
  const options = ["--severity=warning", "--format=gcc"];
  const ofHost = await Array.fromAsync(glob(hostScripts, { cwd: projectRoot }));
  const [forMachines, forHost] = await Promise.all([
    execa(shellcheck, ["--shell=bash", ...options, `--exclude=${excluded}`, ...names], {
      cwd: folder.path,
      reject: false,
    }),
    execa(shellcheck, [...options, ...ofHost], { cwd: projectRoot, reject: false }),
  ]);
  process.stdout.write(`${forMachines.stdout.replaceAll("\\", "/")}\n${forHost.stdout}\n`);
  return Math.max(forMachines.exitCode ?? 1, forHost.exitCode ?? 1);
}

const shellcheck = await findShellcheck();
if (shellcheck === undefined)
  process.stdout.write("There is no shellcheck; install it: `apt-get install shellcheck`.\n");
process.exitCode = shellcheck === undefined ? skipped : await check(shellcheck);
