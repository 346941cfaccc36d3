import { entryOf, settingOf, type Started } from "../../effects/programs/services.ts";
import { deploysUnknown } from "./networks.ts";
import { spotOf } from "../files/here-document.ts";
import type { Kubeconfig } from "../../effects/host.ts";
import type { Fault, Subject } from "../finding.ts";

/**
 * What a program cannot do without: one of these options; what comes of it where none is given; and whether the guide wants it
 * of the program, or it is wanted of each.
 */
type Need = readonly [
  options: readonly string[],
  why: string,
  wanted?: (world: Subject["world"], of: Started) => boolean,
];

const anyHas =
  (unit: string, option: string) =>
  ({ started }: Subject["world"]): boolean =>
    started.some((one) => one.unit === unit && settingOf(one, option) !== undefined);

const hasValue = (started: Started, name: string, text: string): boolean =>
  settingOf(started, name)?.value.includes(text) === true;

const callsByTls = (of: Started): boolean =>
  hasValue(of, "etcd-servers", "https:") || hasValue(of, "etcd-endpoints", "https:");

const etcdAsks = ({ started }: Subject["world"], of: Started): boolean =>
  callsByTls(of) && started.some((one) => settingOf(one, "client-cert-auth")?.value === "true");

const kubeconfigs = ({ hosts }: Subject["world"]): Kubeconfig[] =>
  hosts.flatMap(({ files }) => [...files.values()].flatMap(({ kubeconfig }) => kubeconfig ?? []));

const byMaster: Need = [["kubeconfig", "master", "config"], "it does not know where the apiserver is"];
const byCertificate: Need = [["etcd-certfile"], "etcd refuses clients without a certificate", etcdAsks];

/** By the names that units of these programs have. A file of settings may say it, too. */
const needs: Readonly<Record<string, readonly Need[] | undefined>> = {
  "kube-apiserver.service": [
    [["etcd-servers"], "it does not know where etcd is"],
    [
      ["client-ca-file"],
      "it refuses the certificates of kubelets and of kube-proxy",
      (world) => kubeconfigs(world).some(({ client }) => client !== undefined),
    ],
    [
      ["tls-cert-file"],
      "it makes a certificate of its own, which nobody trusts",
      (world) => kubeconfigs(world).length > 0,
    ],
    [
      ["etcd-cafile"],
      "it does not trust the certificate of etcd",
      (world, of) => callsByTls(of) && anyHas("etcd.service", "cert-file")(world),
    ],
    byCertificate,
  ],
  "flanneld.service": [byCertificate],
  "kube-controller-manager.service": [
    byMaster,
    [
      ["cluster-signing-cert-file"],
      "it signs no certificates, and kubelets wait for theirs for ever",
      anyHas("kubelet.service", "bootstrap-kubeconfig"),
    ],
    [
      ["service-account-private-key-file"],
      "it makes no tokens for service accounts, and no pod is created without one",
      ({ started }) => !started.some((one) => hasValue(one, "disable-admission-plugins", "ServiceAccount")),
    ],
    [
      ["root-ca-file"],
      "pods get no ca.crt beside their tokens, and trust no apiserver",
      // Without it, the CA of its kubeconfig takes its place.
      (world, of) =>
        settingOf(of, "kubeconfig") === undefined &&
        settingOf(of, "service-account-private-key-file") !== undefined &&
        anyHas("kube-apiserver.service", "tls-cert-file")(world),
    ],
  ],
  "kube-scheduler.service": [byMaster],
  "kube-proxy.service": [byMaster],
  "kubelet.service": [
    [
      ["kubeconfig"],
      "it runs by itself, and registers at no apiserver",
      (_, of) => settingOf(of, "pod-manifest-path") === undefined,
    ],
    [
      ["container-runtime-endpoint"],
      "it does not find the runtime",
      (_, of) => hasValue(of, "container-runtime", "remote"),
    ],
  ],
};

const kinds: Readonly<Record<string, string | undefined>> = {
  "kubelet.service": "KubeletConfiguration",
  "kube-proxy.service": "KubeProxyConfiguration",
  "kube-scheduler.service": "KubeSchedulerConfiguration",
};

/** Programs have the options without which they are of no use, and files of settings of their kind. */
export function* programNeeds({ world }: Subject): Iterable<Fault> {
  for (const started of world.started) {
    const { unit, settings, partial } = started;
    const [first] = settings;
    // What is wrong with all of them is told elsewhere, and so is what keeps some from the program.
    if (first === undefined || partial) continue;
    for (const [options, why, wanted] of (Object.hasOwn(needs, unit) ? needs[unit] : undefined) ?? []) {
      if (options.some((name) => settingOf(started, name)) || wanted?.(world, started) === false) continue;
      const named = options.map((name) => `--${name}`).join(" or ");
      const message = `${unit.replace(/\.service$/, "")} has no ${named}: ${why}`;
      yield { rule: "values/needed", at: first.spot, message, hint: `add --${options[0]}=…` };
    }
    yield* network(world, started);
    const kind = Object.hasOwn(kinds, unit) ? kinds[unit] : undefined;
    const [part] = entryOf(started, "config")?.parts ?? [];
    if (kind === undefined || !part || part.text.includes("\0")) continue;
    const written = /^\s*\{?\s*["']?kind["']?\s*:\s*["']?([\w-]+)/m.exec(part.text)?.[1];
    if (written === kind) continue;
    const message = `${unit.replace(/\.service$/, "")} reads ${kind}, but its file is ${written ?? "of no kind"}`;
    yield { rule: "files/kind", at: spotOf(part, "kind:"), message, hint: `write kind: ${kind}` };
  }
}

/** A kubelet with CNI waits for its settings, which a step writes, or what a step deploys. */
function* network({ effects, hosts }: Subject["world"], started: Started): Iterable<Fault> {
  const plugin = settingOf(started, "network-plugin");
  if (plugin?.value !== "cni") return;
  const folder = settingOf(started, "cni-conf-dir")?.value ?? "/etc/cni/net.d";
  const { host } = started;
  const isThere = [...host.files.keys(), ...host.opaque].some((path) => `${path}/`.startsWith(`${folder}/`));
  const texts = hosts.flatMap(({ files }) => [...files.values()].flatMap(({ parts }) => parts));
  if (isThere || texts.some(({ text }) => text.includes("/etc/cni")) || effects.some(deploysUnknown)) return;
  const message = `the kubelet waits for a network of CNI, but nothing writes one into ${folder}: its node is never ready`;
  yield {
    rule: "values/needed",
    at: plugin.spot,
    message,
    hint: "leave --network-plugin out, as flannel's guides do, or write its settings",
  };
}
