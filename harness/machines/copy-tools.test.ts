import { chmod, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silent } from "../progress.ts";
import { testContext, temporaryFolder } from "../testing.ts";
import { copyProgram, linkedTo, supplyTools } from "./copy-tools.ts";
import type { MachineSpec } from "./machine.ts";
import { findProgram } from "../host/packages/packages.ts";
import { connect } from "./ssh/connect.ts";
import type { Connection } from "./ssh/connection.ts";
import { startTestServer, type TestServer } from "./ssh/test-server.ts";
import { tools } from "./tools.ts";

const context = testContext();
const node: MachineSpec = { name: "t72", role: "node", address: "192.168.4.72" };

let server: TestServer;
let real: Connection;
let folder: string;
beforeEach(async () => {
  server = await startTestServer();
  real = await connect(server.endpoint, context);
  folder = temporaryFolder();
  await mkdir(join(folder, "bin"));
  await mkdir(join(folder, "lib/guide"), { recursive: true });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await real.close();
  await server[Symbol.asyncDispose]();
});

const inside = (text: string): string => text.replaceAll("/usr/local", folder);

/** The test server is this host: the machine's /usr/local is a folder of the test's, and its PATH leads there alone. */
const machine = (): Connection => ({
  ...real,
  machine: "t72",
  exec: (command, options) => real.exec(`PATH=${folder}/bin; ${inside(command)}`, options),
  writeFile: (path, content, options) =>
    real.writeFile(
      inside(path),
      path.includes("/lib/guide/") ? content : inside(content.toString()),
      options,
    ),
});

/** Puts programs on the machine that do nothing. */
async function give(programs: readonly string[]): Promise<void> {
  for (const program of programs)
    await writeFile(join(folder, "bin", program), "#!/bin/sh\n", { mode: 0o755 });
  for (const program of ["mkdir", "sh"])
    await symlink((await findProgram(program)) ?? "", join(folder, "bin", program)).catch(() => undefined);
}

const all = tools.map(({ program }) => program);

describe("a machine", () => {
  it("that has all tools is left alone", async () => {
    await give(all);
    const before = await readdir(join(folder, "bin"));
    expect(await supplyTools(machine(), node, "centos7", silent, context)).toEqual([]);
    expect(await readdir(join(folder, "bin"))).toEqual(before);
  });

  it("is given what the guide's reader has not, either, and runs it from there", async () => {
    await give(all.filter((program) => program !== "tcpdump" && program !== "wget"));
    // The host's tcpdump, for this test: a program that is linked, and says how it was called.
    await mkdir(join(folder, "host"));
    await symlink((await findProgram("sort")) ?? "", join(folder, "host/tcpdump"));
    vi.stubEnv("PATH", `${join(folder, "host")}:${process.env["PATH"]}`);
    const brought = await supplyTools(machine(), node, "centos7", silent, context);
    expect(brought.map(({ program }) => program)).toEqual(["tcpdump"]);
    expect(await readdir(join(folder, "lib/guide/tools"))).toEqual(
      expect.arrayContaining(["tcpdump", "libc.so.6"]),
    );
    const { stderr } = await execa(join(folder, "bin/tcpdump"), [], { input: "", reject: false });
    expect(stderr).toMatch(/invalid option -- 'Z'/);
  });

  it("that does not say in time what it has is infrastructure", async () => {
    const mute = { ...machine(), exec: async () => ({ ...(await real.exec("true")), timedOut: true }) };
    await expect(supplyTools(mute, node, "centos7", silent, context)).rejects.toMatchObject({
      verdict: "infrastructure",
    });
  });

  it("that lacks another tool is infrastructure, with the command to type", async () => {
    await give(all.filter((program) => program !== "ip" && program !== "ping"));
    await expect(supplyTools(machine(), node, "centos7", silent, context)).rejects.toMatchObject({
      verdict: "infrastructure",
      message: "t72 has no ping, ip",
      details: {
        machine: "t72",
        hint: "The guide was not started. Run on it, or in its box: `yum -y install iputils iproute`.",
      },
    });
  });
});

it("a program that is brought runs with its own loader and libraries, whatever the machine has", async () => {
  await give([]);
  await copyProgram(machine(), "sort", context);
  const started = await execa(join(folder, "bin/sort"), ["-r"], { input: "a\nb\n", env: { PATH: "" } });
  expect(started.stdout).toBe("b\na");
  const libraries = join(folder, "lib/guide/tools");
  const loader = (await readdir(libraries)).find((file) => file.startsWith("ld-"));
  await chmod(join(libraries, loader ?? ""), 0o600);
  await expect(execa(join(folder, "bin/sort"), { input: "" })).rejects.toThrow(/denied/);
});

it("a program that this host has not is told", async () => {
  await expect(copyProgram(machine(), "no-such-program", context)).rejects.toThrow(
    "This host has no no-such-program to copy to the machines",
  );
});

it("a machine on which there is no room for a program is to blame, not the guide", async () => {
  await give([]);
  await writeFile(join(folder, "lib/guide/tools"), "no folder");
  await expect(copyProgram(machine(), "sort", context)).rejects.toMatchObject({ verdict: "infrastructure" });
});

it("ldd names the loader without an arrow", () => {
  const printed = `	linux-vdso.so.1 (0x00007ffd)
	libpcap.so.0.8 => /lib/x86_64-linux-gnu/libpcap.so.0.8 (0x00007f01)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f02)
	/lib64/ld-linux-x86-64.so.2 (0x00007f03)
`;
  expect(linkedTo(printed)).toEqual([
    "/lib/x86_64-linux-gnu/libpcap.so.0.8",
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib64/ld-linux-x86-64.so.2",
  ]);
});
