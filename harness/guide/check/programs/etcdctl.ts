import type { EtcdCall } from "../../effects/programs/cluster/etcdctl.ts";
import { settingOf } from "../../effects/programs/services.ts";
import type { Fault, Subject } from "../finding.ts";
import { words } from "../words.ts";
import { versionOf } from "./versions.ts";

/** By interface, the verbs of etcdctl 3.3 and 3.4, and the options that stand before these. */
const known: Readonly<
  Record<string, { readonly verbs: ReadonlySet<string>; readonly options: ReadonlySet<string> } | undefined>
> = {
  2: {
    verbs: words(`
      backup cluster-health mk mkdir rm rmdir get ls set setdir update updatedir watch exec-watch member user role auth
      import upgrade help h
    `),
    options: words(`
      debug no-sync output o discovery-srv D insecure-discovery peers C endpoint endpoints cert-file key-file ca-file
      username u timeout total-timeout help h version v
    `),
  },
  3: {
    verbs: words(`
      get put del txn compaction alarm defrag endpoint move-leader watch version lease member snapshot make-mirror
      migrate lock elect auth user role check help
    `),
    options: words(`
      endpoints debug write-out w hex dial-timeout command-timeout keepalive-time keepalive-timeout insecure-transport
      insecure-discovery insecure-skip-tls-verify cert key cacert user password discovery-srv help h version
    `),
  },
};

/** The interface of etcd that a call uses; undefined if nobody knows. */
export function interfaceOf(subject: Subject, { api }: Pick<EtcdCall, "api">): string | undefined {
  if (api !== undefined) return Object.hasOwn(known, api) ? api : undefined;
  const [, minor] = /^3\.(\d+)\./.exec(versionOf(subject, "etcd") ?? "") ?? [];
  return minor === undefined ? undefined : Number(minor) >= 4 ? "3" : "2";
}

/** Whether a verb needs an etcd to be called. */
export const asksEtcd = (verb: string): boolean =>
  !/^(?:help|h|version|backup|migrate|import|upgrade)$/.test(verb);

const shown: Readonly<Record<string, readonly [ca: string, certificate: string] | undefined>> = {
  2: ["ca-file", "cert-file"],
  3: ["cacert", "cert"],
};

/** etcdctl is called with words of the interface that it uses, and shows etcd what that asks for. */
export function* etcdctl(subject: Subject): Iterable<Fault> {
  const { started } = subject.world;
  for (const call of subject.world.etcdCalls) {
    const api = interfaceOf(subject, call);
    const own = api === undefined ? undefined : known[api];
    if (api === undefined || own === undefined || call.verb?.known === false) continue;
    const other = api === "2" ? "3" : "2";
    const use = `write ETCDCTL_API=${other} before it, or what ETCDCTL_API=${api} has for it`;
    const odd = call.options.find(({ text }) => {
      const name = /^--?([\w-]+)/.exec(text)?.[1] ?? "";
      return !own.options.has(name) && known[other]?.options.has(name);
    });
    const isOther =
      call.verb !== undefined && !own.verbs.has(call.verb.text) && known[other]?.verbs.has(call.verb.text);
    const wrong = odd ?? (isOther ? call.verb : undefined);
    if (wrong) {
      const message = `etcdctl does not know ${wrong.text.replace(/=.*$/s, "")} with etcd's v${api} API, which it uses here`;
      yield { rule: "versions/flag", at: wrong.spot, message, hint: use };
      continue;
    }
    const [ca = "", certificate = ""] = shown[api] ?? [];
    const address = call.settings.get("endpoints")?.text ?? "";
    if (!address.startsWith("https://") || (call.verb && !asksEtcd(call.verb.text))) continue;
    const has = (name: string): boolean =>
      call.settings.has(name) || call.settings.has("insecure-skip-tls-verify");
    const asks = started.some((one) => settingOf(one, "client-cert-auth")?.value === "true");
    const serves = started.some((one) => settingOf(one, "cert-file") && settingOf(one, "listen-client-urls"));
    const missing =
      serves && !has(ca) ? ca : asks && !call.settings.has(certificate) ? certificate : undefined;
    if (missing === undefined) continue;
    const why =
      missing === ca ? "it does not trust etcd's certificate" : "etcd refuses clients without a certificate";
    yield {
      rule: "values/needed",
      at: call.spot,
      message: `etcdctl has no --${missing}: ${why}`,
      hint: `add --${missing}=…`,
    };
  }
}
