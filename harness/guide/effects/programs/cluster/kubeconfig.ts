import { posix } from "node:path";
import { suggest } from "../../../../input/suggest.ts";
import { type Call, needOptions, write } from "../../call.ts";
import { type Arg, operands, option, valueSpot } from "../../shell/args.ts";
import type { Cluster, Kubeconfig, User } from "../../host.ts";

const valued =
  /^--(?:kubeconfig|server|cluster|user|token|namespace|certificate-authority|client-certificate|client-key|username|password)$/;

/** By what a user says who it is. */
const credentials = /^--(client-certificate|client-key|token|username|auth-provider|exec-command)(?:=[^]|$)/;

/** A copy, for a file that is copied before a command changes it does not change with it. */
const copyOf = (config: Kubeconfig | undefined): Kubeconfig => ({
  ...config,
  clusters: new Map(config?.clusters),
  users: new Map(config?.users),
  contexts: new Map(config?.contexts),
});

/** Of a kubeconfig that options on a line of their own name, nobody knows what it has: their command did not get them. */
export function obscure({ name, args, host, shell }: Call): void {
  const given = [name, ...args.map(({ text }) => text)].map((text) => /^--kubeconfig=(.+)$/.exec(text)?.[1]);
  for (const path of given.flatMap((text) => (text === undefined ? [] : [host.resolve(text, shell)])))
    host.write(path, {
      parts: [],
      kubeconfig: { ...copyOf(host.files.get(path)?.kubeconfig), obscure: true },
    });
}

function fileOf({ args, host, shell, spot }: Call): { readonly path: string; readonly spot: Arg["spot"] } {
  const named = option(args, "kubeconfig");
  const text = named?.text ?? shell.variables.get("KUBECONFIG") ?? "~/.kube/config";
  return { path: host.resolve(text, shell), spot: named?.spot ?? spot };
}

/** `kubectl config`: what is in a kubeconfig afterwards. */
export function configure(call: Call): void {
  const { args, host, fault, spot } = call;
  needOptions(call, ["certificate-authority", "client-certificate", "client-key"]);
  const [, verb, named] = operands(args, valued);
  if (verb === undefined || /^(?:view|current-context|get-.*)$/.test(verb.text)) return;
  const { path, spot: place } = fileOf(call);
  // kubectl makes the folder of its file.
  host.makeFolder(posix.dirname(path));
  const config = copyOf(host.files.get(path)?.kubeconfig);
  write(call, path, { parts: [], kubeconfig: config }, place);
  const isWhole = config.obscure !== true;
  const name = named?.text ?? "";
  if (
    args.some(({ known }) => !known) ||
    !/^(?:set-(?:cluster|credentials|context)|use-context)$/.test(verb.text)
  )
    config.obscure = true;
  if (verb.text === "set-cluster") setCluster(call, config, name);
  if (verb.text === "set-credentials") setUser(call, config, name);
  const known = (kind: string, arg: Arg | undefined, names: Iterable<string>): void => {
    const all = [...names];
    if (arg === undefined || !arg.known || !isWhole || all.includes(arg.text)) return;
    const message = `${posix.basename(path)} has no ${kind} "${arg.text}"`;
    fault("files/kubeconfig", arg.spot, message, suggest(arg.text, all));
  };
  if (verb.text === "set-context") {
    const [cluster, user] = [option(args, "cluster"), option(args, "user")];
    known("cluster", cluster, config.clusters.keys());
    known("user", user, config.users.keys());
    const before = config.contexts.get(name);
    config.contexts.set(name, {
      ...before,
      spot,
      ...(cluster && { cluster: cluster.text }),
      ...(user && { user: user.text }),
    });
  }
  if (verb.text === "use-context") {
    known("context", named ?? { text: "", known: true, spot, written: "" }, config.contexts.keys());
    config.current = name;
  }
}

function setCluster({ args, host, shell, spot }: Call, config: Kubeconfig, name: string): void {
  const [server, ca] = [option(args, "server"), option(args, "certificate-authority")];
  if (server?.known) config.server = { value: server.text, spot: valueSpot(server) };
  const authority = ca && { certificate: host.files.get(host.resolve(ca.text, shell))?.certificate };
  const trustsAll = args.some(({ text }) => /^--insecure-skip-tls-verify(?:=true)?$/.test(text));
  const cluster: Cluster = {
    ...config.clusters.get(name),
    spot,
    ...(server && { server: server.text }),
    ...(authority && { authority }),
    ...(trustsAll && { trustsAll }),
  };
  config.clusters.set(name, cluster);
}

function setUser({ args, host, shell, spot }: Call, config: Kubeconfig, name: string): void {
  const before = config.users.get(name)?.shows ?? [];
  const given = args.flatMap(({ text }) => credentials.exec(text)?.[1] ?? []);
  const client = option(args, "client-certificate");
  const certificate = client && host.files.get(host.resolve(client.text, shell))?.certificate;
  const user: User = { spot, shows: new Set([...before, ...given]), ...(certificate && { certificate }) };
  config.users.set(name, user);
  if (certificate) config.client = certificate;
  config.token = user.shows.has("token");
}
