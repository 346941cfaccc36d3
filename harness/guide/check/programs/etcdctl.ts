import type { EtcdCall } from "../../effects/programs/cluster/etcdctl.ts";
import { entryOf, settingOf } from "../../effects/programs/services.ts";
import type { Fault, Subject } from "../finding.ts";
import { wordsOf } from "../words.ts";
import { versionOf } from "./versions.ts";

/** The interface of etcd that a call uses; undefined if nobody knows. */
export function interfaceOf(subject: Subject, { api }: Pick<EtcdCall, "api">): string | undefined {
  if (api !== undefined) return /^[23]$/.test(api) ? api : undefined;
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
  for (const call of subject.world.etcdCalls) {
    const api = interfaceOf(subject, call);
    if (api === undefined || call.verb?.known === false) continue;
    const wrong = wordOfOther(call, api);
    if (wrong) {
      const word = wrong.text.replace(/=.*$/s, "");
      const message = `etcdctl does not know ${word} with etcd's v${api} API, which it uses here`;
      const hint = `write ETCDCTL_API=${otherThan(api)} before it, or what ETCDCTL_API=${api} has for it`;
      yield { rule: "versions/flag", at: wrong.spot, message, hint };
    } else if (!call.verb || asksEtcd(call.verb.text)) yield* trust(subject, call, api);
  }
}

const otherThan = (api: string): string => (api === "2" ? "3" : "2");

/** An option or a verb that the other interface has, and this one has not. */
function wordOfOther({ options, verb }: EtcdCall, api: string): EtcdCall["verb"] {
  const isOthers = (kind: string, word: string): boolean =>
    !wordsOf(`etcdctl-${api}${kind}`).includes(word) &&
    wordsOf(`etcdctl-${otherThan(api)}${kind}`).includes(word);
  const option = options.find(({ text }) => isOthers("", /^--?([\w-]+)/.exec(text)?.[1] ?? ""));
  return option ?? (verb && isOthers("-verbs", verb.text) ? verb : undefined);
}

/** Who calls etcd by TLS trusts its certificate, and shows one that etcd trusts. */
function* trust({ world: { started } }: Subject, call: EtcdCall, api: string): Iterable<Fault> {
  const [ca = "", certificate = ""] = shown[api] ?? [];
  const { settings, certificates, spot } = call;
  if (!settings.get("endpoints")?.text.startsWith("https://")) return;
  const members = started.filter((one) => settingOf(one, "listen-client-urls"));
  const trustsAll = settings.has("insecure-skip-tls-verify");
  const serves = members.some((one) => settingOf(one, "cert-file"));
  const asks = members.some((one) => settingOf(one, "client-cert-auth")?.value === "true");
  for (const [name, isNeeded, why] of [
    [ca, serves && !trustsAll, "it does not trust etcd's certificate"],
    [certificate, asks, "etcd refuses clients without a certificate"],
  ] as const) {
    if (!isNeeded || settings.has(name)) continue;
    const message = `etcdctl has no --${name}: ${why}`;
    yield { rule: "values/needed", at: spot, message, hint: `add --${name}=…` };
    return;
  }
  const [anchor, own] = [certificates.get(ca), certificates.get(certificate)];
  const rule = "certificates/authority";
  for (const member of members) {
    const [server, clients] = ["cert-file", "trusted-ca-file"].map(
      (name) => entryOf(member, name)?.certificate,
    );
    if (!trustsAll && anchor && server && anchor !== (server.ca ?? server)) {
      const message = `etcdctl does not trust etcd's certificate: --${ca} is another CA than the one that signed it`;
      yield { rule, at: settings.get(ca)?.spot ?? spot, message, hint: "name the CA of etcd" };
      return;
    }
    if (own && clients && (own.ca ?? own) !== clients) {
      const message = `etcd does not trust the CA that signed --${certificate} of etcdctl`;
      yield {
        rule,
        at: settings.get(certificate)?.spot ?? spot,
        message,
        hint: "name a certificate that etcd's CA signed",
      };
      return;
    }
  }
}
