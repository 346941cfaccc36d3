import { once } from "node:events";
import { type FSWatcher, watch } from "node:fs";
import { mkdir, readFile, realpath } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";
import { readIfThere } from "../../host/files.ts";
import { parseJson } from "../../host/persisted.ts";
import { projectRoot } from "../../host/paths.ts";
import type { RunEvent } from "../../record/events.ts";
import { followingReport, livePage, waitingPage, snapshotOf } from "./page.ts";

export type ServerOptions = {
  readonly reports: string;
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

/** In an address: the newest run, whichever that is. */
const latest = "latest";

/**
 * Serves the runs' folders on the loopback address until the signal, and gives its address. `/`, which is `/latest/`, follows
 * the newest run as it goes on, and then the next one; `/RUN/` stays with that. Only who asks for this host by a name of its own
 * is answered, for other sites' pages must not read it.
 */
export async function serveReports(options: ServerOptions): Promise<string> {
  const { reports, port, signal } = options;
  // The first run may be yet to come.
  await mkdir(reports, { recursive: true });
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
  const { reports, newest } = options;
  const end = (status: number, text: string, type = "text/plain"): void => {
    response.writeHead(status, { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" });
    response.end(text);
  };
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? ""))
    return end(403, "another host");
  if (request.method !== "GET") return end(405, "only GET");
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
  if (path === "/") {
    response.writeHead(302, { location: `/${latest}/` });
    return void response.end();
  }
  const [, name = "", rest = ""] = /^\/([\w-]+)\/(.*)$/.exec(path) ?? [];
  const isLatest = name === latest;
  const run = isLatest ? await newest() : name;
  if (rest === "events") return isLatest ? followNewest(response, options) : follow(name, response, options);
  if (rest === "" && name !== "") {
    const page = run === undefined ? waitingPage() : await pageOf(run, isLatest, options);
    return page === undefined ? end(404, "There is no such run.") : end(200, page, "text/html");
  }
  // Reports link the guide by its place in the project; a round's page lies beside the runs.
  const file = name === "" ? path : join(run ?? "", rest);
  const text = await fileWithin(name === "fixtures" ? projectRoot : reports, file);
  return text === undefined ? end(404, "There is no such file.") : end(200, text, types[extname(file)]);
}

async function pageOf(
  run: string,
  isLatest: boolean,
  { reports, goesOn }: ServerOptions,
): Promise<string | undefined> {
  const folder = join(reports, run);
  const report = await readIfThere(join(folder, "report.html"));
  if (report !== undefined && !isLatest) return report;
  const whole = report === undefined ? undefined : followingReport(report, run);
  if (whole !== undefined) return whole;
  const journal = await readIfThere(join(folder, "journal.jsonl"));
  // oxlint-disable-next-line no-unsafe-type-assertion -- the project's own journal; a last line that is being written is none
  const events = (journal?.split("\n") ?? []).map(parseJson).filter(Boolean) as RunEvent[];
  const known = snapshotOf(events);
  return known && livePage(known, folder, { goesOn: goesOn(run), follows: isLatest || goesOn(run) });
}

async function fileWithin(root: string, path: string): Promise<string | undefined> {
  try {
    const file = await realpath(join(root, path));
    return file.startsWith(`${await realpath(root)}${sep}`) ? await readFile(file, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

/** Tells a page whenever something changed: https://html.spec.whatwg.org/multipage/server-sent-events.html */
type Teller = {
  readonly changed: () => void;
  /** Calls for each change of a folder as long as somebody listens. The page asks anew where that ends. */
  readonly watch: (folder: string, onChange: () => void) => FSWatcher;
};

function tellerOf(response: ServerResponse, ended: AbortSignal): Teller {
  const closed = new AbortController();
  response.on("close", () => closed.abort());
  const signal = AbortSignal.any([ended, closed.signal]);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write("data: here\n\n");
  return {
    changed: () => void response.write("data: changed\n\n"),
    watch: (folder, onChange) => watch(folder, { signal }, onChange).on("error", () => void response.end()),
  };
}

function follow(run: string, response: ServerResponse, { reports, signal }: ServerOptions): void {
  const teller = tellerOf(response, signal);
  teller.watch(join(reports, run), teller.changed);
}

/** Tells of every change of the newest run's folder, and of a run that begins, which is followed from then on. */
function followNewest(response: ServerResponse, { reports, newest, signal }: ServerOptions): void {
  const teller = tellerOf(response, signal);
  let followed: string | undefined;
  let watcher: FSWatcher | undefined;
  const turn = async (): Promise<void> => {
    const run = await newest();
    if (run === undefined || run === followed) return;
    followed = run;
    watcher?.close();
    watcher = teller.watch(join(reports, run), teller.changed);
    teller.changed();
  };
  // One after the other, so that the last word is that of the last look.
  let turns = Promise.resolve();
  const look = (): void => {
    turns = turns.then(turn).catch(() => void response.end());
  };
  teller.watch(reports, look);
  look();
}
