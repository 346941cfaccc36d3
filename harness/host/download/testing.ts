import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { HarnessDefect } from "../../errors.ts";

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
