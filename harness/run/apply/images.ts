import type { StepGroup } from "../../guide/types.ts";
import { dockerRuns, loadImages } from "../assists.ts";
import type { OpenCluster } from "../cluster/open.ts";
import type { Recorder } from "../recorder.ts";

/** Loads images into Docker on each machine where the guide starts it, while the guide goes on. */
export class ImageLoading {
  readonly #cluster: OpenCluster;
  readonly #recorder: Recorder;
  readonly #under = new Map<string, Promise<void>>();

  /** `there` are the steps that lead to where the machines stand: what they started has its images. */
  constructor(cluster: OpenCluster, recorder: Recorder, there: readonly StepGroup[]) {
    this.#cluster = cluster;
    this.#recorder = recorder;
    for (const machine of there.flatMap(startsDocker)) this.#under.set(machine, Promise.resolve());
  }

  async before(group: StepGroup): Promise<void> {
    if (mentionsDocker(group)) await this.ended();
  }

  after(group: StepGroup): void {
    for (const machine of startsDocker(group)) this.#begin(machine);
  }

  /** Begins, after the last block, on nodes where Docker runs though no step could be read to start it. */
  async rest(): Promise<void> {
    const nodes = this.#cluster.machines.filter(
      ({ name, role }) => role === "node" && !this.#under.has(name),
    );
    await Promise.all(
      nodes.map(async ({ name }) => {
        if (await dockerRuns(this.#cluster.connection(name))) this.#begin(name);
      }),
    );
  }

  #begin(machine: string): void {
    if (this.#under.has(machine)) return;
    const loading = this.#load(machine);
    // Whoever waits for it hears of its failure, however much later.
    loading.catch(() => undefined);
    this.#under.set(machine, loading);
  }

  /** All images are loaded. InfrastructureError if one cannot be. */
  async ended(): Promise<void> {
    await Promise.all(this.#under.values());
  }

  /** Nothing goes on any more, whatever came of it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#under.values());
  }

  async #load(machine: string): Promise<void> {
    const recorder = this.#recorder;
    const connection = this.#cluster.connection(machine);
    try {
      const assist = await recorder.spanOn(`${machine} ahead`, "load images", () =>
        loadImages(connection, this.#cluster.state.images),
      );
      recorder.assist(assist);
    } catch (error) {
      if (await dockerRuns(connection)) throw error;
      // What the guide has stopped again is the guide's; the images wait for its next start.
      this.#under.delete(machine);
      recorder.note(`${machine}: the images could not be loaded, for Docker does not run there any more.`);
    }
  }
}

const startsDocker = ({ steps }: StepGroup): string[] =>
  steps
    .flatMap(({ effects }) => effects)
    .filter(({ does, what }) => does === "starts" && what === "docker")
    .map(({ machine }) => machine);

/** What nobody could follow may speak of it, too; a reboot takes it away. */
const mentionsDocker = ({ steps }: StepGroup): boolean =>
  steps.some(({ reboots }) => reboots) ||
  steps.some(({ effects }) => effects.some(({ does, what }) => does === "unknown" || /^docker\b/.test(what)));
