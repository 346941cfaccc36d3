import { z } from "zod";
import type { Identity } from "./certificates.ts";
import { GuideFailure, sh } from "./engine.ts";
import type { SuiteMachine } from "./machine.ts";
import { once } from "./once.ts";
import { slowness } from "./run.ts";
import { shapedJson } from "./shape.ts";
import { answered } from "./tls.ts";

const ssl = "/k8s/etcd/ssl";
const program = "/k8s/etcd/bin/etcdctl";

/** etcd's CA and the certificate that its server and, in the guide, its clients use. */
export type EtcdCertificates = { readonly ca: string; readonly server: Identity };

const keyNode = z.object({ key: z.string(), value: z.string().optional() });
const keyAnswer = z.object({ node: keyNode.extend({ nodes: z.array(keyNode).optional() }) });

/** etcdctl's own deadlines, with time for slow machines: 2 s for a request and 5 s for a command otherwise. */
const patience =
  slowness === 1
    ? { v2: "", v3: "" }
    : {
        v2: `--timeout=${2 * slowness}s --total-timeout=${5 * slowness}s`,
        v3: `--dial-timeout=${2 * slowness}s --command-timeout=${5 * slowness}s`,
      };

/** etcd on the master: version 2 data holds flannel's network, version 3 data what the apiserver stores. */
export class Etcd {
  readonly #master: SuiteMachine;
  readonly endpoint: string;
  /** Read once, kept in memory. */
  readonly certificates: () => Promise<EtcdCertificates>;

  constructor(master: SuiteMachine) {
    this.#master = master;
    this.certificates = once(() => this.#readCertificates());
    this.endpoint = `https://${master.address}:2379`;
  }

  /** `etcdctl ARGS` with the flags of the guide (API version 2). */
  v2(args: string): Promise<string> {
    const flags = `--ca-file=${ssl}/ca.pem --cert-file=${ssl}/server.pem --key-file=${ssl}/server-key.pem`;
    return this.#master.succeed(
      sh`ETCDCTL_API=2 ${program} ${flags} --endpoints=${this.endpoint} ${patience.v2} ${args}`,
    );
  }

  /** `etcdctl ARGS` with API version 3. */
  v3(args: string): Promise<string> {
    const flags = `--cacert=${ssl}/ca.pem --cert=${ssl}/server.pem --key=${ssl}/server-key.pem`;
    return this.#master.succeed(
      sh`ETCDCTL_API=3 ${program} ${flags} --endpoints=${this.endpoint} ${patience.v3} ${args}`,
    );
  }

  /** Version 2 keys directly under a folder, with their values; GuideFailure if there is no such folder. */
  async folder(path: string): Promise<{ key: string; value: string }[]> {
    const { ca, server } = await this.certificates();
    const { status, body } = answered(
      await this.#master.tls({ port: 2379, ca, identity: server, path: `/v2/keys${path}` }),
    );
    if (status !== 200) {
      throw new GuideFailure(`etcd has no folder ${path}: HTTP ${status}: ${body.trim()}`, {
        machine: this.#master.name,
        hint: "The guide registers flannel's network in section 4.1.",
      });
    }
    const { node } = shapedJson(keyAnswer, body, `etcd's folder ${path}`, { machine: this.#master.name });
    return (node.nodes ?? []).flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }]));
  }

  async #readCertificates(): Promise<EtcdCertificates> {
    const [ca, cert, key] = await Promise.all(
      ["ca.pem", "server.pem", "server-key.pem"].map((name) => this.#master.read(`${ssl}/${name}`)),
    );
    return { ca: ca ?? "", server: { cert: cert ?? "", key: key ?? "" } };
  }
}
