import { posix } from "node:path";
import {
  type Arg,
  type Call,
  effect,
  fails,
  need,
  operands,
  option,
  type Stream,
  unknown,
  write,
} from "../call.ts";
import { placeIn } from "../../check/files/here-document.ts";
import { settings } from "../asks/demands.ts";
import type { Entry, Kubeconfig } from "../host.ts";
import { units } from "./units.ts";
import { suggest } from "../../../suggest.ts";
import { hostOf } from "../asks/sites.ts";
import { yumWords } from "../asks/yum.ts";

/** The files that options name are there. */
function needOptions(call: Call, names: readonly string[]): void {
  for (const name of names) {
    const arg = option(call.args, name);
    if (arg !== undefined) need(call, arg);
  }
}

export const textOfEntry = (entry: Entry | undefined): string =>
  entry?.parts.map(({ text }) => text).join("\n") ?? "";

/** A JSON text as a value; undefined if it is none, which another rule reports. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** What is at a path of keys in a value that nobody has checked. */
export const dig = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value);

/** The kind and the size of the key that a request asks for. */
function checkRequest(call: Call): void {
  const arg = call.args.slice(1).find(({ text }) => /\.json$/.test(text) && !text.startsWith("-"));
  const part = arg && call.host.files.get(call.host.resolve(arg.text, call.shell))?.parts[0];
  const key = dig(json(part?.text ?? ""), "key");
  const [algorithm, size] = [dig(key, "algo"), dig(key, "size")];
  if (part === undefined || algorithm === undefined || size === undefined) return;
  const sizes = { rsa: [2048, 8192], ecdsa: [256, 521] }[String(algorithm)];
  const [least, greatest] = sizes ?? [];
  if (least !== undefined && greatest !== undefined && Number(size) >= least && Number(size) <= greatest)
    return;
  const at = { step: part.step, offset: placeIn(part, Math.max(part.text.indexOf('"key"'), 0)) };
  const message = `cfssl makes no key of ${String(algorithm)} with ${String(size)} bits`;
  call.fault("certificates/key", at, message, 'write "algo": "rsa" with "size": 2048, or "ecdsa" with 256');
}

function makeCertificate(call: Call): Stream {
  const { args, fault } = call;
  if (args[0]?.text !== "gencert") return {};
  needOptions(call, ["ca", "ca-key", "config"]);
  checkRequest(call);
  const own = option(args, "initca") !== undefined || args.some(({ text }) => text === "-initca");
  const requestArg = args.slice(1).find(({ text }) => !text.startsWith("-"));
  const request = requestArg && need(call, requestArg);
  if (own) return { certificate: { request, ca: undefined } };
  const authority = option(args, "ca");
  const config = option(args, "config");
  const profile = option(args, "profile");
  const file = (arg: Arg | undefined): Entry | undefined =>
    arg && call.host.files.get(call.host.resolve(arg.text, call.shell));
  const profiles = dig(json(textOfEntry(file(config))), "signing", "profiles");
  if (profile?.known && isObject(profiles) && !Object.hasOwn(profiles, profile.text)) {
    const hint = suggest(profile.text, Object.keys(profiles));
    fault("certificates/profile", profile.spot, `${config?.text} has no profile "${profile.text}"`, hint);
  }
  const ca = file(authority)?.certificate ?? { request: undefined, ca: undefined };
  const settings = file(config);
  const signing = settings && profile?.known ? { config: settings, profile: profile.text } : undefined;
  return { certificate: { request, ca, ...(signing && { signing }) } };
}

function writeCertificate(call: Call): Stream {
  const { args, host, shell, around } = call;
  const base = option(args, "bare");
  if (base === undefined) return {};
  const path = host.resolve(base.text, shell);
  const certificate = around.input.certificate ?? { request: undefined, ca: undefined };
  write(call, `${path}.pem`, { parts: [], certificate }, base.spot);
  write(call, `${path}-key.pem`, { parts: [], keyOf: certificate }, base.spot);
  write(call, `${path}.csr`, { parts: [] }, base.spot);
  return {};
}

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
  if (verb === "use-context") known("context", args[2] ?? { text: "", known: true, spot }, config.contexts);
  return {};
}

/** Verbs of kubectl 1.14, and of later versions that ports lead to. */
const kubectlVerbs: readonly string[] =
  `create get run expose delete apply edit set explain describe logs attach exec port-forward proxy cp auth diff label annotate
  completion scale autoscale rollout certificate cluster-info top cordon uncordon drain taint patch replace wait convert kustomize
  api-resources api-versions config plugin version options help debug alpha rolling-update`.split(/\s+/);

function kubectl(call: Call): Stream {
  fetched(call);
  const [verb] = operands(
    call.args,
    /^(?:-[ns]|--(?:namespace|kubeconfig|server|context|cluster|user|token))$/,
  );
  if (verb?.known && !kubectlVerbs.includes(verb.text)) {
    const hint = suggest(verb.text, kubectlVerbs);
    call.fault("shell/kubectl", verb.spot, `kubectl has no verb "${verb.text}"`, hint);
  }
  if (call.args[0]?.text === "config") return configure(call);
  for (const { text, spot } of call.args) {
    if (!/^node-csr-[\w-]{20,}$/.test(text)) continue;
    const hint = "read it from the list: $(kubectl get csr -o name)";
    call.fault("shell/generated-name", spot, "the name of a request that another machine has made up", hint);
  }
  return {};
}

/** Packages that a call of yum, dnf or apt-get names; of other programs, what follows the same verb. */
function installs(call: Call): Stream {
  const [verb, ...packages] = yumWords(call.args);
  fetched(call);
  if (verb?.text === "install") for (const { text, spot } of packages) effect(call, "installs", text, spot);
  return {};
}

/** Images that a container's program reads from a file, or is fed. */
function docker(call: Call): Stream {
  const { args, host, shell, spot } = call;
  const [verb, second] = operands(args).map(({ text }) => text);
  if (!/^(?:load|import)$/.test((verb === "image" ? second : verb) ?? "")) return {};
  const file = args[args.findIndex(({ text }) => /^(?:-i|--input)$/.test(text)) + 1];
  const named = option(args, "input") ?? (file === args[0] ? undefined : file);
  if (named) need(call, named);
  effect(call, "loads", named ? host.resolve(named.text, shell) : "-", named?.spot ?? spot);
  return {};
}

function git(call: Call): Stream {
  const [verb, url, folder] = operands(call.args, /^(?:-[bcoj]|--(?:branch|depth|origin|config))$/);
  if (verb?.text === "clone" && url?.known) {
    const path = call.host.resolve(folder?.text ?? posix.basename(url.text, ".git"), call.shell);
    call.host.makeFolder(path);
    call.host.opaque.add(path);
  }
  for (const { text, spot } of call.args) if (/^http\.sslCA/i.test(text)) effect(call, "trusts", text, spot);
  return fetched(call);
}

/** Addresses that a program reads from the web by itself. */
function fetched(call: Call): Stream {
  for (const { text, known, spot } of call.args) {
    const address = text.replace(/^--add-repo=/, "");
    if (known && hostOf(address) !== undefined) effect(call, "downloads", address, spot);
  }
  return {};
}

function yum(call: Call): Stream {
  const { host, args, spot, fault } = call;
  installs(call);
  if (!host.readsArchive && !host.complainedOfMirrors) {
    host.complainedOfMirrors = true;
    const hint =
      "its mirrors are closed: point the baseurl of the repositories to http://vault.centos.org before";
    fault("versions/mirror", spot, "yum asks the mirrors of CentOS 7", hint);
  }
  const [verb, ...names] = yumWords(args);
  if (verb?.text !== "install") return {};
  for (const arg of names) {
    host.packages.add(arg.text.replace(/-\d.*$/, ""));
    if (!host.hasRepository || /-\d/.test(arg.text)) continue;
    const hint = `name a version, as in ${arg.text}-18.09.9, or what is installed depends on the day`;
    fault("versions/open", arg.spot, `the version of ${arg.text} is left open`, hint);
  }
  return {};
}

/** Settings of the kernel that are not there until a module is loaded. */
const ofModules: readonly (readonly [setting: RegExp, module: string])[] = [
  [/^net\.bridge\./, "br_netfilter"],
  [/^net\.ipv4\.vs\./, "ip_vs"],
];

function setKernel(call: Call): Stream {
  if (call.args.some(({ text }) => /^(?:-\w*e|--ignore)$/.test(text))) return {};
  for (const { what = "", spot = call.spot } of settings(call)) {
    const module = ofModules.find(([setting]) => setting.test(what))?.[1];
    if (module === undefined || call.host.modules.has(module)) continue;
    const message = `${what} is not there until the module ${module} is loaded`;
    fails(call, { rule: "shell/kernel-setting", at: spot, message, hint: `modprobe ${module} before` });
  }
  return {};
}

function loadModule({ host, args }: Call): Stream {
  for (const { text } of args) host.modules.add(posix.basename(text, ".ko"));
  // The bridge brings its filter along in the kernel of CentOS 7.
  if (host.modules.has("bridge")) host.modules.add("br_netfilter");
  return {};
}

const askSelinux = ({ host }: Call): Stream => {
  host.asksSelinux = true;
  return {};
};

function setEnforce({ host, around, spot, fault }: Call): Stream {
  if (host.asksSelinux || around.optional) return {};
  const hint = "ask before: if selinuxenabled; then setenforce 0; fi";
  fault("shell/selinux", spot, "setenforce fails where SELinux is off, as it is after the next boot", hint);
  return {};
}

/** The key and its public half, which ssh-keygen writes in a folder that it makes. */
function makeKey(call: Call): Stream {
  const { args, host, shell, spot } = call;
  if (args.some(({ text }) => /^-[AeFHiklRry]$/.test(text))) return unknown(call);
  const at = args.findIndex(({ text }) => /^-\w*f$/.test(text));
  const file = at < 0 ? { text: "/root/.ssh/id_rsa", known: true, spot } : args[at + 1];
  if (!file?.known) return unknown(call);
  const path = host.resolve(file.text, shell);
  if (path.startsWith("/root/.ssh/")) host.makeFolder("/root/.ssh");
  for (const each of [path, `${path}.pub`]) write(call, each, { parts: [] }, file.spot);
  return {};
}

/** Programs whose effect is known. */
export const programs: Readonly<Record<string, ((call: Call) => Stream) | undefined>> = {
  cfssl: makeCertificate,
  cfssljson: writeCertificate,
  kubectl,
  ...units,
  yum,
  dnf: installs,
  apt: installs,
  "apt-get": installs,
  docker,
  podman: docker,
  git,
  rpm: fetched,
  sysctl: setKernel,
  modprobe: loadModule,
  insmod: loadModule,
  "ssh-keygen": makeKey,
  unzip: (call) => {
    const into = option(call.args, "d");
    call.host.opaque.add(call.host.resolve(into?.text ?? ".", call.shell));
    return {};
  },
  openssl(call) {
    const out = option(call.args, "out");
    if (out?.known) write(call, call.host.resolve(out.text, call.shell), { parts: [] }, out.spot);
    return {};
  },
  selinuxenabled: askSelinux,
  getenforce: askSelinux,
  sestatus: askSelinux,
  setenforce: setEnforce,
  "yum-config-manager": (call) => {
    call.host.hasRepository ||= call.args.some(({ text }) => text.startsWith("--add-repo"));
    return fetched(call);
  },
  dpkg: ({ host, args }) => {
    for (const { text } of args) host.packages.add(text);
    return {};
  },
  ip: ({ host, args }) => {
    const words = args.map(({ text }) => text).join(" ");
    if (/^link del(?:ete)? (?:dev )?docker0$/.test(words)) host.dockerBridge = false;
    return {};
  },
  etcdctl: (call) => {
    needOptions(call, ["ca-file", "cert-file", "key-file", "cacert", "cert", "key"]);
    const at = call.args.findIndex(({ text }) => text === "set" || text === "put");
    const [key, value] = at === -1 ? [] : call.args.slice(at + 1);
    if (key && value?.known)
      call.story.registered.push({ key: key.text, value: value.text, spot: value.spot });
    return {};
  },
};
