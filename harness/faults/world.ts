import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { broughtSets } from "../artifacts/index.ts";
import { Deadlines } from "../deadlines.ts";
import { processesWith } from "../host/processes/processes.ts";
import type { HostLoad } from "../host/load.ts";
import { broughtProviders } from "../machines/index.ts";
import type { Provider, SshEndpoint } from "../machines/machine.ts";
import type { TestServer } from "../machines/ssh/test-server.ts";
import { giveProfile, guideMachines } from "../profile/testing.ts";
import type { Reporter } from "../record/events.ts";
import type { RunRecord } from "../record/record.ts";
import { defaultSettings, type Settings } from "../settings/settings.ts";
import type { KeepPolicy } from "../run/cluster/run-cluster.ts";
import { LoadWatch } from "../run/cluster/load-watch.ts";
import type { Run } from "../run/run.ts";
import { withRun } from "../run/workflow.ts";
import { loadSample } from "../testing.ts";
import { type Point, pointsOf } from "./points.ts";
import { asked, guide, milestones, running } from "./scenario.ts";
import { recordedProvider, recordedSet } from "./recorded.ts";
import { type Answer, scriptedMachine } from "./scripted-machine.ts";

/** What a hit does at its point, and what a machine answers in the place of a good answer. */
export type Hit = Promise<unknown> | Answer | void;

/** What a test need not wait for, whatever becomes of a busy host. */
const always = { unitRests: 1, end: 100, goodbye: 100 } as const;

/** Where a call never returns: short enough to be no burden for a test. A busy host may be over them, too. */
const hurried = {
  windDown: 3000,
  evidence: 500,
  teardown: 500,
  report: 500,
  suiteSilence: 1000,
} as const;

/** Milliseconds for a run in which everything returns, on however busy a host. */
export const patient = 120_000;

/** How long a test of such a run may take. */
export const longTimeout = { timeout: patient + 30_000 };

/** A host with recorded machines and suites; `hits` are what happens when a run comes to a point. */
export class FaultTestbed implements AsyncDisposable {
  /** The name of its cluster, its provider and its artifact set, by which a run finds them. */
  readonly id = `faults-${randomUUID()}`;
  readonly host = new EventEmitter();
  readonly hits = new Map<Point, (machine?: string) => Hit>();
  readonly folder: string;
  readonly reporters: Reporter[] = [];
  suites = "green";
  /** What systemd says of the guide's one unit. */
  unit = running;
  /** Whether Docker runs, which no step of the guide starts. */
  docker = false;
  /** Milliseconds until the run's own deadline, if something never returns: then all limits are short. */
  hurry: number | undefined;
  /** Milliseconds by which the wall clock is off. */
  skew = 0;
  /** How busy the host is said to be; it has time unless told. */
  load: HostLoad | undefined;
  machines = false;
  #frozen = false;
  readonly #servers = new Map<string, TestServer>();
  readonly #stubborn: Server[] = [];
  readonly #endpoints = new Map<string, string>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** With `more`, its provider can do more than the recorded one. */
  static async make(more: (recorded: Provider) => Provider = (recorded) => recorded): Promise<FaultTestbed> {
    const world = new FaultTestbed(await mkdtemp(join(tmpdir(), "faults-")));
    const recorded = recordedProvider({
      reach: (point) => world.reach(point),
      has: (machines) => void (world.machines = machines),
      endpoint: (machine) => world.#endpoint(machine),
    });
    broughtProviders.set(world.id, more(recorded));
    const set = recordedSet(world.folder, () => world.reach("in prepare"));
    broughtSets.set(world.id, set);
    await Promise.all([writeFile(join(world.folder, "guide.md"), guide), giveProfile(world.folder)]);
    await Promise.all(
      guideMachines.map(async ({ name }) => {
        const script = (machine: string, command: string): Promise<Answer> => world.#answer(machine, command);
        world.#servers.set(name, await scriptedMachine(name, script, () => world.reach("in connect")));
      }),
    );
    return world;
  }

  async #answer(machine: string, command: string): Promise<Answer> {
    const boundary = asked.find(([part]) => command.includes(part))?.[1];
    const answer = boundary && (await this.reach(`in ${boundary}`, machine));
    const shown =
      (command.includes("systemctl show --property=LoadState") && { stdout: this.unit }) ||
      (command.includes("/random/boot_id") && { stdout: "boot\n" });
    const active = command.includes("is-active docker") && this.docker && { stdout: "active\n" };
    return { ...(boundary === "wait" && { stdout: "Ready\n" }), ...shown, ...active, ...answer };
  }

  async reach(point: Point, machine?: string): Promise<Answer> {
    const hit = await this.hits.get(point)?.(machine);
    return typeof hit === "object" && hit !== null ? hit : {};
  }

  /** Machines stop answering; they do not even notice any more that a connection ends. */
  freeze = (): void => {
    this.#frozen = true;
    this.#servers.forEach((server) => server.freeze());
  };
  cut = (): void => this.#servers.forEach((server) => server.cut());

  /** From now on machines accept connections, which `heard` is told of, and say nothing. */
  async mute(heard: () => void): Promise<void> {
    const path = join(this.folder, "mute");
    const server = createServer(heard);
    this.#stubborn.push(server);
    await new Promise<void>((listening) => void server.listen(path, () => listening()));
    for (const { name } of guideMachines) this.#endpoints.set(name, path);
  }

  /** From now on nobody listens where machines were. */
  vanish(): void {
    for (const { name } of guideMachines) this.#endpoints.set(name, join(this.folder, "nobody"));
  }

  #endpoint(machine: string): SshEndpoint {
    const server = this.#servers.get(machine);
    if (!server) throw new Error(`no machine ${machine}`);
    const path = this.#endpoints.get(machine);
    return path === undefined ? server.endpoint : { ...server.endpoint, transport: { kind: "unix", path } };
  }

  /** Fires hits by what the run says it does; sees everything first. */
  readonly #watch: Reporter = {
    name: "watch",
    onEvent: (event) => {
      for (const point of pointsOf(event)) void this.hits.get(point)?.();
    },
    write: async () => {
      await this.reach("in report");
      return [];
    },
    tell: async () => void (await this.reach("after report")),
  };

  run(settings: Partial<Settings> = {}, body = this.#e2e, keep?: KeepPolicy): Promise<RunRecord> {
    return withRun({
      ...(keep && { keep }),
      command: "e2e",
      settings: {
        ...defaultSettings,
        cluster: this.id,
        provider: this.id,
        artifacts: this.id,
        guide: join(this.folder, "guide.md"),
        ...settings,
      },
      reporters: [this.#watch, ...this.reporters],
      reports: join(this.folder, "reports"),
      // How busy this host is has no say.
      load: new LoadWatch(() => loadSample({ at: performance.now() })),
      deadlines: new Deadlines(1, {
        ...always,
        ...(this.hurry === undefined ? { run: patient } : { ...hurried, run: this.hurry }),
      }),
      host: this.host,
      // The wall clock is off by nothing else, however late a test comes to it.
      clocks: { wall: () => performance.now() + this.skew, monotonic: () => performance.now() },
      program: {
        run: (wanted) => [join(import.meta.dirname, "fake-suites.ts"), this.suites, this.folder, ...wanted],
        list: async (wanted) =>
          wanted.flatMap((milestone) => ["first", "second"].map((name) => ({ milestone, name }))),
      },
      body: async (run) => {
        const { load } = this;
        if (load) Object.assign(run.recorder.load, { between: () => load });
        await body(run);
      },
    });
  }

  readonly #e2e = async (run: Run): Promise<void> => {
    const plan = await run.plan();
    await run.request({ plan, suites: milestones });
    await run.up(await run.prepare());
    await run.suites(milestones, { before: (beside) => run.apply(plan, { beside }) });
  };

  /** What the run has left: machines, connections, processes, listeners; empty if nothing. */
  async left(): Promise<string[]> {
    const connections = this.#frozen
      ? []
      : [...this.#servers].filter(([, server]) => server.connections() > 0);
    return [
      ...(this.machines ? ["machines"] : []),
      ...connections.map(([name]) => `a connection to ${name}`),
      ...(await processesWith("cmdline", this.folder)).map((pid) => `process ${pid}`),
      ...this.host.eventNames().map((name) => `a listener for ${String(name)}`),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    broughtProviders.delete(this.id);
    broughtSets.delete(this.id);
    await Promise.all([...this.#servers.values()].map((server) => server[Symbol.asyncDispose]()));
    for (const server of this.#stubborn) server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
