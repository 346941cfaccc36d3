import { z } from "zod";
import type { Identity } from "./tls/certificates.ts";
import { GuideFailure, sh } from "../../harness/cluster.ts";
import type { Run, SuiteMachine } from "./machine.ts";
import { once } from "./trace/once.ts";
import { profile, slowness } from "./run.ts";
import { shapedJson } from "./expect/shape.ts";
import { answered } from "./tls/tls.ts";

const { etcd: files, ports, programs } = profile;

/** etcd's CA and the certificate that its server and, in the guide, its clients use. */
export type EtcdCertificates = { readonly ca: string; readonly server: Identity };

const keyNode = z.object({ key: z.string(), value: z.string().optional() });
const keyAnswer = z.object({ node: keyNode.extend({ nodes: z.array(keyNode).optional() }) });

const storedAnswer = z.object({
  kvs: z
    .array(
      z.object({
        key: z.base64(),
        value: z.base64().default(""),
        create_revision: z.number(),
        mod_revision: z.number(),
      }),
    )
    .default([]),
});

/** Of `etcdctl txn`; etcd 3.4 names what a get came to otherwise than 3.3. */
const batchAnswer = z.object({
  responses: z.array(
    z
      .object({
        Response: z.union([
          z.object({ ResponseRange: storedAnswer }),
          z.object({ response_range: storedAnswer }),
        ]),
      })
      .transform(({ Response: got }) => ("ResponseRange" in got ? got.ResponseRange : got.response_range)),
  ),
});

/** A key of version 3. */
type Stored = {
  readonly key: string;
  readonly value: Buffer;
  /** etcd's revisions. */
  readonly created: number;
  readonly modified: number;
};

const stored = ({ kvs }: z.infer<typeof storedAnswer>): Stored[] =>
  kvs.map(({ key, value, create_revision, mod_revision }) => ({
    key: Buffer.from(key, "base64").toString(),
    value: Buffer.from(value, "base64"),
    created: create_revision,
    modified: mod_revision,
  }));

/** etcdctl's own deadlines, with time for slow machines: 2 s for a request and 5 s for a command otherwise. */
const timeouts =
  slowness === 1
    ? { v2: "", v3: "" }
    : {
        v2: `--timeout=${2 * slowness}s --total-timeout=${5 * slowness}s`,
        v3: `--dial-timeout=${2 * slowness}s --command-timeout=${5 * slowness}s`,
      };

/** etcd, asked through one of its members, the master's if it has one: version 2 data holds flannel's network, version 3 data what the apiserver stores. */
export class Etcd {
  readonly #member: SuiteMachine;
  readonly #endpoint: string;
  /** Read once, kept in memory. */
  readonly certificates: () => Promise<EtcdCertificates>;

  constructor(member: SuiteMachine) {
    this.#member = member;
    this.certificates = once(() => this.#readCertificates());
    this.#endpoint = `https://${member.address}:${ports.etcd}`;
  }

  /** `etcdctl ARGS` with the flags of the guide (API version 2). */
  v2(args: string): Promise<string> {
    const flags = `--ca-file=${files.ca} --cert-file=${files.certificate} --key-file=${files.key}`;
    return this.#member.succeed(
      sh`ETCDCTL_API=2 ${programs.etcdctl} ${flags} --endpoints=${this.#endpoint} ${timeouts.v2} ${args}`,
    );
  }

  /** `etcdctl ARGS` with API version 3. */
  v3(args: string, options?: Run): Promise<string> {
    const flags = `--cacert=${files.ca} --cert=${files.certificate} --key=${files.key}`;
    return this.#member.succeed(
      sh`ETCDCTL_API=3 ${programs.etcdctl} ${flags} --endpoints=${this.#endpoint} ${timeouts.v3} ${args}`,
      options,
    );
  }

  /** Version 3 keys that begin with a prefix, with their values and etcd's revisions that created and last changed them, in order. */
  stored(prefix: string): Promise<Stored[]> {
    return this.#range(prefix, "");
  }

  /** As `stored`, with empty values: of all that there is they are large. */
  keys(prefix: string): Promise<Stored[]> {
    return this.#range(prefix, "--keys-only");
  }

  /** As `stored`, of several prefixes, each as it was at a revision of its own; asked all at once. */
  async storedAt(wanted: readonly { readonly prefix: string; readonly revision: string }[]) {
    const gets = wanted.map(({ prefix, revision }) => `get --prefix --rev=${revision} ${prefix}`);
    // No condition; what to do if it holds; what else to do, which is nothing.
    const stdin = `\n${gets.join("\n")}\n\n\n`;
    const { responses } = this.#shaped(batchAnswer, await this.v3("txn -w json", { stdin }), "etcd's answer");
    return responses.map(stored);
  }

  async #range(prefix: string, flags: string): Promise<Stored[]> {
    const text = await this.v3(`get --prefix ${flags} -w json ${prefix}`);
    return stored(this.#shaped(storedAnswer, text, `etcd's keys under ${prefix}`));
  }

  #shaped<T>(schema: z.ZodType<T>, text: string, what: string): T {
    return shapedJson(schema, text, what, { machine: this.#member.name });
  }

  /** Version 2 keys directly under a folder, with their values; GuideFailure if there is no such folder. */
  async folder(path: string): Promise<{ key: string; value: string }[]> {
    const { ca, server } = await this.certificates();
    const { status, body } = answered(
      await this.#member.tls({ port: ports.etcd, ca, identity: server, path: `/v2/keys${path}` }),
    );
    if (status !== 200) {
      throw new GuideFailure(`etcd has no folder ${path}: HTTP ${status}: ${body.trim()}`, {
        machine: this.#member.name,
        hint: "See the step of the guide that registers flannel's network.",
      });
    }
    const { node } = shapedJson(keyAnswer, body, `etcd's folder ${path}`, { machine: this.#member.name });
    return (node.nodes ?? []).flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }]));
  }

  async #readCertificates(): Promise<EtcdCertificates> {
    const [ca, cert, key] = await Promise.all(
      [files.ca, files.certificate, files.key].map((file) => this.#member.read(file)),
    );
    return { ca: ca ?? "", server: { cert: cert ?? "", key: key ?? "" } };
  }
}
