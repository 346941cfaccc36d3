import { z } from "zod";
import { GuideFailure } from "./engine.ts";
import type { Patience } from "./patience.ts";
import { slowness } from "./run.ts";
import { noteLook } from "./looks.ts";
import type { Run, SuiteMachine } from "./machine.ts";
import { shapedJson } from "./shape.ts";

const program = "/k8s/kubernetes/bin/kubectl";

/** kubectl on the master, with root's own access. */
export class Kubectl {
  readonly #master: SuiteMachine;
  readonly #patience: Patience;

  constructor(master: SuiteMachine, patience: Patience) {
    this.#master = master;
    this.#patience = patience;
  }

  /** Standard output of `kubectl ARGS`; GuideFailure if it does not exit with 0. */
  async run(args: string, options?: Run): Promise<string> {
    noteLook({ machine: this.#master.name, kind: "unit", name: "kube-apiserver" });
    const timeout = `--request-timeout=${this.#patience.seconds}s`;
    try {
      return await this.#master.succeed(`${program} ${timeout} ${args}`, options);
    } catch (thrown) {
      // Without etcd, the apiserver keeps its clients waiting.
      if (thrown instanceof GuideFailure && /Client.Timeout|deadline exceeded/.test(thrown.message)) {
        this.#patience.lose();
      }
      throw thrown;
    }
  }

  /** `kubectl wait ARGS`; GuideFailure if it does not come about within that many seconds. */
  async wait(args: string, seconds: number): Promise<void> {
    const deadline = (seconds + 10) * 1000;
    await this.#master.succeed(`${program} wait --timeout=${seconds * slowness}s ${args}`, { deadline });
  }

  /** The object or list that `kubectl ARGS -o json` prints; GuideFailure if it has not the shape asked for. */
  async json<T>(schema: z.ZodType<T>, args: string): Promise<T> {
    const command = `kubectl ${args} -o json`;
    return shapedJson(schema, await this.run(`${args} -o json`), `The answer to \`${command}\``, {
      machine: this.#master.name,
      command,
      hint: "See what the apiserver's journal says of the object.",
    });
  }
}

/** A Kubernetes list of items. */
export const listOf = <T>(item: z.ZodType<T>): z.ZodType<{ items: T[] }> =>
  z.object({ items: z.array(item) });
