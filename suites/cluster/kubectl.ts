import { Readable } from "node:stream";
import { z } from "zod";
import { GuideFailure, sh } from "../../harness/cluster.ts";
import { once } from "./trace/once.ts";
import type { HttpAnswer, HttpRequest } from "./tls/http.ts";
import type { AnswerTimeout } from "./waits/answer-timeout.ts";
import { traceAccess } from "./trace/access-trace.ts";
import type { Run, SuiteMachine } from "./machine.ts";
import { profile } from "./run.ts";
import { shapedJson } from "./expect/shape.ts";

const program = profile.programs.kubectl;
/** Whose answers kubectl waits for. */
const server = "apiserver by kubectl";
const hint = "See what the apiserver's journal says of the object.";

/** Ends with its standard input, and so with the connection. */
const proxy = sh`exec 3<&0
${program} proxy --port=0 1>&2 3<&- &
proxy=$!
{ cat <&3; kill $proxy; } >/dev/null 2>&1 &
wait $proxy`;

/** A change that a watch told: `ADDED`, `MODIFIED`, `DELETED`, the object as it then was, and when, by `performance.now`. */
type Change<T> = { readonly at: number; readonly type: string; readonly object: T };

/** A watch that goes on until `end`; `changes` are those it has told so far, in order. */
export type Watch<T> = { readonly changes: () => Change<T>[]; readonly end: () => void };

/** kubectl on the master, with root's own access. */
export class Kubectl {
  readonly #master: SuiteMachine;
  readonly #answerTimeout: AnswerTimeout;
  /** Standard input of the proxy. */
  #life = new Readable({ read: () => undefined });
  #proxy = once(() => this.#startProxy());

  constructor(master: SuiteMachine, answerTimeout: AnswerTimeout) {
    this.#master = master;
    this.#answerTimeout = answerTimeout;
  }

  /** Standard output of `kubectl ARGS`; GuideFailure if it does not exit with 0. */
  async run(args: string, options?: Run): Promise<string> {
    traceAccess({ machine: this.#master.name, kind: "unit", name: "kube-apiserver" });
    const timeout = `--request-timeout=${this.#answerTimeout.secondsFor(server)}s`;
    try {
      const answer = await this.#master.succeed(sh`${program} ${timeout} ${args}`, options);
      this.#answerTimeout.find(server);
      return answer;
    } catch (thrown) {
      // Without etcd, the apiserver keeps its clients waiting.
      if (thrown instanceof GuideFailure && /Client.Timeout|deadline exceeded/.test(thrown.message)) {
        this.#answerTimeout.lose(server);
      }
      throw thrown;
    }
  }

  /**
   * The object or list at a path of the API, as `kubectl proxy` has it: one process answers what would be many of kubectl.
   * GuideFailure if there is none, or it has not the shape asked for.
   */
  async get<T>(schema: z.ZodType<T>, path: string): Promise<T> {
    const { body } = await this.#ask("GET", path, [200]);
    return this.#shaped(schema, body, `GET ${path}`, `kubectl get --raw '${path}'`);
  }

  /** The object at a path as the API hands it to its own programs, in protobuf. GuideFailure as of `get`. */
  async protobuf(path: string): Promise<Buffer> {
    const accept = "application/vnd.kubernetes.protobuf";
    return (await this.#ask("GET", path, [200], { accept })).bytes;
  }

  /** Watches the objects of a path from a version on, as controllers do. GuideFailure as of `get`. */
  async watch<T>(schema: z.ZodType<T>, path: string, since: string): Promise<Watch<T>> {
    const told: { readonly at: number; readonly line: string }[] = [];
    const read: Change<T>[] = [];
    const end = await this.#master.follow(
      await this.#proxy(),
      `${path}?watch=1&resourceVersion=${since}`,
      (line) => told.push({ at: performance.now(), line }),
    );
    const change = z.object({ type: z.string(), object: schema });
    const what = `A change that the apiserver tells of ${path}`;
    return {
      changes: () => {
        for (const { at, line } of told.slice(read.length))
          read.push({ at, ...shapedJson(change, line, what, { hint }) });
        return [...read];
      },
      end,
    };
  }

  /** Creates an object among those of a path, and gives it as the apiserver has it. GuideFailure as of `get`. */
  async create<T>(schema: z.ZodType<T>, path: string, object: object): Promise<T> {
    const { body } = await this.#ask("POST", path, [201], { body: object });
    return this.#shaped(schema, body, `POST ${path}`);
  }

  /** Puts an object in the place of that at a path, if there is one, and gives it as the apiserver has it. GuideFailure as of `get`. */
  async replace<T>(schema: z.ZodType<T>, path: string, object: object): Promise<T> {
    const { body } = await this.#ask("PUT", path, [200, 201], { body: object });
    return this.#shaped(schema, body, `PUT ${path}`);
  }

  #shaped<T>(schema: z.ZodType<T>, text: string, asked: string, command?: string): T {
    return shapedJson(schema, text, `The answer to ${asked}`, {
      machine: this.#master.name,
      ...(command !== undefined && { command }),
      hint,
    });
  }

  /** Deletes the object at a path, at once and whether it is there or not. GuideFailure if the apiserver refuses. */
  async delete(path: string): Promise<void> {
    await this.#ask("DELETE", `${path}?gracePeriodSeconds=0`, [200, 202, 404]);
  }

  async #ask(
    method: NonNullable<HttpRequest["method"]>,
    path: string,
    wanted: readonly number[],
    options: Pick<HttpRequest, "accept" | "body"> = {},
  ): Promise<HttpAnswer> {
    const { name: machine } = this.#master;
    traceAccess({ machine, kind: "unit", name: "kube-apiserver" });
    const port = await this.#proxy();
    const answer = await this.#master.http({ port, path, method, ...options });
    if (wanted.includes(answer.status)) return answer;
    throw new GuideFailure(`${method} ${path}: HTTP ${answer.status}: ${refusalOf(answer.body)}`, {
      machine,
      hint,
    });
  }

  /** Ends what `get` has started. */
  close(): void {
    this.#life.push(null);
  }

  /** For a master that was booted, or a proxy that is over: what `get` had started is gone. */
  renew(): void {
    this.close();
    this.#life = new Readable({ read: () => undefined });
    this.#proxy = once(() => this.#startProxy());
  }

  async #startProxy(): Promise<number> {
    const own = this.#proxy;
    // Whoever asks next starts another one.
    const isOver = (): void => {
      if (this.#proxy === own) this.renew();
    };
    try {
      const { ended, said } = await this.#master.start(
        proxy,
        /Starting to serve on 127\.0\.0\.1:(\d+)/,
        this.#life,
      );
      ended.then(isOver, isOver);
      return Number(said[1]);
    } catch (thrown) {
      isOver();
      throw thrown;
    }
  }

  /** The object or list that `kubectl ARGS -o json` prints; GuideFailure if it has not the shape asked for. */
  async json<T>(schema: z.ZodType<T>, args: string): Promise<T> {
    const command = `kubectl ${args} -o json`;
    return this.#shaped(schema, await this.run(sh`${args} -o json`), `\`${command}\``, command);
  }
}

/** What a body says of a refusal: its message, where it is a Status (meta/v1). */
function refusalOf(body: string): string {
  try {
    return z.object({ message: z.string() }).parse(JSON.parse(body)).message;
  } catch {
    return body.trim();
  }
}

export const listOf = <T>(item: z.ZodType<T>): z.ZodType<{ items: T[] }> =>
  z.object({ items: z.array(item) });

/** What comes of work with an object, which is deleted after it. Where the work fails, that is told, and not that the object stays. */
export async function withOwn<T>(kubectl: Kubectl, path: string, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (thrown) {
    await kubectl.delete(path).catch(() => undefined);
    throw thrown;
  }
  await kubectl.delete(path);
  return result;
}
