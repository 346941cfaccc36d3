import { posix } from "node:path";
import type { Cluster, Kubeconfig, User } from "../../effects/host.ts";
import { entryOf, settingOf, type Started } from "../../effects/programs/services.ts";
import type { Fault, Subject, TextLocation } from "../finding.ts";
import type { RuleId } from "../rules.ts";

/** A kubeconfig that a program is given has what leads it to the apiserver: a context with a cluster that it trusts and a user. */
export function* kubeconfigs({ world }: Subject): Iterable<Fault> {
  // One script makes it on each machine.
  const seen = new Set<string>();
  for (const started of world.started) {
    for (const option of ["bootstrap-kubeconfig", "kubeconfig"]) {
      const setting = settingOf(started, option);
      const config = entryOf(started, option)?.kubeconfig;
      if (!setting || !config || config.obscure === true) continue;
      const name = posix.basename(setting.value);
      for (const [rule, at, message, hint] of wrong(config, setting.spot, authoritiesOf(world.started))) {
        const key = `${at.step.id} ${at.offset} ${message}`;
        if (seen.has(key)) continue;
        seen.add(key);
        yield { rule, at, message: `${name} ${message}`, hint: hint.replace("FILE", name) };
      }
    }
  }
}

type Wrong = readonly [rule: RuleId, at: TextLocation, message: string, hint: string];
type Authority = NonNullable<Cluster["authority"]>["certificate"];

/** The CAs that signed the certificates of apiservers, and those that these trust. */
type Authorities = { readonly servers: readonly Authority[]; readonly clients: readonly Authority[] };

const authoritiesOf = (all: readonly Started[]): Authorities => {
  const named = (option: string): Authority[] =>
    all.flatMap((started) => entryOf(started, option)?.certificate ?? []);
  return {
    servers: named("tls-cert-file").map((certificate) => certificate?.ca ?? certificate),
    clients: named("client-ca-file"),
  };
};

function* wrong(config: Kubeconfig, spot: TextLocation, authorities: Authorities): Iterable<Wrong> {
  const rule = "files/kubeconfig";
  const { current } = config;
  if (current === undefined) {
    const hint = "kubectl config use-context NAME --kubeconfig=FILE";
    yield [rule, spot, "has no current context: a program finds no apiserver in it", hint];
    return;
  }
  const context = config.contexts.get(current);
  if (context === undefined) return;
  for (const [key, effect] of [
    ["cluster", "a program finds no apiserver in it"],
    ["user", "a program is nobody, and has no rights"],
  ] as const) {
    if (context[key] !== undefined) continue;
    const message = `has a context "${current}" without a ${key}: ${effect}`;
    yield [rule, context.spot, message, `add --${key}=… to kubectl config set-context`];
  }
  const cluster = config.clusters.get(context.cluster ?? "");
  if (cluster) yield* ofCluster(cluster, authorities.servers);
  const user = config.users.get(context.user ?? "");
  if (user) yield* ofUser(user, context.user ?? "", authorities.clients);
}

function* ofCluster(cluster: Cluster, authorities: readonly Authority[]): Iterable<Wrong> {
  const { spot, server, authority, trustsAll } = cluster;
  if (server === undefined) {
    yield ["files/kubeconfig", spot, "has a cluster without a server", "add --server=https://…"];
    return;
  }
  const [first] = authorities;
  if (!server.startsWith("https:") || trustsAll || first === undefined) return;
  const rule = "certificates/authority";
  if (authority === undefined) {
    const hint = "add --certificate-authority=… to kubectl config set-cluster";
    yield [rule, spot, "trusts no CA: a program refuses the apiserver's certificate", hint];
  } else if (authority.certificate && !authorities.includes(authority.certificate)) {
    const message = "trusts another CA than the one that signed the apiserver's certificate";
    yield [rule, spot, message, "name the CA that signs the apiserver's certificate"];
  }
}

function* ofUser(
  { spot, shows, certificate: own }: User,
  name: string,
  authorities: readonly Authority[],
): Iterable<Wrong> {
  if (own && authorities.length > 0 && !authorities.includes(own.ca ?? own)) {
    const message = `has a user "${name}" whose certificate another CA signed than those that the apiserver trusts`;
    yield ["certificates/authority", spot, message, "sign it with the CA of --client-ca-file"];
  }
  const rule = "files/kubeconfig";
  if (shows.size === 0) {
    const message = `has a user "${name}" that shows nothing: the apiserver takes a program for nobody`;
    yield [rule, spot, message, "add --client-certificate=… and --client-key=…, or --token=…"];
  }
  const [certificate, key] = ["client-certificate", "client-key"];
  for (const [one, other] of [
    [certificate, key],
    [key, certificate],
  ] as const) {
    if (!shows.has(one) || shows.has(other)) continue;
    const message = `has a user "${name}" with --${one}, but without --${other}: a program cannot read it`;
    yield [rule, spot, message, `add --${other}=…`];
  }
}
