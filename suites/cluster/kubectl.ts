import { z } from "zod";
import { GuideFailure } from "./engine.ts";
import type { Run, SuiteMachine } from "./machine.ts";

const program = "/k8s/kubernetes/bin/kubectl";
/** Seconds that one request may take: without etcd, the apiserver keeps its clients waiting. */
const patience = 10;

/** kubectl on the master, with root's own access. */
export class Kubectl {
  readonly #master: SuiteMachine;

  constructor(master: SuiteMachine) {
    this.#master = master;
  }

  /** Standard output of `kubectl ARGS`; GuideFailure if it does not exit with 0. */
  run(args: string, options?: Run): Promise<string> {
    return this.#master.succeed(`${program} --request-timeout=${patience}s ${args}`, options);
  }

  /** `kubectl wait ARGS`; GuideFailure if it does not come about within that many seconds. */
  async wait(args: string, seconds: number): Promise<void> {
    const deadline = (seconds + patience) * 1000;
    await this.#master.succeed(`${program} wait --timeout=${seconds}s ${args}`, { deadline });
  }

  /** The object or list that `kubectl ARGS -o json` prints; GuideFailure if it has not the shape asked for. */
  async json<T>(schema: z.ZodType<T>, args: string): Promise<T> {
    const command = `kubectl ${args} -o json`;
    const parsed = schema.safeParse(JSON.parse(await this.run(`${args} -o json`)));
    if (parsed.success) return parsed.data;
    throw new GuideFailure(
      `The answer to \`${command}\` is not as expected:\n${z.prettifyError(parsed.error)}`,
      {
        machine: this.#master.name,
        command,
        hint: "See what the apiserver's journal says of the object.",
      },
    );
  }
}

/** A Kubernetes list of items. */
export const listOf = <T>(item: z.ZodType<T>): z.ZodType<{ items: T[] }> =>
  z.object({ items: z.array(item) });
