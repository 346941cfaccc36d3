import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createHash } from "node:crypto";
import { create } from "tar";
import { imageNames } from "../build/images.ts";
import { HarnessDefect } from "../../errors.ts";
import { type Progress, silent } from "../../progress.ts";

/** A folder that goes away with the test. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "guide-set-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Keeps the notes. */
export const listening = (notes: string[]): Progress => ({
  ...silent,
  note: (text) => void notes.push(text),
});

/** Writes a gzip tarball with these members and contents, and returns its path. */
export async function tarball(
  folder: string,
  name: string,
  members: Readonly<Record<string, string | Buffer>>,
  { gzip = true } = {},
): Promise<string> {
  const tree = await mkdtemp(join(folder, "tree-"));
  for (const [path, content] of Object.entries(members)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
  const file = join(folder, name);
  await create({ file, cwd: tree, gzip, portable: true }, Object.keys(members));
  await rm(tree, { recursive: true });
  return file;
}

/** A `docker save` archive that names the project's images. */
export const imagesArchive = (folder: string, name = "images.tar"): Promise<string> =>
  tarball(
    folder,
    name,
    { "manifest.json": JSON.stringify([{ RepoTags: imageNames }]), "layer.tar": "layer" },
    { gzip: false },
  );

/** Bytes that look like a Linux program. */
export const program = (text: string): Buffer => Buffer.from(`\u007fELF${text}`, "latin1");

export const hashOf = (algorithm: "sha256" | "sha512", content: string | Buffer): string =>
  createHash(algorithm).update(content).digest("hex");

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server on loopback; `seen` lists method, address and Range of each request. */
export async function serve(handler: Handler): Promise<
  {
    readonly base: string;
    readonly port: number;
    readonly seen: string[];
    readonly server: Server;
  } & AsyncDisposable
> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push([request.method, request.url, request.headers.range].filter(Boolean).join(" "));
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new HarnessDefect("the server has no port");
  const { port } = address;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { base: `http://127.0.0.1:${port}`, port, seen, server, [Symbol.asyncDispose]: stop };
}

/** Serves one content with ETag and Range; the first `cuts` answers break off in the middle. */
export function ranged(content: Buffer, { cuts = 0, etag = '"one"', ranges = true } = {}): Handler {
  let left = cuts;
  return (request, response) => {
    const start = ranges
      ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? Number.NaN)
      : Number.NaN;
    const fits = Number.isFinite(start) && request.headers["if-range"] === etag;
    const body = fits ? content.subarray(start) : content;
    const headers: Record<string, string | number> = { etag, "content-length": body.length };
    if (fits) headers["content-range"] = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(fits ? 206 : 200, headers);
    if (left === 0) {
      response.end(body);
      return;
    }
    left -= 1;
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy());
  };
}
