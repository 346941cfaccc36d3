import { type Dispatcher, request } from "undici";
import { errnoOf } from "../host/errno.ts";
import { withoutCredentials } from "../host/download/address.ts";
import { isPage } from "../host/download/page.ts";

/** What came of asking a site for a file. */
export type Asked = {
  /** Each host on the way with what it answered, and at the end what was wrong. */
  readonly found: string;
  /** What the last host says that it has, such as `application/gzip`. */
  readonly type?: string;
  /** The host that has no file, or cannot be reached. */
  readonly failure?: { readonly host: string; readonly isTls: boolean };
};

const mostRedirects = 5;

/**
 * Asks a site for a file, follows where it leads, and takes none of it; what is wrong is part of the answer. Over after so
 * many milliseconds. Throws the signal's reason alone.
 */
export async function askSite(
  site: string,
  { dispatcher, milliseconds, signal }: { dispatcher: Dispatcher; milliseconds: number; signal: AbortSignal },
): Promise<Asked> {
  const limit = AbortSignal.timeout(milliseconds);
  const both = AbortSignal.any([signal, limit]);
  const answers: string[] = [];
  let address = site;
  try {
    for (let left = mostRedirects; ; left -= 1) {
      const { url, authorization } = withoutCredentials(address);
      const { statusCode, headers, body } = await request(url, {
        dispatcher,
        signal: both,
        headers: authorization === undefined ? {} : { authorization },
      });
      answers.push(`${url.host} answered ${statusCode}`);
      const { location: to, "content-type": type, "content-length": length } = headers;
      // Only how it begins is of interest.
      body.on("error", () => undefined);
      const start = statusCode === 200 && length !== "0" ? await startOf(body) : "";
      body.destroy();
      if (isPage(start)) throw new Error("it sends a page, not the file");
      if (start !== "") return { found: answers.join(", then "), ...(typeof type === "string" && { type }) };
      if (statusCode < 300 || statusCode > 399 || typeof to !== "string") {
        throw new Error(statusCode === 404 || statusCode === 410 ? "no file there" : "it sends no file");
      }
      if (left === 0) throw new Error("it goes on and on");
      address = new URL(to, url).href;
    }
  } catch (error) {
    signal.throwIfAborted();
    const late = new Error(`no answer within ${milliseconds / 1000} s`);
    return failed(new URL(address).host, answers, limit.aborted ? late : error);
  }
}

/** The first bytes that come, as Latin-1; empty if none do. */
async function startOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const chunk of body) if (chunk.length > 0) return Buffer.from(chunk).toString("latin1");
  return "";
}

const tls = /CERT|SIGNED|SIGNATURE|ISSUER|^ERR_(?:TLS|SSL)|^EPROTO$/;

function failed(host: string, answers: readonly string[], error: unknown): Asked {
  const { code, message } = innermost(error);
  const isTls = code !== undefined && tls.test(code);
  const why = `${isTls ? "TLS: " : ""}${message}${code === undefined || message.includes(code) ? "" : ` (${code})`}`;
  const found = answers.at(-1)?.startsWith(host)
    ? `${answers.join(", then ")}: ${why}`
    : [...answers, `${host}: ${why}`].join(", then ");
  return { found, failure: { host, isTls } };
}

/** The cause that says something: undici and Node wrap errors of TLS and of name look-up. */
function innermost(error: unknown): { readonly code?: string; readonly message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (!(error instanceof Error)) return { message: String(error) };
  if (error.cause instanceof Error) return innermost(error.cause);
  const code = errnoOf(error);
  // `THREAD:error:NUMBER:SSL routines:FUNCTION:REASON:FILE:LINE:`, as OpenSSL prints it.
  const reason = /:error:[^:]*:SSL routines:[^:]*:([^:]+):/.exec(error.message)?.[1];
  return { message: reason ?? error.message, ...(code !== undefined && { code }) };
}
