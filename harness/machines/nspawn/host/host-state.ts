import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Context } from "../../../context.ts";
import { hierarchies } from "./kernel/cgroups.ts";
import { errnoOf } from "../../../host/errno.ts";
import { readIfThere } from "../../../host/files.ts";
import { host } from "../../../host/exec.ts";
import { clusterNames, isClusterFolder } from "../../names.ts";
import { isInstalled } from "../../../host/packages/packages.ts";
import { requirePool } from "../image/rootfs.ts";

/** For tests: all of this host that the machines of a cluster could change, a line a thing. */
export async function hostState(cluster: string, context: Context): Promise<string[]> {
  const said = says(context);
  const looks = await Promise.all([
    settings("/proc/sys", /./),
    settings("/sys/kernel/mm", /./),
    settings("/sys/module", /\/parameters\//),
    filesOf("/proc/modules", (line) => line.split(" ")[0]),
    filesOf("/proc/swaps"),
    filesOf("/proc/self/mountinfo", (line) => line.split(" ").slice(3).join(" ")),
    filesOf("/proc/net/ip_tables_names"),
    filesOf("/proc/net/ip6_tables_names"),
    said("ip", ["-oneline", "address"], (line) => line.replace(/ (valid|preferred)_lft.*/, "")),
    said("ip", ["-oneline", "link"]),
    said("ip", ["route", "show", "table", "all"]),
    said("iptables-save", [], withoutCounters),
    said("ip6tables-save", [], withoutCounters),
    said("nft", ["list", "ruleset"]),
    said("dpkg-query", ["--show"]),
    loopDevices(context),
    cgroups(clusterNames(cluster).cgroup),
    kernelTimezone(context),
  ]);
  return looks.flat();
}

/** The host's clock against the one that nobody sets, in seconds: a change of it is a clock that was set. */
export const clockOffset = (): number =>
  (Date.now() - performance.now()) / 1000 - performance.timeOrigin / 1000;

/** Counters, and what the kernel sets by itself. */
const moves =
  /\/(fs\/(dentry-state|file-nr|inode-nr|inode-state|aio-nr)|kernel\/(random\/(uuid|entropy_avail)|ns_last_pid|pty\/nr|perf_event_max_sample_rate)|netfilter\/nf_conntrack_count|ksm\/.*|.*\/(pages_collapsed|full_scans|stats\/.*))$/;

async function settings(folder: string, wanted: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
    .filter((file) => wanted.test(file) && !moves.test(file));
  // What nobody can write to tells of the kernel, and is no setting.
  const values = files.map(async (file) =>
    ((await stat(file)).mode & 0o222) === 0 ? [] : [`${file}: ${await readable(file)}`],
  );
  return (await Promise.all(values)).flat();
}

async function readable(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    return errnoOf(error) ?? "unreadable";
  }
}

async function filesOf(
  file: string,
  take: (line: string) => string | undefined = (line) => line,
): Promise<string[]> {
  const lines = ((await readIfThere(file)) ?? "").split("\n").filter(Boolean);
  return lines.map((line) => `${file}: ${take(line)}`);
}

const withoutCounters = (line: string): string =>
  line.startsWith("#") ? "" : line.replace(/\[\d+:\d+\]/, "");

/** What programs print that are installed. */
const says =
  (context: Context) =>
  async (
    program: string,
    args: readonly string[],
    take: (line: string) => string = (line) => line,
  ): Promise<string[]> => {
    if (!(await isInstalled(program))) return [];
    return (await host(program, args, context)).split("\n").map((line) => `${program}: ${take(line)}`);
  };

/** Another checkout's machines have a pool of their own. */
async function loopDevices(context: Context): Promise<string[]> {
  const list = await host("losetup", ["--list", "--noheadings", "--output", "BACK-FILE"], context);
  const pool = basename(await requirePool());
  return list
    .split("\n")
    .filter((file) => file !== "" && (file.includes(pool) || !file.includes("/rootfs-")))
    .map((file) => `loop: ${file}`);
}

/** But for those of other clusters. */
async function cgroups(own: string): Promise<string[]> {
  const all = await Promise.all(
    (await hierarchies()).map(async ({ path }) => (await readdir(path)).map((name) => `${path}/${name}`)),
  );
  return all.flat().filter((path) => basename(path) === own || !isClusterFolder(basename(path)));
}

/** What gettimeofday(2) says of the timezone; perl is on every Debian. */
export async function kernelTimezone(context: Context): Promise<string[]> {
  const number = { x64: 96, arm64: 169 }[process.arch as string];
  if (number === undefined || !existsSync("/usr/bin/perl")) return [];
  const ask = `my $zone = "\\0" x 8; my $time = "\\0" x 16; syscall(${number}, $time, $zone); print join " ", unpack "ii", $zone`;
  return [`timezone of the kernel: ${await host("perl", ["-e", ask], context)}`];
}
