import { posix } from "node:path";
import { closestWord, suggest, suggestFrom } from "../../../input/suggest.ts";
import {
  type Arg,
  type Call,
  need,
  needOptions,
  operands,
  option,
  type Stream,
  unknown,
  write,
} from "../call.ts";
import { hostOf } from "../asks/sites.ts";
import { textOf } from "../../check/finding.ts";
import type { Kubeconfig } from "../host.ts";
import { settingOf } from "./services.ts";

const nameOf = (args: readonly Arg[], after: string): string =>
  args[args.findIndex(({ text }) => text === after) + 1]?.text ?? "";

function configure(call: Call): Stream {
  const { args, host, shell, fault, spot } = call;
  needOptions(call, ["certificate-authority", "client-certificate", "client-key"]);
  const file = option(args, "kubeconfig");
  const path = host.resolve(file?.text ?? "~/.kube/config", shell);
  // kubectl makes the folder of its file.
  host.makeFolder(posix.dirname(path));
  const config: Kubeconfig = host.files.get(path)?.kubeconfig ?? {
    clusters: new Set(),
    users: new Set(),
    contexts: new Set(),
  };
  const verb = args[1]?.text ?? "";
  if (/^(?:view|current-context|get-.*)$/.test(verb)) return {};
  write(call, path, { parts: [], kubeconfig: config }, file?.spot ?? spot);
  const name = nameOf(args, verb);
  if (verb === "set-cluster") {
    config.clusters.add(name);
    const server = option(args, "server");
    if (server?.known) config.server = { value: server.text, spot: server.spot };
  }
  if (verb === "set-credentials") {
    config.users.add(name);
    const client = option(args, "client-certificate");
    const certificate = client && host.files.get(host.resolve(client.text, shell))?.certificate;
    if (certificate) config.client = certificate;
    config.token = option(args, "token") !== undefined;
  }
  const known = (kind: string, arg: Arg | undefined, names: ReadonlySet<string>): void => {
    if (arg === undefined || !arg.known || names.has(arg.text)) return;
    const message = `${posix.basename(path)} has no ${kind} "${arg.text}"`;
    fault("files/kubeconfig", arg.spot, message, suggest(arg.text, [...names]));
  };
  if (verb === "set-context") {
    known("cluster", option(args, "cluster"), config.clusters);
    known("user", option(args, "user"), config.users);
    config.contexts.add(name);
  }
  if (verb === "use-context")
    known("context", args[2] ?? { text: "", known: true, spot, written: "" }, config.contexts);
  return {};
}

/** Verbs of kubectl 1.14, and of later versions that ports lead to. */
const kubectlVerbs: readonly string[] =
  `create get run expose delete apply edit set explain describe logs attach exec port-forward proxy cp auth diff label annotate
  completion scale autoscale rollout certificate cluster-info top cordon uncordon drain taint patch replace wait convert kustomize
  api-resources api-versions config plugin version options help debug alpha rolling-update`.split(/\s+/);

/** Options whose value is the next word. */
const valued =
  /^(?:-[nslfo]|--(?:namespace|kubeconfig|server|context|cluster|user|token|selector|filename|output))$/;

/** What comes after some verbs. */
const objects: Readonly<Record<string, readonly string[] | undefined>> = {
  certificate: ["approve", "deny"],
  rollout: ["history", "pause", "restart", "resume", "status", "undo"],
  config:
    `current-context delete-cluster delete-context get-clusters get-contexts rename-context set set-cluster
    set-context set-credentials unset use-context view`.split(/\s+/),
};

/** Resources of Kubernetes; others can be defined, so only what is nearly one of these is a slip. */
const resources: ReadonlySet<string> = new Set(
  `all certificatesigningrequests csr clusterrolebindings clusterroles componentstatuses cs configmaps cm cronjobs cj
  customresourcedefinitions crd daemonsets ds deployments deploy endpoints ep events ev ingresses ing jobs leases
  limitranges limits namespaces ns networkpolicies netpol nodes no persistentvolumeclaims pvc persistentvolumes pv
  poddisruptionbudgets pdb pods po replicasets rs replicationcontrollers rc resourcequotas quota rolebindings roles
  secrets serviceaccounts sa services svc statefulsets sts storageclasses sc`
    .split(/\s+/)
    .flatMap((name) => [name, name.replace(/(?:(?<=s)es|s)$/, "")]),
);

/** The word behind a verb is one that it takes. */
function checkObject(call: Call, verb: Arg | undefined): void {
  const [, object] = operands(call.args, valued);
  if (!verb?.known || !object?.known) return;
  const list = Object.hasOwn(objects, verb.text) ? objects[verb.text] : undefined;
  const tell = (message: string, hint: string): void =>
    call.fault("shell/kubectl", object.spot, message, hint);
  if (list && !list.includes(object.text))
    tell(`kubectl ${verb.text} has no "${object.text}"`, suggest(object.text, list));
  if (!/^(?:get|describe|delete)$/.test(verb.text)) return;
  for (const name of object.text.split(",").map((each) => each.replace(/[/.].*$/s, "").toLowerCase())) {
    const near = resources.has(name) || name.length < 4 ? undefined : closestWord(name, resources);
    if (near !== undefined) tell(`Kubernetes has no resource "${name}"`, `did you mean "${near}"?`);
  }
}

/** Verbs that ask no apiserver. */
const local = /^(?:completion|help|options|plugin|kustomize|version|)$/;

/** kubectl finds the apiserver by a kubeconfig, or, until 1.20, at port 8080 of its own machine. */
function needApiserver({ args, host, shell, story, around, spot }: Call, verb: string): void {
  const told = args.some(({ text }) => /^(?:-s|-h|--(?:kubeconfig|server|help)\b)/.test(text));
  const here = [...host.files.keys()].some((path) => path.endsWith("/.kube/config"));
  const named = shell.variables.has("KUBECONFIG") || textOf(spot.step).includes("KUBECONFIG=");
  const beside = story.started.some(
    (started) =>
      started.host === host &&
      settingOf(started, "etcd-servers") &&
      settingOf(started, "insecure-port")?.value !== "0",
  );
  if (local.test(verb) || told || here || named || beside || around.guarded) return;
  if (host.complainedOfApiserver) return;
  host.complainedOfApiserver = true;
  const message = `kubectl on ${host.spec.name} finds no apiserver: no kubeconfig is there yet, and none runs on this machine`;
  const hint = "call it on the master once the apiserver runs, or give it --kubeconfig=…";
  story.ofApiserver.push({ rule: "shell/kubectl", at: spot, message, hint });
}

/** The manifests of a call are there; what they deploy is known only if steps wrote them. */
function readManifests(call: Call, verb: string): void {
  if (!/^(?:apply|create|replace|delete)$/.test(verb)) return;
  const { host, shell, args, around } = call;
  const file = option(args, "f") ?? option(args, "filename");
  if (file === undefined) return;
  const isRemote = hostOf(file.text) !== undefined;
  const isFolder = host.isFolder(host.resolve(file.text, shell));
  const entry = isRemote || isFolder || file.text === "-" ? undefined : need(call, file);
  const isKnown = file.text === "-" ? around.input.part !== undefined : (entry?.parts.length ?? 0) > 0;
  // An unknown name was told by the look for it.
  if (!isKnown && file.known && verb !== "delete") unknown(call);
}

/** kubectl: its kubeconfigs are followed, its manifests looked for, and its verbs known. */
export function kubectl(call: Call): Stream {
  const [verb] = operands(call.args, valued);
  if (verb?.known && !kubectlVerbs.includes(verb.text)) {
    const hint = suggestFrom(verb.text, kubectlVerbs, "`kubectl --help` lists its verbs.");
    call.fault("shell/kubectl", verb.spot, `kubectl has no verb "${verb.text}"`, hint);
  }
  checkObject(call, verb);
  if (call.args[0]?.text === "config") return configure(call);
  readManifests(call, verb?.text ?? "");
  needApiserver(call, verb?.text ?? "");
  for (const { text, spot } of call.args) {
    if (!/^node-csr-[\w-]{20,}$/.test(text)) continue;
    const hint = "read it from the list: $(kubectl get csr -o name)";
    call.fault("shell/generated-name", spot, "the name of a CSR that another machine generated", hint);
  }
  return {};
}
