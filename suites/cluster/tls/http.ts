import { request } from "node:http";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { GuideFailure } from "../../../harness/cluster.ts";

export type HttpRequest = {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly path?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The form that the answer is to have: its media type. */
  readonly accept?: string;
};

export type HttpAnswer = {
  readonly status: number;
  readonly body: string;
  /** The body as it came, for forms that are no text. */
  readonly bytes: Buffer;
};

const failure = (asked: string, reason: string): GuideFailure =>
  new GuideFailure(`${asked}: ${reason}`, { hint: "See the journal of the unit that listens there." });

/** What a token must not have, for no header has it (RFC 9110, 5.5). */
const uncarried = /[^\x20-\x7e]/u;

/**
 * One HTTP request on a stream of its own, named with its scheme where it fails: GuideFailure if no answer comes, or the
 * token cannot be sent.
 */
export function exchange(
  stream: Duplex,
  scheme: "http" | "https",
  { host, port, token, method = "GET", path = "/", body, accept }: HttpRequest,
): Promise<HttpAnswer> {
  const done = Promise.withResolvers<HttpAnswer>();
  const failed = (reason: string): void =>
    done.reject(failure(`${method} ${scheme}://${host}:${port}${path}`, reason));
  const [odd] = uncarried.exec(token ?? "") ?? [];
  if (odd !== undefined) {
    failed(`its token has U+${odd.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`);
    return done.promise;
  }
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
      ...(accept !== undefined && { accept }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
  sent.on("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", (error) => failed(error.message));
    response.on("end", () => {
      const bytes = Buffer.concat(chunks);
      done.resolve({ status: response.statusCode ?? 0, body: bytes.toString(), bytes });
    });
  });
  sent.on("error", (error) => failed(error.message));
  sent.end(content);
  return done.promise;
}

/**
 * Follows an answer that goes on, line by line, until its stream ends; resolves once the server has said that it follows.
 * GuideFailure if it refuses, or ends before.
 */
export function followLines(
  stream: Duplex,
  { host, port, path = "/" }: HttpRequest,
  onLine: (line: string) => void,
): Promise<void> {
  const begun = Promise.withResolvers<void>();
  const failed = (reason: string): void => begun.reject(failure(`GET http://${host}:${port}${path}`, reason));
  const sent = request({ createConnection: () => stream, host, port, path });
  sent.on("response", (response) => {
    if (response.statusCode === 200) begun.resolve();
    else failed(`HTTP ${response.statusCode}`);
    const lines = createInterface(response);
    lines.on("line", onLine);
    // Whoever has enough ends the stream; what is missing because it ended otherwise is missed by who waits for it.
    lines.on("error", () => lines.close());
  });
  sent.on("error", (error) => failed(error.message));
  sent.end();
  return begun.promise;
}
