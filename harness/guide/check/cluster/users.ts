import { dig, isObject, json, textOfEntry } from "../../effects/programs/json.ts";
import { suggest } from "../../../input/suggest.ts";
import type { Kubeconfig, Part } from "../../effects/host.ts";
import { entryOf, settingOf } from "../../effects/programs/services.ts";
import { deploysUnknown } from "./networks.ts";
import { spotOf } from "../files/here-document.ts";
import { type Fault, type Subject, textOf } from "../finding.ts";

const [proxy, bootstrapper] = ["system:kube-proxy", "system:node-bootstrapper"];

const nodeRoles = ["system:node", "system:node-proxier", "system:node-problem-detector", bootstrapper];

/** Users are those to whom Kubernetes, or the guide itself, gives the rights that they need. */
export function* users(subject: Subject): Iterable<Fault> {
  yield* ofProxy(subject);
  yield* ofKubelets(subject);
  yield* ofBootstrap(subject);
}

/** The request of the certificate that a kubeconfig shows, and its common name. */
function clientOf(kubeconfig: Kubeconfig | undefined): {
  readonly part?: Part | undefined;
  readonly name?: string;
} {
  const part = kubeconfig?.client?.request?.parts[0];
  const request = part && json(textOfEntry({ parts: [part] }));
  const name = dig(request, "CN") ?? "";
  return isObject(request) && typeof name === "string" ? { part, name } : {};
}

/** Kubelets ask for certificates as somebody who may, and act as nodes afterwards. */
function* ofKubelets(subject: Subject): Iterable<Fault> {
  const { world, steps, files } = subject;
  for (const started of world.started) {
    if (started.unit !== "kubelet.service") continue;
    const [own, first] = ["kubeconfig", "bootstrap-kubeconfig"].map((option) => settingOf(started, option));
    if (own && own.value === first?.value && !own.value.includes("\0")) {
      const message = `the kubelet acts as its bootstrap user for ever: it asks for no certificate, as ${own.value} is there`;
      const hint = "name a file that is not there yet: the kubelet writes it once it has a certificate";
      yield { rule: "values/user", at: own.spot, message, hint };
    }
    for (const option of ["kubeconfig", "bootstrap-kubeconfig"]) {
      const named = settingOf(started, option);
      const { name } = clientOf(entryOf(started, option)?.kubeconfig);
      if (!named || name === undefined || !/^system:(?!node:)/.test(name)) continue;
      const message = `the kubelet acts as "${name}", which is no node`;
      yield { rule: "values/user", at: named.spot, message, hint: "name the kubeconfig that is made for it" };
    }
  }
  const [bootstrap, tokens, mode] = ["bootstrap-kubeconfig", "token-auth-file", "authorization-mode"].map(
    (name) => world.started.flatMap((started) => settingOf(started, name) ?? [])[0],
  );
  const modes = mode?.value.split(",") ?? [];
  if (!bootstrap || !mode) return;
  if (modes.every((one) => /^(?:Node|AlwaysDeny)$/.test(one))) {
    const message = "nobody may ask for a certificate: RBAC, which would let them, is not among the modes";
    yield { rule: "values/user", at: mode.spot, message, hint: "write --authorization-mode=Node,RBAC" };
  }
  if (!modes.includes("RBAC")) return;
  const texts = [...steps.map(textOf), ...files.map(({ text }) => text)];
  const binds = (role: RegExp): boolean => texts.some((text) => /clusterrole/i.test(text) && role.test(text));
  if (!modes.includes("Node") && !binds(/system:nodes/)) {
    const message = "no kubelet has the rights of a node: Node is not among the modes";
    yield { rule: "values/user", at: mode.spot, message, hint: "write --authorization-mode=Node,RBAC" };
  }
  // A misspelt verb is told by itself.
  const approves =
    /\bkubectl\b[^\n]*\scertificate\s+(?!deny\b)[a-z]|\bcertificatesigningrequests:(?:self)?nodeclient\b/;
  if (
    !texts.some((text) => approves.test(text)) &&
    !modes.includes("AlwaysAllow") &&
    !world.effects.some(deploysUnknown)
  ) {
    const message = "nobody approves the kubelets' requests: they wait for their certificates for ever";
    const hint = "kubectl certificate approve $(kubectl get csr -o name), once the kubelets are started";
    yield { rule: "values/user", at: bootstrap.spot, message, hint };
  }
  if (!tokens || binds(/bootstrap/)) return;
  const message = "nothing lets the kubelets ask for certificates: their first requests are refused";
  const hint = `kubectl create clusterrolebinding kubelet-bootstrap --clusterrole=${bootstrapper} --user=…`;
  yield { rule: "values/user", at: bootstrap.spot, message, hint };
}

/** kube-proxy's rights are those of one user, by its certificate's common name. */
function* ofProxy({ world }: Subject): Iterable<Fault> {
  for (const started of world.started) {
    if (started.unit !== "kube-proxy.service") continue;
    const setting = settingOf(started, "kubeconfig");
    const { kubeconfig } = entryOf(started, "kubeconfig") ?? {};
    if (setting && kubeconfig?.token === true && !kubeconfig.client) {
      const message = "kube-proxy shows a token, whose user has not the rights that it needs";
      const hint = "name the kubeconfig that has kube-proxy's certificate";
      yield { rule: "values/user", at: setting.spot, message, hint };
    }
    const { part, name } = clientOf(kubeconfig);
    if (!part || name === undefined || name === proxy) continue;
    const at = spotOf(part, '"CN"');
    const message =
      name === ""
        ? "kube-proxy acts as nobody: its certificate has no name"
        : `kube-proxy acts as "${name}", which nothing gives the rights that it needs`;
    yield { rule: "values/user", at, message, hint: `write "CN": "${proxy}"` };
  }
}

/** Whoever the token file names may ask for certificates. */
function* ofBootstrap({ world, commands, files }: Subject): Iterable<Fault> {
  const path = world.started
    .flatMap(({ settings }) => settings)
    .findLast(({ name }) => name === "token-auth-file")?.value;
  const text = files.findLast((file) => file.path === path)?.text ?? "";
  const known = text.split("\n").flatMap((line) => {
    const [, user = "", uid, groups = "", ...more] = line.split(",").map((column) => column.trim());
    if (uid === undefined) return [];
    return [
      { kind: "user", name: user },
      ...[groups, ...more].map((group) => ({ kind: "group", name: group.replaceAll('"', "") })),
    ].filter(({ name }) => name !== "");
  });
  if (known.length === 0) return;
  const everyone = { kind: "group", name: "system:authenticated" };
  for (const { text: script, at: placeOf } of commands) {
    const found = script.matchAll(/\b(?:cluster)?rolebinding\s(?:[^\n\\;|&]|\\\n)*/g);
    for (const { 0: command, index: start } of found) {
      const bound = /--(?<kind>user|group)=["']?(?<name>[\w:.-]+)/.exec(command);
      const named = /--clusterrole=["']?([\w:.-]+)/.exec(command);
      const role = named?.[1];
      if (named && role?.startsWith("system:node") && !nodeRoles.includes(role)) {
        const message = `Kubernetes has no role ${role}`;
        const at = placeOf(start + named.index);
        yield { rule: "values/user", at, message, hint: suggest(role, nodeRoles) };
      }
      if (role !== bootstrapper) continue;
      if (command.startsWith("role")) {
        const message = "a rolebinding holds in one namespace, and requests for certificates are in none";
        const hint = "write clusterrolebinding";
        yield { rule: "values/user", at: placeOf(start), message, hint };
      }
      const { kind, name } = bound?.groups ?? {};
      const isThere = [...known, everyone].some((one) => one.kind === kind && one.name === name);
      if (!bound || isThere) continue;
      const all = known.map((one) => `--${one.kind}=${one.name}`);
      const message = `"${name}" is no ${kind} of the token file, which has ${all.join(", ")}`;
      const at = placeOf(start + bound.index);
      yield { rule: "values/user", at, message, hint: `write ${all[0]}` };
    }
  }
}
