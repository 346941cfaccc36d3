import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "zx";
import { Deadlines } from "../../deadlines.ts";
import { HarnessDefect } from "../../errors.ts";
import { projectRoot } from "../../host/paths.ts";
import type { SshEndpoint } from "../../machines/machine.ts";
import { lockCluster } from "../../machines/ledger/cluster-lock.ts";
import { artifactFolder } from "../../machines/ssh/deliver.ts";
import { shellQuote } from "../../machines/ssh/quote.ts";
import { down, optionsOf } from "../pool/children.ts";
import { openCluster } from "../../run/cluster/open.ts";
import { planOf, type Settings } from "../../settings/settings.ts";
import { e2eFigures } from "./figures.ts";
import { type Figures, greenRecordOf, timed } from "./runs.ts";
import { typedGuide } from "./typed.ts";

/**
 * One pair: the guide typed by hand, machines up and down included, and `pnpm e2e`; in turns the one or the other first, so
 * that what the host does meanwhile meets both.
 */
export async function pair(settings: Settings, e2eFirst: boolean, signal: AbortSignal): Promise<Figures> {
  const options = optionsOf(settings);
  const e2e = () => timed(() => greenRecordOf("e2e", options, signal));
  const before = e2eFirst ? await e2e() : undefined;
  const hand = await byHand(settings, signal);
  const { seconds: e2eSeconds, value } = before ?? (await e2e());
  const { seconds: greenSeconds } = e2eFigures(value);
  return { ratio: e2eSeconds / hand.byHandSeconds, e2eSeconds, greenSeconds, ...hand };
}

async function byHand(settings: Settings, signal: AbortSignal) {
  try {
    const up = await timed(() => greenRecordOf("up", optionsOf(settings), signal));
    const typed = await timed(() => lockCluster(settings.cluster, () => typeByHand(settings, signal)));
    const removed = await timed(() => down(settings));
    const [upSeconds, typedSeconds, downSeconds] = [up.seconds, typed.seconds, removed.seconds];
    return { byHandSeconds: upSeconds + typedSeconds + downSeconds, upSeconds, typedSeconds, downSeconds };
  } catch (thrown) {
    await down(settings);
    throw thrown;
  }
}

/** Types the guide on a cluster that is up and has nothing of it yet. HarnessDefect if that fails, or a look does. */
async function typeByHand(settings: Settings, signal: AbortSignal): Promise<void> {
  await using scratch = await mkdtempDisposable(join(tmpdir(), "guide-by-hand-"));
  const folder = scratch.path;
  const plan = await planOf(settings);
  const cluster = await openCluster(settings.cluster, { signal, deadlines: new Deadlines() });
  const { machines, running, state } = cluster;
  await cluster.close();
  const endpoints = running.machines.map(({ endpoint }) => endpoint);
  const workload = await readFile(join(projectRoot, "fixtures/manifests/workload.yaml"), "utf8");
  const config = join(folder, "ssh_config");
  const script = join(folder, "by-hand.sh");
  const knownHosts = endpoints.map(({ machine, hostKey }) => `${machine} ${hostKey}\n`);
  await writeFile(config, sshConfig(endpoints, folder));
  await writeFile(join(folder, "known_hosts"), knownHosts.join(""));
  const typing = {
    config,
    machines,
    images: `${artifactFolder}/${state.images}`,
    workload: workload.replace("{{stay}}", "20"),
  };
  await writeFile(script, typedGuide(plan, typing));
  const { exitCode, stdout, stderr } = await $({
    quiet: true,
    nothrow: true,
    signal,
    stdio: "pipe",
  })`bash ${script}`;
  signal.throwIfAborted();
  if (exitCode === 0) return;
  throw new HarnessDefect("The guide that was typed by hand did not come to its end", {
    ...(exitCode !== null && { exitCode }),
    outputTail: `${stdout}\n${stderr}`.trim().slice(-2000),
  });
}

/** ssh_config(5), with a host for each machine. */
const sshConfig = (endpoints: readonly SshEndpoint[], folder: string): string =>
  endpoints
    .map(
      (endpoint) => `Host ${endpoint.machine}
  ${wayTo(endpoint)}
  User ${endpoint.user}
  IdentityFile ${endpoint.privateKeyFile}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(folder, "known_hosts")}
  HostKeyAlias ${endpoint.machine}
  ControlPath ${join(folder, "%n")}
`,
    )
    .join("");

/** A machine that is reached by a socket of its own is reached by a program that passes bytes on. */
function wayTo({ transport }: SshEndpoint): string {
  if (transport.kind === "tcp") return `HostName ${transport.host}\n  Port ${transport.port}`;
  const pipe =
    'const s = require("net").connect(process.argv[1]); process.stdin.pipe(s); s.pipe(process.stdout)';
  return `ProxyCommand ${[process.execPath, "-e", pipe, transport.path].map(shellQuote).join(" ")}`;
}
