import { request } from "node:http";
import type { Duplex } from "node:stream";
import { GuideFailure } from "./engine.ts";

export type HttpRequest = {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly method?: "GET" | "POST" | "DELETE";
  readonly path?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
};

export type HttpAnswer = { readonly status: number; readonly body: string };

/** One HTTP request on a stream of its own, named with its scheme where it fails: GuideFailure if no answer comes. */
export function exchange(
  stream: Duplex,
  scheme: "http" | "https",
  { host, port, token, method = "GET", path = "/", body }: HttpRequest,
): Promise<HttpAnswer> {
  const done = Promise.withResolvers<HttpAnswer>();
  const failed = (reason: string): void =>
    done.reject(
      new GuideFailure(`${method} ${scheme}://${host}:${port}${path}: ${reason}`, {
        hint: "See the journal of the unit that listens there.",
      }),
    );
  const content = body === undefined ? undefined : JSON.stringify(body);
  const sent = request({
    createConnection: () => stream,
    host,
    port,
    method,
    path,
    headers: {
      connection: "close",
      ...(content !== undefined && { "content-type": "application/json" }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
  sent.on("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", (error) => failed(error.message));
    response.on("end", () =>
      done.resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
    );
  });
  sent.on("error", (error) => failed(error.message));
  sent.end(content);
  return done.promise;
}
