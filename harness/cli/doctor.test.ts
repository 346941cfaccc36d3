import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { recordedHost, type RecordedHost } from "../machines/vagrant/testing.ts";
import { projectRoot } from "../host/paths.ts";
import type { Shortfall } from "../machines/machine.ts";
import { exitCodeOf } from "./doctor.ts";
import { oneIsEnough } from "./doctor/sites.ts";

let host: RecordedHost;
beforeEach(async () => {
  host = await recordedHost();
  await host.vagrant("plugin", { stdout: "vagrant-libvirt (0.11.2, system)\n" });
});

/** The doctor on the recorded host, whose proxy is closed: no site is reached. */
const doctor = (...args: readonly string[]) =>
  execa(
    process.execPath,
    [
      join(projectRoot, "harness/cli/cli.ts"),
      "doctor",
      "--provider",
      "vagrant",
      "--artifacts",
      "upstream",
      ...args,
    ],
    {
      reject: false,
      cwd: projectRoot,
      env: {
        VAGRANT_HOME: join(host.folder, "home"),
        GUIDE_BOX: "",
        GUIDE_VM_DRIVER: "kvm",
        LIBVIRT_DEFAULT_URI: "",
        http_proxy: "http://127.0.0.1:9",
        https_proxy: "http://127.0.0.1:9",
        no_proxy: "",
      },
    },
  );

test("the doctor has a line for each thing that virtual machines of CentOS need, and what to type", async () => {
  const { stdout } = await doctor();
  const lines = stdout.split("\n");
  const line = (need: string): string | undefined => lines.find((one) => one.slice(9).startsWith(need));
  expect(line("programs that drive machines")).toBe(
    "ok       programs that drive machines: vagrant, virsh: installed",
  );
  expect(line("vagrant's plugin")).toMatch(/^ok /);
  expect(line("libvirt:")).toBe("ok       libvirt: answers at qemu:///system");
  expect(line("disk") ?? line("30 GiB of disk")).toMatch(/ GiB free in \/var\/lib/);
  expect(line("KVM")).toMatch(/^(?:ok|missing) /);
  expect(line("box centos/7 1804.02")).toMatch(/^note +box .*: not here\. .*`pnpm run box FILE`/);
  for (const site of ["vault.centos.org", "download.docker.com", "dl.k8s.io", "github.com"]) {
    expect(line(site)).toMatch(
      /^missing {2}\S+, for .*: connect ECONNREFUSED 127\.0\.0\.1:9\. Try it by hand: /,
    );
  }
  expect(lines.at(-1)).toBe(
    "proved only if the machines have them when the guide begins: CentOS 7.5.1804, kernel, SELinux, firewalld",
  );
});

test("offline, all that is not here yet makes the host unfit, with what to carry over", async () => {
  const { stdout } = await doctor("--offline");
  expect(stdout).toMatch(/^This host cannot run the guide\.\n/);
  expect(stdout).toMatch(/^missing {2}artifact set upstream: without .*`pnpm artifacts import FILE` here/m);
  expect(stdout).toMatch(/^missing {2}packages for yum: 2 to fetch: .*`pnpm artifacts import FILE` here/m);
  expect(stdout).toMatch(/^missing {2}box centos\/7 1804\.02: not here\. .*`pnpm run box FILE`/m);
  expect(stdout).not.toContain("Nothing to do where");
});

test("a cache that cannot tell what it has is told by the file that it lacks", async () => {
  const built = join(host.folder, "cache/k8s-guide-conformance/artifacts/built");
  await mkdir(join(built, "images", "0".repeat(24)), { recursive: true });
  const { stdout } = await doctor("--offline", "--artifacts", "source");
  const why = `${built}/inputs.json cannot be read; what was built is found by it: it is gone`;
  expect(stdout).toContain(
    `missing  artifact set source: without images, cfssl, flannel …: ${why}. On a host`,
  );
  expect(stdout).toContain(`missing  images: ${why}\n`);
});

test("programs of this host that a run of CentOS takes are named before it", async () => {
  vi.stubEnv("PATH", join(host.folder, "bin"));
  const { stdout } = await doctor();
  expect(stdout).toMatch(/ programs to copy to the machines: .*tcpdump/);
  expect(stdout).toMatch(/ programs that make yum's repositories: .*createrepo.c.*dnf/);
});

test("as JSON, all that was looked at is there, with what is short of it", async () => {
  const { stdout } = await doctor("--json");
  const { fit, checks, shortfalls } = JSON.parse(stdout);
  expect(fit).toBe(false);
  expect(checks).toContainEqual({ need: "libvirt", found: "answers at qemu:///system" });
  expect(shortfalls).toContainEqual({
    need: "vault.centos.org, for CentOS's packages (1)",
    found: expect.stringContaining("ECONNREFUSED"),
    remedy: expect.stringContaining("curl -vLo /dev/null http://vault.centos.org/"),
    fatal: true,
    verdict: "artifact",
  });
});

test.each([
  [[], "artifact"],
  [["--offline"], "artifact"],
  // What machines download by themselves they lack within the guide, but for the box that they are made of.
  [["--online"], "infrastructure"],
])(
  "the exit code is that of a run, which may lack more than files on this host: %j",
  async (args, verdict) => {
    const { stdout, exitCode } = await doctor("--json", ...args);
    const { shortfalls } = z.object({ shortfalls: z.array(shortfall) }).parse(JSON.parse(stdout));
    const fatal = shortfalls.filter((one) => one.fatal);
    const ofFiles = fatal.filter(({ need }) => /artifact set|packages for yum|, for |^box /.test(need));
    expect(new Set(ofFiles.map((one) => one.verdict))).toContain(verdict);
    const isHost = fatal.some((one) => !ofFiles.includes(one));
    expect(exitCode).toBe(isHost || verdict === "infrastructure" ? 4 : 3);
  },
);

const shortfall = z.object({ need: z.string(), fatal: z.boolean(), verdict: z.string().optional() });

test("a site that only another artifact set needs is a note", async () => {
  const { stdout } = await doctor("--artifacts", "debian");
  expect(stdout).toMatch(/^note {5}dl\.k8s\.io, /m);
  expect(stdout).toMatch(/^missing {2}vault\.centos\.org, /m);
});

test("packages for yum are to be fetched, or in the cache, and then nobody asks their sites", async () => {
  const before = await doctor();
  expect(before.stdout).toContain(
    "note     packages for yum: 2 to fetch: wget yum-utils, docker-ce. Nothing to do where",
  );
  const carried = join(host.folder, "carried");
  const rpm = Buffer.from([0xed, 0xab, 0xee, 0xdb]);
  const sha256 = createHash("sha256").update(rpm).digest("hex");
  const url = "http://vault.centos.org/centos/7/os/x86_64/Packages/a+b-1.rpm";
  const lock = {
    install: ["docker-ce", "wget yum-utils"],
    repositories: [],
    files: [{ url, bytes: 4, sha256 }],
  };
  await mkdir(carried);
  await writeFile(join(carried, "packages.lock.json"), JSON.stringify(lock));
  await writeFile(join(carried, "saved by a browser"), rpm);
  const imported = await execa(
    process.execPath,
    [join(projectRoot, "harness/cli/cli.ts"), "artifacts", "import", carried],
    { cwd: projectRoot },
  );
  expect(imported.stdout).toContain("taken     a+b-1.rpm (saved by a browser)");
  const { stdout } = await doctor();
  expect(stdout).toContain(
    "ok       packages for yum: in the cache; the next run lays them out, and sees whether they are enough\n",
  );
  expect(stdout).not.toMatch(/vault\.centos\.org|archive\.kernel\.org|download\.docker\.com/);
  expect(stdout).toContain("cached   what yum installs on CentOS: 1 of 1 files\n");
  expect((await doctor("--online")).stdout).toMatch(
    /^missing {2}vault\.centos\.org, (?:.|\n)*^missing {2}download\.docker\.com/m,
  );
});

test("of several sites for the same, those that fail are notes where one is in order", () => {
  const sites = ["a", "b", "b"].map((what) => ({ what, address: `http://${what}.example.org`, fatal: true }));
  const short = { need: "it", found: "403", remedy: "wait", fatal: true };
  const ok = { need: "it", found: "200" };
  expect(oneIsEnough(sites, [short, { ...short }, ok])).toEqual([short, { ...short, fatal: false }, ok]);
});

test("for embedded machines this host downloads upstream's files, so their sites are asked, too", async () => {
  const args = ["doctor", "--provider", "nspawn", "--artifacts", "upstream"];
  const closed = "http://127.0.0.1:9";
  const { stdout, exitCode } = await execa(
    process.execPath,
    [join(projectRoot, "harness/cli/cli.ts"), ...args],
    {
      reject: false,
      cwd: projectRoot,
      env: { XDG_CACHE_HOME: host.folder, http_proxy: closed, https_proxy: closed, no_proxy: "" },
    },
  );
  expect(exitCode).toBe(/^missing {2}(?!\S+, for )\S+ .*: /m.test(stdout) ? 4 : 3);
  expect(stdout).toMatch(/^missing {2}dl\.k8s\.io, for .*: connect ECONNREFUSED/m);
  expect(stdout).toMatch(/^missing {2}github\.com, for /m);
});

const short = (verdict?: Shortfall["verdict"], fatal = true): Shortfall => ({
  need: "it",
  found: "missing",
  remedy: "bring it",
  fatal,
  ...(verdict && { verdict }),
});

test.each([
  [0, []],
  [0, [{ need: "it", found: "here" }, short("artifact", false)]],
  [3, [short("artifact"), short("usage")]],
  // A run looks at its host before it takes an artifact.
  [4, [short("artifact"), short()]],
])("a run would end with %d", (code, checks) => {
  expect(exitCodeOf(checks)).toBe(code);
});
