import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, connect, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { temporaryFolder } from "../../testing.ts";
import type { ClusterSpec } from "../machine.ts";
import { startTestServer } from "../ssh/test-server.ts";
import { tools } from "../tools.ts";

const installed = (program: string): boolean =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));

/** Whether tests with the real vagrant are skipped, and not passed: on hosts without it; CI requires it. */
export const withoutVagrant = !installed("vagrant") && process.env["GUIDE_REQUIRE_VAGRANT"] === undefined;

/** What a program of the recorded host answers to a verb. */
export type Answer = {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  /** It says what it says, and does not end. */
  readonly hangs?: boolean;
  /** The signal that ends it. */
  readonly killedBy?: "KILL" | "ABRT" | "TERM";
};

type Program = "vagrant" | "virsh";
type Kind = "domains" | "networks" | "volumes";

const vagrantScript = `#!/bin/sh
echo "$*" >> "$RECORDED/vagrant.calls"
env > "$RECORDED/vagrant.env"
[ "$1" != --machine-readable ] || shift
cat "$RECORDED/vagrant.$1.stdout" 2>/dev/null
cat "$RECORDED/vagrant.$1.stderr" >&2 2>/dev/null
[ ! -f "$RECORDED/vagrant.$1.hangs" ] || sleep 300
[ ! -s "$RECORDED/vagrant.$1.signal" ] || kill -"$(cat "$RECORDED/vagrant.$1.signal")" $$
exit "$(cat "$RECORDED/vagrant.$1.exit" 2>/dev/null || echo 0)"
`;

const virshScript = `#!/bin/sh
echo "$*" >> "$RECORDED/virsh.calls"
shift 2
drop() { grep -vxF "$2" "$RECORDED/$1" > "$RECORDED/$1.new"; mv "$RECORDED/$1.new" "$RECORDED/$1"; }
if [ -f "$RECORDED/virsh.stderr" ]; then cat "$RECORDED/virsh.stderr" >&2; exit 1; fi
case $1 in
  list) cat "$RECORDED/domains" ;;
  net-list) cat "$RECORDED/networks" ;;
  pool-list) echo default ;;
  vol-list) echo ' Name   Path'; echo '-----'; sed 's|.*|& /images/&|' "$RECORDED/volumes" ;;
  domstate) cat "$RECORDED/domstate.$2" 2>/dev/null || cat "$RECORDED/domstate" ;;
  suspend) [ ! -f "$RECORDED/domstate.$2" ] || echo paused > "$RECORDED/domstate.$2" ;;
  domiflist) cat "$RECORDED/domiflist" ;;
  undefine) drop domains "$2" ;;
  net-undefine) drop networks "$2" ;;
  vol-delete) drop volumes "$4" ;;
esac
exit 0
`;

/**
 * A vagrant and a virsh on PATH that answer what was recorded and write down what they were asked, with state and cache folders of
 * their own; it goes away with the test.
 */
export async function recordedHost() {
  const folder = temporaryFolder();
  onTestFinished(() => void vi.unstubAllEnvs());
  const bin = join(folder, "bin");
  await mkdir(bin);
  const programs = { vagrant: vagrantScript, virsh: virshScript };
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), script);
    await chmod(join(bin, name), 0o755);
  }
  // With these it is started, whatever else the host lacks.
  for (const name of ["setpriv", "sh"]) await symlink(`/usr/bin/${name}`, join(bin, name));
  for (const name of ["domains", "networks", "volumes"]) await writeFile(join(folder, name), "");
  await writeFile(join(folder, "domstate"), "running\n");
  // What the recorded machine has, which is this host.
  const machinePrograms = join(folder, "machine");
  await mkdir(machinePrograms);
  for (const { program } of tools)
    await writeFile(join(machinePrograms, program), "#!/bin/sh\n", { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:/usr/bin:/bin:${machinePrograms}`);
  vi.stubEnv("RECORDED", folder);
  vi.stubEnv("XDG_STATE_HOME", join(folder, "state"));
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  const lines = async (name: string): Promise<string[]> =>
    (await readFile(join(folder, name), "utf8").catch(() => "")).split("\n").filter(Boolean);
  return {
    folder,
    /** What vagrant answers to a verb from now on. */
    async vagrant(
      verb: string,
      { stdout = "", stderr = "", exitCode = 0, hangs = false, killedBy }: Answer,
    ): Promise<void> {
      if (hangs) await writeFile(join(folder, `vagrant.${verb}.hangs`), "");
      await writeFile(join(folder, `vagrant.${verb}.stdout`), stdout);
      await writeFile(join(folder, `vagrant.${verb}.stderr`), stderr);
      await writeFile(join(folder, `vagrant.${verb}.exit`), String(exitCode));
      await writeFile(join(folder, `vagrant.${verb}.signal`), killedBy ?? "");
    },
    /** Names that libvirt has: virsh lists and removes them. */
    async libvirt(has: { [what in Kind]?: readonly string[] }): Promise<void> {
      for (const [name, values] of Object.entries(has)) {
        await writeFile(join(folder, name), values.map((value) => `${value}\n`).join(""));
      }
    },
    /** From now on one domain runs, and can be suspended; all others are off. */
    async suspends(domain: string): Promise<void> {
      await writeFile(join(folder, "domstate"), "shut off\n");
      await writeFile(join(folder, `domstate.${domain}`), "running\n");
    },
    /** What libvirt still has. */
    left: (what: Kind): Promise<string[]> => lines(what),
    /** Everything that vagrant or virsh was asked, a call a line. */
    calls: (program: Program): Promise<string[]> => lines(`${program}.calls`),
    /** Variables that vagrant was last run with. */
    async environment(): Promise<ReadonlyMap<string, string>> {
      const entries = (await lines("vagrant.env")).map((line): [string, string] => {
        const [name = "", ...value] = line.split("=");
        return [name, value.join("=")];
      });
      return new Map(entries);
    },
    /** Takes a program away. */
    async without(program: Program): Promise<void> {
      await rm(join(bin, program));
      // Not even the real one, where it is installed.
      vi.stubEnv("PATH", bin);
    },
  };
}

export type RecordedHost = Awaited<ReturnType<typeof recordedHost>>;

/** What is asked of vagrant on the recorded host. */
export const recordedSpec: ClusterSpec = {
  id: "vm",
  machines: [{ name: "t71", address: "192.168.77.71", role: "master" }],
  artifacts: "/nowhere",
  needs: {},
  online: true,
  kubernetes: "1.20.2",
};

/** A recorded host whose vagrant brings up the machine of `recordedSpec`. */
export async function recordedCluster(): Promise<{ host: RecordedHost; machine: RecordedMachine }> {
  const [host, machine] = [await recordedHost(), await recordedMachine("t71")];
  await host.vagrant("ssh-config", { stdout: machine.sshConfig });
  await host.vagrant("ssh", { stdout: `motd\n${machine.server.endpoint.hostKey} root@t71\r\n` });
  return { host, machine };
}

/** A stand-in for a machine's sshd that vagrant can name by address and port, as long as the test goes on. */
export async function recordedMachine(name: string) {
  const server = await startTestServer();
  const { transport, privateKeyFile } = server.endpoint;
  const path = transport.kind === "unix" ? transport.path : "";
  const door = createServer((socket) => {
    const inner = connect(path);
    socket.pipe(inner).pipe(socket);
    for (const end of [socket, inner]) end.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    door.close();
    await server[Symbol.asyncDispose]();
  });
  const port = portOf(door.address());
  return {
    server,
    /** Its part of `vagrant ssh-config`. */
    sshConfig: [
      `Host ${name}`,
      "  HostName 127.0.0.1",
      "  User root",
      `  Port ${port}`,
      "  UserKnownHostsFile /dev/null",
      "  StrictHostKeyChecking no",
      `  IdentityFile ${privateKeyFile}`,
      "",
      "",
    ].join("\n"),
  };
}

export type RecordedMachine = Awaited<ReturnType<typeof recordedMachine>>;

const portOf = (address: AddressInfo | string | null): number =>
  address !== null && typeof address === "object" ? address.port : 0;
