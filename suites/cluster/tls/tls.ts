import type { Duplex } from "node:stream";
import {
  connect,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from "node:tls";
import { isIP } from "node:net";
import type { X509Certificate } from "node:crypto";
import { chainsTo, factsOf, type Identity } from "./certificates.ts";
import { GuideFailure } from "../../../harness/cluster.ts";
import { exchange, type HttpAnswer, type HttpRequest } from "./http.ts";
import { certificateOf } from "../expect/shape.ts";

/** What it has for the server, a token and all, is sent only to one that is trusted. */
export type TlsRequest = HttpRequest & {
  /** The CA that the server's certificate must chain to, in PEM. */
  readonly ca: string;
  readonly identity?: Identity;
};

/** What came of a request; `peer` is the server's certificate. */
export type TlsAnswer =
  | ({ readonly kind: "answered"; readonly peer: X509Certificate } & HttpAnswer)
  /** The server ended the handshake with this TLS alert. */
  | { readonly kind: "refused"; readonly alert: string }
  /** The server's certificate does not chain to the CA, or is not valid for the host; nothing was sent. */
  | { readonly kind: "untrusted"; readonly reason: string; readonly peer: X509Certificate };

/**
 * One HTTP request over TLS on a stream that reaches host:port, sent only to a server whose certificate is trusted.
 * TLS 1.2, for there the server judges the client's certificate within the handshake, so that a refusal is told from a
 * lost connection. GuideFailure if neither comes, or a file that the guide made cannot be used.
 */
export async function tlsRequest(stream: Duplex, options: TlsRequest): Promise<TlsAnswer> {
  try {
    const outcome = await handshake(stream, options);
    if ("alert" in outcome) return { kind: "refused", alert: outcome.alert };
    const { socket, peer } = outcome;
    const reason = distrust(peer, options);
    if (reason !== undefined) return { kind: "untrusted", reason, peer };
    return { kind: "answered", ...(await exchange(socket, "https", options)), peer };
  } finally {
    stream.destroy();
  }
}

/**
 * Why a server's certificate is not to be trusted; undefined if it is. OpenSSL, and so Node, cannot be asked: the guide
 * gives the apiserver the subject of its CA, and it takes such a certificate for self-signed (fixtures/guide/errata,
 * ca-and-apiserver-of-one-name). As in Go, the CA's signature counts. The CA signs servers directly.
 */
function distrust(peer: X509Certificate, { host, ca }: TlsRequest): string | undefined {
  if (!chainsTo(peer, certificateOf(ca, `The CA for ${host}`)))
    return "it was not signed by the CA, or is not valid now";
  if (!factsOf(peer).extendedUsages.includes("serverAuth")) return "it is not a server's";
  const isNamed = isIP(host) ? peer.checkIP(host) : peer.checkHost(host);
  return isNamed === undefined ? `it does not name ${host}` : undefined;
}

type Handshake = { socket: TLSSocket; peer: X509Certificate } | { alert: string };

function handshake(stream: Duplex, { host, port, ca, identity }: TlsRequest): Promise<Handshake> {
  const done = Promise.withResolvers<Handshake>();
  const socket = connect({
    socket: stream,
    host,
    secureContext: contextOf(host, { ca, ...identity }),
    // Judged by `distrust`, before anything is sent.
    rejectUnauthorized: false,
  });
  const lost = (reason: string, cause?: Error): void =>
    done.reject(
      new GuideFailure(`${host}:${port}: the TLS handshake did not come to an end: ${reason}`, {
        hint: "See the journal of the unit that listens there.",
        cause,
      }),
    );
  socket.on("secureConnect", () => {
    const peer = socket.getPeerX509Certificate();
    if (peer) done.resolve({ socket, peer });
    else lost("the server showed no certificate");
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    const alert = /alert ([a-z ]+)/i.exec(error.message)?.[1];
    if (alert) done.resolve({ alert });
    else lost(error.message, error);
  });
  socket.on("close", () => lost("the connection was closed"));
  return done.promise;
}

/** What a client shows and trusts. GuideFailure if that is no CA, or no certificate with its key. */
function contextOf(host: string, made: SecureContextOptions): SecureContext {
  try {
    return createSecureContext({ ...made, maxVersion: "TLSv1.2" });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GuideFailure(
      `What a client of ${host} is given is no CA, or no certificate with its key: ${why}`,
      {
        hint: "See how the guide makes them.",
        cause,
      },
    );
  }
}

/** The answer's status and body; GuideFailure if there was none. */
export function answered(answer: TlsAnswer): Extract<TlsAnswer, { kind: "answered" }> {
  if (answer.kind === "answered") return answer;
  throw new GuideFailure(
    answer.kind === "refused"
      ? `The server refused the client with the TLS alert "${answer.alert}"`
      : `The server's certificate is not trusted: ${answer.reason}`,
    { hint: "Compare the certificates of server and client with the CA that each should chain to." },
  );
}
