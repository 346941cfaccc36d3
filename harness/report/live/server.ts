import { once } from "node:events";
import { watch } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";
import { readIfThere } from "../../host/files.ts";
import { parseJson } from "../../host/persisted.ts";
import { projectRoot } from "../../host/paths.ts";
import type { RunEvent } from "../../record/record.ts";
import { livePage } from "./page.ts";
import { soFar } from "./so-far.ts";

export type ServerOptions = {
  readonly reports: string;
  /** Id of the newest run; undefined if there is none. */
  readonly newest: () => Promise<string | undefined>;
  /** Whether a run without a report may be under way. */
  readonly goesOn: (run: string) => boolean;
  /** 0 for any that is free. */
  readonly port: number;
  readonly signal: AbortSignal;
};

/** Types of what a run leaves; anything else is text. */
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".json": "application/json",
  ".xml": "text/xml",
};

/**
 * Serves the runs' folders on the loopback address until the signal, and gives its address: `/` is the newest run, whose page
 * follows it as it goes on. Only who asks for this host by a name of its own is answered, for other sites' pages must not read it.
 */
export async function serveReports(options: ServerOptions): Promise<string> {
  const { port, signal } = options;
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  server.listen({ port, host: "127.0.0.1", signal });
  signal.addEventListener("abort", () => server.closeAllConnections());
  await once(server, "listening", { signal });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : port}/`;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
): Promise<void> {
  const { reports, newest, goesOn, signal } = options;
  const end = (status: number, text: string, type = "text/plain"): void => {
    response.writeHead(status, { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" });
    response.end(text);
  };
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? ""))
    return end(403, "another host");
  if (request.method !== "GET") return end(405, "only GET");
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
  if (path === "/") {
    const run = await newest();
    if (run === undefined) return end(404, "There is no run yet.");
    response.writeHead(302, { location: `/${run}/` });
    return void response.end();
  }
  const [, run = "", rest = ""] = /^\/([\w-]+)\/(.*)$/.exec(path) ?? [];
  const folder = join(reports, run);
  if (rest === "events") return follow(folder, response, signal);
  if (rest === "") {
    const page = (await readIfThere(join(folder, "report.html"))) ?? (await pageSoFar(folder, goesOn(run)));
    return page === undefined ? end(404, "There is no such run.") : end(200, page, "text/html");
  }
  // Reports link the guide by its place in the project.
  const text = await fileWithin(run === "fixtures" ? projectRoot : reports, join(run, rest));
  return text === undefined ? end(404, "There is no such file.") : end(200, text, types[extname(rest)]);
}

async function pageSoFar(folder: string, goesOn: boolean): Promise<string | undefined> {
  const journal = await readIfThere(join(folder, "journal.jsonl"));
  // oxlint-disable-next-line no-unsafe-type-assertion -- the project's own journal; a last line that is being written is none
  const events = (journal?.split("\n") ?? []).map(parseJson).filter(Boolean) as RunEvent[];
  const run = soFar(events);
  return run && livePage(run, folder, goesOn);
}

/** A file's text; undefined if there is none, or if it lies outside of the folder. */
async function fileWithin(root: string, path: string): Promise<string | undefined> {
  try {
    const file = await realpath(join(root, path));
    return file.startsWith(`${await realpath(root)}${sep}`) ? await readFile(file, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

/** Server-sent events, one whenever a file of the folder changes: https://html.spec.whatwg.org/multipage/server-sent-events.html */
function follow(folder: string, response: ServerResponse, signal: AbortSignal): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write("data: here\n\n");
  const watcher = watch(folder, { signal }, () => void response.write("data: changed\n\n"));
  watcher.on("error", () => void response.end());
  response.on("close", () => watcher.close());
}
