import { posix } from "node:path";
import ipaddr from "ipaddr.js";
import { suggest } from "../../../input/suggest.ts";
import { list } from "../words.ts";
import { type Fault, type TextLocation, type Subject, textOf } from "../finding.ts";
import { configured } from "../files/formats.ts";
import { dig, json, textOfEntry } from "../../effects/programs/json.ts";
import type { Story } from "../../effects/call.ts";
import { entryOf, type Setting, settingOf } from "../../effects/programs/services.ts";

/** An address of a network of IPv4, and the length of its prefix. */
export type Network = ReturnType<typeof ipaddr.IPv4.parseCIDR>;

/** Reads `ADDRESS/LENGTH`; undefined for anything else. */
export const networkOf = (text: string): Network | undefined =>
  ipaddr.IPv4.isValidCIDRFourPartDecimal(text) ? ipaddr.IPv4.parseCIDR(text) : undefined;

/** The first address of a network that somebody can have. */
export function firstIn([address, length]: Network): string {
  const [a, b, c, d = 0] = ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${length}`).octets;
  return [a, b, c, d + 1].join(".");
}

const holds = ([network, length]: Network, address: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(address) && ipaddr.IPv4.parse(address).match(network, length);

/** Whether two networks have an address in common: one is within the other. */
const overlap = ([one, long]: Network, [other, short]: Network): boolean =>
  one.match(other, Math.min(long, short));

type Named = {
  readonly what: string;
  readonly text: string;
  readonly network: Network;
  readonly spot: TextLocation;
};

/** The networks of machines, pods and services: written well, apart from each other, and the same everywhere. */
export function* networks(subject: Subject): Iterable<Fault> {
  const { machines, world, networks: own } = subject;
  const faults: Fault[] = [];
  const named = (what: string, setting: Omit<Setting, "name"> | undefined, like = own.pods): Named[] => {
    if (setting === undefined) return [];
    const network = networkOf(setting.value);
    if (network !== undefined) return [{ what, text: setting.value, network, spot: setting.spot }];
    const hint = `write it as an address and a length, such as ${like}`;
    faults.push({
      rule: "networks/form",
      at: setting.spot,
      message: `${what}: "${setting.value}" is no network`,
      hint,
    });
    return [];
  };
  const all = (name: string): Setting[] =>
    world.started.flatMap(({ settings }) =>
      settings.filter((setting) => setting.name === name && !setting.value.includes("\0")),
    );
  const services = all("service-cluster-ip-range").flatMap((setting) =>
    named("the service range", setting, own.services),
  );
  const clusters = all("cluster-cidr").flatMap((setting) => named("--cluster-cidr", setting));
  const registered = world.registered.find(({ value }) => dig(json(value), "Network") !== undefined);
  const network = String(dig(json(registered?.value ?? ""), "Network"));
  const pods = registered
    ? named("flannel's network", {
        value: network,
        spot: { ...registered.spot, offset: registered.spot.offset + registered.value.indexOf(network) },
      })
    : [];
  yield* faults;
  yield* backend(subject);
  yield* same(services);
  yield* same([...pods, ...clusters]);
  yield* apart(pods, services);
  for (const one of [...pods, ...services]) {
    const machine = machines.find(({ address }) => holds(one.network, address));
    if (machine === undefined) continue;
    const message = `${one.what} ${one.text} contains ${machine.address}, the address of ${machine.name}`;
    yield { rule: "networks/machines", at: one.spot, message, hint: "take a network that no machine is in" };
  }
  yield* clusterDns(subject, services[0]);
  yield* clusterDomain(subject);
  yield* prefix(registered, all("etcd-prefix"));
  yield* tooLate(subject);
}

const backends = list("vxlan host-gw udp alivpc aws-vpc gce ipip ipsec extension wireguard alloc");

/** What vxlan, host-gw and udp read beside it. */
const backendKeys = { VNI: "number", Port: "number", GBP: "boolean", DirectRouting: "boolean" };

/** What flannel reads of its network, and the backends that 0.10 and later have. */
function* backend({ world, networks: { pods } }: Subject): Iterable<Fault> {
  for (const { key, value, spot } of world.registered) {
    if (!key.endsWith("/config")) continue;
    const network = json(value);
    if (typeof network !== "object" || network === null) {
      // What begins as JSON is told by its fault.
      if (/^\s*[{[]/.test(value)) continue;
      const message = `flannel reads JSON, and finds ${value.slice(0, 40)}`;
      const hint = `put it in single quotes: '{ "Network": "${pods}", … }'`;
      yield { rule: "networks/form", at: spot, message, hint };
      continue;
    }
    const at = (word: string) => ({ ...spot, offset: spot.offset + Math.max(value.indexOf(word), 0) });
    if (dig(network, "Network") === undefined) {
      const hint = `write "Network": "${pods}"`;
      yield { rule: "networks/form", at: at("{"), message: "flannel's network has no Network", hint };
    }
    const [, length = 0] = networkOf(String(dig(network, "Network"))) ?? [];
    const own = dig(network, "SubnetLen");
    if (own !== undefined && !(typeof own === "number" && own > length && own <= 30)) {
      const message = `flannel gives no node a subnet of length ${JSON.stringify(own)} of a network of length ${length}`;
      const hint = `write a number above ${length}, at most 30`;
      yield { rule: "networks/form", at: at('"SubnetLen"'), message, hint };
    }
    for (const [option, kind] of Object.entries(backendKeys)) {
      const given = dig(network, "Backend", option);
      if (given === undefined || typeof given === kind) continue;
      const message = `flannel takes ${option} of its backend as a ${kind}, not as ${JSON.stringify(given)}`;
      yield { rule: "networks/form", at: at(`"${option}"`), message, hint: "write it without quotes" };
    }
    const type = dig(network, "Backend", "Type");
    if (dig(network, "Backend") === undefined || backends.includes(String(type).toLowerCase())) continue;
    const message = `flannel has no backend ${typeof type === "string" ? `"${type}"` : "without a Type"}`;
    yield { rule: "networks/form", at: at('"Backend"'), message, hint: suggest(String(type), backends) };
  }
}

function* same([first, ...others]: readonly Named[]): Iterable<Fault> {
  for (const other of others) {
    if (!first || (other.network[1] === first.network[1] && overlap(other.network, first.network))) continue;
    const message = `${other.what} is ${other.text}, but ${first.what} is ${first.text} in ${first.spot.step.id}`;
    yield { rule: "networks/differ", at: other.spot, message, hint: `write ${first.text} in both places` };
  }
}

function* apart([pods]: readonly Named[], [services]: readonly Named[]): Iterable<Fault> {
  if (pods === undefined || services === undefined) return;
  if (!overlap(pods.network, services.network)) return;
  const message = `${pods.what} ${pods.text} overlaps ${services.what} ${services.text} of ${services.spot.step.id}`;
  const hint = "take another network for one of them, such as 10.255.0.0/16";
  yield { rule: "networks/overlap", at: pods.spot, message, hint };
}

/** A manifest that steps did not write may deploy anything. */
export const deploysUnknown = ({ does, what }: Story["effects"][number]): boolean =>
  does === "unknown" && /\bkubectl\b.*\b(?:apply|create|replace)\b/s.test(what);

function* clusterDns({ steps, files, world }: Subject, services: Named | undefined): Iterable<Fault> {
  for (const { text, at: placeOf } of files) {
    const dns = /^clusterDNS:.*\n?(?:\s*-.*\n)*/m.exec(text);
    if (dns === null) continue;
    for (const { 0: address, index } of dns[0].matchAll(/\d+\.\d+\.\d+\.\d+/g)) {
      const at = placeOf(dns.index + index);
      if (services && (!holds(services.network, address) || address === firstIn(services.network))) {
        const message = `the cluster DNS ${address} cannot be a service of ${services.text}`;
        yield {
          rule: "networks/outside",
          at,
          message,
          hint: "take an address of that range, but not its first",
        };
      }
      const service = new RegExp(`clusterIP:\\s*["']?${RegExp.escape(address)}\\b`);
      const written = [...files.map((file) => file.text), ...steps.map(textOf)];
      if (written.some((other) => service.test(other)) || world.effects.some(deploysUnknown)) continue;
      const message = `pods are told to use the DNS server ${address}, but nothing deploys it`;
      yield { rule: "networks/no-dns", at, message, hint: "deploy a cluster DNS with this address" };
    }
  }
}

/** The domain in which services have their names is that of the apiserver's certificate, or else of the profile. */
function* clusterDomain({ world: { started }, networks: { domain } }: Subject): Iterable<Fault> {
  const names = started.flatMap((one) => {
    const hosts = dig(json(textOfEntry(entryOf(one, "tls-cert-file")?.certificate?.request)), "hosts");
    return Array.isArray(hosts) ? hosts.map(String) : [];
  });
  const ending = names.flatMap((name) => /^kubernetes\.default\.svc\.(.+)$/.exec(name)?.[1] ?? []);
  // A name may be there that ends early: svc.cluster.
  const whole = ending.filter((one) => !ending.some((other) => other.startsWith(`${one}.`)));
  const known = whole.length > 0 ? whole : [domain.replace(/\.$/, "")];
  for (const one of started) {
    if (one.unit !== "kubelet.service") continue;
    const { value, spot: at } = settingOf(one, "cluster-domain") ?? configured(one, "clusterDomain") ?? {};
    if (!value || !at || /[$\0]/.test(value) || known.includes(value.replace(/\.$/, ""))) continue;
    const who = whole.length > 0 ? "the apiserver's certificate" : "the guide's profile";
    const message = `pods look for services in the domain "${value}", but ${who} names ${known.join(", ")}`;
    yield { rule: "values/cluster-domain", at, message, hint: `write ${known[0]}` };
  }
}

const isNetwork = ({ key }: Story["registered"][number]): boolean => key.endsWith("/config");

/** flanneld tells systemd that it is ready once it has found its network: until then its start waits, and fails. */
function* tooLate({ world, networks: { pods } }: Subject): Iterable<Fault> {
  const { started, registered, effects } = world;
  const mayBe = effects.some(
    ({ does, what }) => does === "unknown" && /etcdctl|\/keys\/|\bsh\b|\.sh\b/.test(what),
  );
  for (const one of mayBe ? [] : started) {
    const later = registered.slice(one.registered).find(isNetwork);
    if (!settingOf(one, "etcd-endpoints") || registered.slice(0, one.registered).some(isNetwork)) continue;
    if (!later) {
      const key = posix.join(settingOf(one, "etcd-prefix")?.value ?? "/coreos.com/network", "config");
      const message = `${one.unit} waits for its network, which no step registers in etcd`;
      const hint = `etcdctl … set ${key} '{ "Network": "${pods}" }' before`;
      yield { rule: "networks/prefix", at: one.spot, message, hint };
      continue;
    }
    const message = `${one.unit} is started before its network is in etcd, which is registered in ${later.spot.step.id}`;
    yield { rule: "networks/prefix", at: one.spot, message, hint: "register the network before" };
  }
}

function* prefix(
  registered: Subject["world"]["registered"][number] | undefined,
  prefixes: readonly Setting[],
): Iterable<Fault> {
  for (const { value, spot } of registered ? prefixes : []) {
    // flannel joins both as paths.
    const key = posix.join(value, "config");
    if (registered?.key === key) continue;
    const message = `flannel looks for ${key}, but its network is registered as ${registered?.key}`;
    const hint = `write ${registered?.key.replace(/\/config$/, "")} here, or ${key} there`;
    yield { rule: "networks/prefix", at: spot, message, hint };
  }
}
