import type { Certificate } from "../../effects/host.ts";
import { closestWord } from "../../../input/suggest.ts";
import { entryOf, settingOf } from "../../effects/programs/services.ts";
import { configured } from "../files/formats.ts";
import { unknown } from "../files/here-document.ts";
import { type Fault, type Subject, type TextLocation, textOf } from "../finding.ts";
import { knowsOptions } from "../programs/flags.ts";
import { interfaceOf } from "../programs/etcdctl.ts";
import { versionOf } from "../programs/versions.ts";
import { linesIn } from "../../origin.ts";

/** Values that stand in several places and must be the same in all of them. */
export function* agreement(subject: Subject): Iterable<Fault> {
  yield* tokens(subject);
  yield* nodeNames(subject);
  yield* ownAddresses(subject);
  yield* authorities(subject);
  yield* interfaceOfEtcd(subject);
}

type Value = { readonly value: string; readonly at: TextLocation };

/** The token of a kubelet's first kubeconfig is in the apiserver's file of tokens. */
function* tokens(subject: Subject): Iterable<Fault> {
  const paths = new Set(subject.world.started.map((started) => settingOf(started, "token-auth-file")?.value));
  const known = new Set<string>();
  let file: string | undefined;
  for (const { path, text, at } of subject.files) {
    if (!paths.has(path)) continue;
    file ??= at(0).step.id;
    for (const { line, start } of linesIn(text)) {
      const columns = line.split(",");
      if (line.trim() !== "" && columns.length < 3) {
        const hint = 'write TOKEN,USER,UID,"GROUP" with plain commas';
        const message = "a token file has at least 3 columns: token, user and uid";
        yield { rule: "values/token", at: at(start), message, hint };
      }
      known.add((columns[0] ?? "").replaceAll('"', "").trim());
    }
  }
  const reads = subject.world.started.some((started) => settingOf(started, "token-auth-file"));
  const serves = subject.world.started.find((started) => settingOf(started, "etcd-servers"));
  if (reads ? file === undefined : !serves) return;
  if ([...known].some((token) => token.includes(unknown))) return;
  for (const { value, at } of givenTokens(subject)) {
    // Tokens of other kinds, such as those of service accounts, are in no file.
    if (known.has(value) || !/^[\da-f]{16,}$/i.test(value)) continue;
    const token = `the token ${value.slice(0, 4)}…`;
    if (reads) {
      const message = `${token} is not in the token file of ${file}`;
      yield { rule: "values/token", at, message, hint: "write the same token in both places" };
    } else if (serves?.settings[0]) {
      const message = `the apiserver has no --token-auth-file: ${token} of ${at.step.id} is of no use`;
      const hint = "add --token-auth-file=…, the file of tokens, to its options";
      yield { rule: "values/token", at: serves.settings[0].spot, message, hint };
    }
  }
}

/** Tokens that users of kubeconfigs are given, by themselves or in a variable of the same text. */
function* givenTokens({ commands, files }: Subject): Iterable<Value> {
  for (const { text, at } of [...commands, ...files]) {
    for (const { 0: whole, 1: given = "", index } of text.matchAll(/--token=["']?(\$\{?\w+\}?|[\w.-]+)/g)) {
      const name = /^\$\{?(\w+)/.exec(given)?.[1];
      if (name === undefined) yield { value: given, at: at(index + whole.length - given.length) };
      else {
        const assigned = [
          ...text.matchAll(new RegExp(`^\\s*(?:export\\s+)?${name}=["']?([\\w.-]+)["']?\\s*$`, "gm")),
        ].findLast((match) => match.index < index);
        const value = assigned?.[1];
        if (assigned && value) yield { value, at: at(assigned.index + assigned[0].indexOf(value)) };
      }
    }
  }
}

const nodeName = "hostname-override";

/** A DNS name, or one that nobody knows. */
const isNodeName = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$|[$\0]/i;

/** kube-proxy looks for its node under the name that the kubelet has registered, which is a DNS name. */
function* nodeNames(subject: Subject): Iterable<Fault> {
  const { world } = subject;
  const slipsAreTold = knowsOptions(subject);
  for (const host of world.hosts) {
    const [kubelet, proxy] = ["kubelet.service", "kube-proxy.service"].map((unit) =>
      world.started.findLast((started) => started.host === host && started.unit === unit),
    );
    const [registered, looked] = [kubelet, proxy].map((started) => settingOf(started, nodeName));
    for (const name of [registered, looked]) {
      if (name === undefined || isNodeName.test(name.value)) continue;
      const message = `"${name.value}" is no DNS name: a node cannot have it`;
      const hint = "write small letters, digits, hyphens and dots, with a letter or digit at both ends";
      yield { rule: "values/node-name", at: name.spot, message, hint };
    }
    if (kubelet === undefined || proxy === undefined || settingOf(proxy, "config") !== undefined) continue;
    // What is wrong with a name, or keeps it from its program, is told by itself.
    if (kubelet.partial || proxy.partial) continue;
    if ([registered, looked].some((name) => name && !isNodeName.test(name.value))) continue;
    // A misspelt option is told by itself, and what it was to say is not known.
    if (
      slipsAreTold &&
      [kubelet, proxy].some(({ settings }) =>
        settings.some(({ name }) => name !== nodeName && closestWord(name, [nodeName])),
      )
    )
      continue;
    if (registered?.value === looked?.value || /[$\0]/.test(`${registered?.value} ${looked?.value}`))
      continue;
    const at = looked?.spot ?? proxy.settings[0]?.spot ?? proxy.spot;
    const nameOf = (setting: typeof looked): string =>
      setting === undefined ? "the name of its machine" : `the name "${setting.value}"`;
    const message = `kube-proxy looks for its node under ${nameOf(looked)}, but the kubelet registers it under ${nameOf(registered)}`;
    const hint =
      registered === undefined
        ? "leave --hostname-override out"
        : `add --hostname-override=${registered.value}, as the kubelet has it`;
    yield { rule: "values/node-name", at, message, hint };
  }
}

/** Options whose address is one of the machine that the program runs on. */
const listening =
  /^(?:bind-address|advertise-address|address|node-ip|listen-(?:client|peer)-urls|advertise-client-urls|initial-advertise-peer-urls)$/;

function* ownAddresses(subject: Subject): Iterable<Fault> {
  const { world, machines } = subject;
  const foreign = (address: string, machine: string): string | undefined =>
    machines.find((one) => one.address === address && one.name !== machine)?.name;
  const strange = (address: string): boolean =>
    !/^(?:0\.0\.0\.0$|127\.)/.test(address) &&
    !machines.some((one) => one.address === address || Object.values(one.values).includes(address));
  for (const { host, settings, unit } of world.started) {
    for (const { name, value, spot } of settings) {
      for (const [address] of listening.test(name) ? value.matchAll(/\d+(?:\.\d+){3}/g) : []) {
        const other =
          foreign(address, host.spec.name) ??
          (name === "advertise-address" && address.startsWith("127.") ? "each machine itself" : undefined) ??
          (!name.includes("advertise") && strange(address) ? "no machine" : undefined);
        if (other === undefined) continue;
        const message = `--${name} of ${unit} on ${host.spec.name} is the address of ${other}`;
        yield {
          rule: "machines/address",
          at: spot,
          message,
          hint: `write ${host.spec.address}, or {{machine.address}}`,
        };
      }
    }
  }
  for (const started of world.started) {
    const { value: own = "", spot: at } = configured(started, "address") ?? {};
    const other = foreign(own, started.host.spec.name);
    if (!at || (other === undefined && !own.startsWith("127."))) continue;
    const message = other
      ? `the kubelet on ${started.host.spec.name} is given the address of ${other}`
      : `the kubelet listens on ${own} only: the apiserver cannot call it for logs and commands`;
    yield { rule: "machines/address", at, message, hint: "write {{machine.address}}" };
  }
}

/** Who trusts whom, by the programs' own options: on one side the certificate that is shown, on the other the CA that is trusted. */
const trusted: readonly (readonly [shown: string, by: string, trusted: string, as: string])[] = [
  ["etcd-certfile", "", "trusted-ca-file", "etcd does not trust"],
  ["peer-cert-file", "", "peer-trusted-ca-file", "etcd's members do not trust"],
  ["cert-file", "trusted-ca-file", "etcd-cafile", "whoever calls etcd does not trust"],
  ["tls-cert-file", "service-cluster-ip-range", "root-ca-file", "pods do not trust"],
];

const signed = (certificate: Certificate): Certificate => certificate.ca ?? certificate;

function* authorities({ world }: Subject): Iterable<Fault> {
  const all = (name: string) =>
    world.started.flatMap((started) => {
      const setting = settingOf(started, name);
      const certificate = entryOf(started, name)?.certificate;
      return setting && certificate ? [{ setting, certificate, started }] : [];
    });
  for (const [shown, beside, anchor, as] of trusted) {
    for (const { setting, certificate, started } of all(shown)) {
      if (beside !== "" && settingOf(started, beside) === undefined) continue;
      const anchors = all(anchor);
      const [other] = anchors;
      if (other === undefined || anchors.some((one) => one.certificate === signed(certificate))) continue;
      const message = `${as} the CA that signed ${setting.value}: --${anchor} of ${other.started.unit} is another CA, ${other.setting.value}`;
      const hint = "sign it with that CA, or name the CA that signs";
      yield { rule: "certificates/authority", at: setting.spot, message, hint };
    }
  }
  for (const signing of all("cluster-signing-cert-file")) {
    const clients = all("client-ca-file");
    const [first] = clients;
    if (first === undefined || clients.some((one) => one.certificate === signing.certificate)) continue;
    const message = `kubelets' certificates are signed by ${signing.setting.value}, but the apiserver trusts ${first.setting.value} of another CA`;
    const hint = "name the same CA as --client-ca-file and --cluster-signing-cert-file";
    yield { rule: "certificates/authority", at: signing.setting.spot, message, hint };
  }
}

/** flannel reads what is written with etcd's second interface, which the third does not show. */
function* interfaceOfEtcd(subject: Subject): Iterable<Fault> {
  const flannel = versionOf(subject, "flannel");
  if (flannel === undefined || Number(flannel.split(".")[1]) >= 21) return;
  for (const { key, call } of subject.world.registered) {
    if (!key.endsWith("/config") || interfaceOf(subject, call) !== "3") continue;
    const told = textOf(call.spot.step).lastIndexOf("ETCDCTL_API=3", call.spot.offset);
    const message = `flannel ${flannel} uses etcd's v2 API, and does not see what is written through v3`;
    const hint = "write ETCDCTL_API=2 etcdctl --ca-file=… set";
    const at = told < 0 ? call.spot : { ...call.spot, offset: told };
    yield { rule: "networks/etcd-interface", at, message, hint };
  }
}
