import type { X509Certificate } from "node:crypto";
import { posix } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { certificateOf, GuideFailure, shaped, type SuiteMachine } from "../cluster/index.ts";

/** Only this is taken from it: tokens and private keys stay behind. */
const schema = z.object({
  clusters: z.tuple([
    z.object({
      cluster: z.object({
        server: z.string(),
        "insecure-skip-tls-verify": z.boolean().default(false),
        "certificate-authority": z.string().optional(),
        "certificate-authority-data": z.string().optional(),
      }),
    }),
  ]),
  users: z.tuple([
    z.object({
      user: z.object({
        "client-certificate": z.string().optional(),
        "client-certificate-data": z.string().optional(),
        "client-key": z.string().optional(),
      }),
    }),
  ]),
});

/** A kubeconfig on a machine, with one cluster and one user; GuideFailure if it is none. */
export async function kubeconfigOf(node: SuiteMachine, path: string) {
  const what = `${node.name}: ${path}`;
  const { clusters, users } = shaped(schema, parsed(await node.read(path), what), what);
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  /** As a client takes it: what is embedded, or else the file that is named. */
  const read = async (data = "", file = ""): Promise<X509Certificate[]> => {
    if (data !== "") return certificatesOf(Buffer.from(data, "base64").toString(), what);
    if (file === "") return [];
    const named = posix.resolve(posix.dirname(path), file);
    return certificatesOf(await node.read(named), `${node.name}: ${named}`);
  };
  return {
    server: cluster.server,
    insecure: cluster["insecure-skip-tls-verify"],
    /** The files of the user's pair, where they are named. */
    pair: { "client-certificate": user["client-certificate"], "client-key": user["client-key"] },
    /** By which certificates the apiserver is trusted; none if that is not said. */
    trusted: () => read(cluster["certificate-authority-data"], cluster["certificate-authority"]),
    /** What the user shows; nothing if that is no certificate. */
    shown: () => read(user["client-certificate-data"], user["client-certificate"]),
  };
}

/** What YAML's parser says of a mistake shows the line, which may have a token. */
function parsed(text: string, what: string): unknown {
  try {
    return parse(text, { logLevel: "error" });
  } catch {
    throw new GuideFailure(`${what} is no YAML`, { hint: "See how the guide makes it." });
  }
}

const certificatesOf = (pem: string, what: string): X509Certificate[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs)].map(([block]) =>
    certificateOf(block, `A certificate in ${what}`),
  );
