import { isIP } from "node:net";
import { asksEtcd, interfaceOf } from "../programs/etcdctl.ts";
import { settingOf } from "../../effects/programs/services.ts";
import { type Fault, type Subject, type TextLocation, textOf } from "../finding.ts";

/** Addresses with their ports; without one it is that of the web. */
const addressesIn = (text: string): string[] =>
  [...text.matchAll(/\bhttp(s?):\/\/[\w.-]+(:\d+)?/g)].map(
    ([address, secure, port]) => `${address}${port === undefined ? (secure === "s" ? ":443" : ":80") : ""}`,
  );

/** Whoever calls etcd or the apiserver calls what these listen on. */
export function* endpoints(subject: Subject): Iterable<Fault> {
  yield* forms(subject);
  yield* ofEtcd(subject);
  yield* ofApiserver(subject);
  yield* members(subject);
  yield* healths(subject);
}

/** Options of etcd's addresses, which have a scheme each. */
const ofEtcds =
  /^(?:etcd-(?:servers|endpoints)|(?:listen|advertise|initial-advertise)-(?:client|peer)-urls)$/;

function* forms({ world: { started, hosts, etcdCalls } }: Subject): Iterable<Fault> {
  const settings = [
    ...started.flatMap((one) => one.settings),
    ...hosts.flatMap(({ files }) =>
      [...files.values()].flatMap(({ kubeconfig }) =>
        kubeconfig?.server ? [{ name: "server", ...kubeconfig.server }] : [],
      ),
    ),
    ...etcdCalls.flatMap((call) => {
      const told = call.settings.get("endpoints");
      return told ? [{ name: "endpoints", value: told.text, spot: told.spot }] : [];
    }),
  ];
  for (const { name, value, spot } of settings) {
    for (const address of /[\0$]/.test(value) ? [] : value.split(",").map((one) => one.trim())) {
      const why = wrongForm(address, ofEtcds.test(name));
      if (why === undefined) continue;
      const hint = "write https://ADDRESS:PORT, as in https://10.1.2.3:2379";
      yield { rule: "values/endpoint", at: spot, message: `--${name}: "${address}" ${why}`, hint };
    }
  }
}

/** Why no program reads an address. */
function wrongForm(address: string, needsScheme: boolean): string | undefined {
  if (/^https?:\/?(?!\/)/.test(address)) return "lacks a slash before its host";
  const [, host = ""] = /^https?:\/\/([\d.]+)(?=[:/]|$)/.exec(address) ?? [];
  if (host !== "" && isIP(host) === 0) return `has no address: ${host} is none`;
  const bare = needsScheme && /^[\w.-]+:\d+$/.test(address);
  return bare ? "has no scheme: a program does not read it" : undefined;
}

function* ofEtcd(subject: Subject): Iterable<Fault> {
  const { world, machines } = subject;
  const listened = world.started.flatMap((started) =>
    addressesIn(settingOf(started, "listen-client-urls")?.value ?? "").flatMap((address) =>
      address.includes("//0.0.0.0:")
        ? [...machines.map((machine) => machine.address), "127.0.0.1"].map((own) =>
            address.replace("0.0.0.0", own),
          )
        : [address],
    ),
  );
  const isKnown = !world.started.some((started) =>
    settingOf(started, "listen-client-urls")?.value.includes("\0"),
  );
  if (listened.length === 0 || !isKnown) return;
  // The guide brings its etcd along: one of another address is none.
  const called = function* (who: string, value: string, at: TextLocation): Iterable<Fault> {
    for (const address of addressesIn(value)) {
      if (listened.includes(address) || isIP(/\/\/([\d.]+):/.exec(address)?.[1] ?? "") === 0) continue;
      const message = `${who} calls ${address}, but etcd listens on ${listened.join(", ")}`;
      yield { rule: "values/endpoint", at, message, hint: `write ${listened.join(",")}` };
    }
  };
  for (const started of world.started) {
    for (const name of ["etcd-servers", "etcd-endpoints", "advertise-client-urls"]) {
      const setting = settingOf(started, name);
      if (setting) yield* called(`--${name} of ${started.unit}`, setting.value, setting.spot);
    }
    const [clients, peers] = ["listen-client-urls", "listen-peer-urls"].map((name) =>
      settingOf(started, name),
    );
    const taken = addressesIn(clients?.value ?? "");
    const both = addressesIn(peers?.value ?? "").find((address) => taken.includes(address));
    if (!peers || both === undefined) continue;
    const message = `etcd listens on ${both} for its peers and for its clients: it exits at once`;
    yield { rule: "values/endpoint", at: peers.spot, message, hint: "give peers another port, such as 2380" };
  }
  for (const call of world.etcdCalls) {
    const { spot, settings, verb } = call;
    const named = ["endpoints", "endpoint", "peers", "C"].flatMap((name) => settings.get(name) ?? [])[0];
    // The third interface takes the scheme of its certificates.
    const own = listened.find((address) => address.endsWith("//127.0.0.1:2379"));
    const fallback = interfaceOf(subject, call) === "2" ? undefined : own;
    const value = named?.text ?? fallback ?? "http://127.0.0.1:2379";
    if (verb?.known && asksEtcd(verb.text)) yield* called(spot.step.id, value, named?.spot ?? spot);
  }
}

/** The server of a kubeconfig is the apiserver's secure port, if it is a machine of the guide. */
function* ofApiserver(subject: Subject): Iterable<Fault> {
  const { world, machines } = subject;
  const right = world.started.flatMap((started) => {
    const port = settingOf(started, "etcd-servers") && settingOf(started, "secure-port");
    if (port?.value.includes("\0")) return [];
    const bound = settingOf(started, "bind-address")?.value ?? "";
    const address = bound.startsWith("127.") ? bound : started.host.spec.address;
    return port ? [`https://${address}:${port.value}`] : [];
  });
  if (right.length === 0) return;
  yield* masters(subject, right);
  for (const host of world.hosts) {
    for (const { kubeconfig } of host.files.values()) {
      const { value = "", spot } = kubeconfig?.server ?? {};
      const [address = ""] = addressesIn(value);
      const ours = machines.some((machine) => address.includes(`//${machine.address}:`));
      if (spot === undefined || !ours || right.includes(address)) continue;
      const message = `the kubeconfig calls ${address}, but the apiserver listens on ${right.join(", ")}`;
      yield { rule: "values/endpoint", at: spot, message, hint: `write ${right[0]}` };
    }
  }
}

/** Whoever is given a master's address finds the port that asks nobody who he is, or the secure one. */
function* masters({ world: { started }, machines }: Subject, secure: readonly string[]): Iterable<Fault> {
  for (const one of started) {
    const master = settingOf(one, "master");
    const [, name = ""] = /^(?:https?:\/\/)?([\w.-]+)/.exec(master?.value ?? "") ?? [];
    const ours = /^(?:127\.|localhost$)/.test(name) || machines.some(({ address }) => address === name);
    if (!master || !ours) continue;
    const beside = started.find((other) => other.host === one.host && settingOf(other, "etcd-servers"));
    const port = settingOf(beside, "insecure-port")?.value ?? "8080";
    const bound = settingOf(beside, "insecure-bind-address") ? [one.host.spec.address] : [];
    const open = ["127.0.0.1", "localhost", ...bound].map((own) => `http://${own}:${port}`);
    // Where nothing else is said, the secure port is open to the machine itself, too.
    const everywhere = beside && /^(?:0\.0\.0\.0)?$/.test(settingOf(beside, "bind-address")?.value ?? "");
    const own = everywhere
      ? secure.map((address) => address.replace(one.host.spec.address, "127.0.0.1"))
      : [];
    const right = [...(beside && port !== "0" ? open : []), ...secure, ...own];
    const called = /^https?:/.test(master.value) ? master.value : `http://${master.value}`;
    if (right.some((address) => address.includes("\0")) || right.includes(called.replace(/\/$/, "")))
      continue;
    const message = `--master of ${one.unit} is ${called}, but the apiserver listens on ${right.join(", ")}`;
    const hint = right[0]?.startsWith("http:") ? `write ${right[0]}` : "give it a kubeconfig instead";
    yield { rule: "values/endpoint", at: master.spot, message, hint };
  }
}

/** Ports at which the apiserver of 1.14 asks for the health of others, on its own machine, without TLS. */
const healthPorts: Readonly<Record<string, string | undefined>> = {
  "kube-scheduler.service": "10251",
  "kube-controller-manager.service": "10252",
};

/** Where the guide asks for the components' health, they answer where the apiserver asks them. */
function* healths({ steps, world }: Subject): Iterable<Fault> {
  const asked = steps.some((step) => /\bkubectl\s+get\s+(?:cs|componentstatus(?:es)?)\b/.test(textOf(step)));
  for (const started of asked ? world.started : []) {
    const port = Object.hasOwn(healthPorts, started.unit) ? healthPorts[started.unit] : undefined;
    if (port === undefined) continue;
    const [address, other] = ["address", "port"].map((name) => settingOf(started, name));
    const wrong =
      address && !/^(?:127\.0\.0\.1|0\.0\.0\.0|::1?|localhost)$|[$\0]/.test(address.value)
        ? address
        : other && other.value !== port && !/[$\0]/.test(other.value)
          ? other
          : undefined;
    if (wrong === undefined) continue;
    const message = `kubectl get cs says that ${started.unit.replace(/\.service$/, "")} is unhealthy: the apiserver asks 127.0.0.1:${port}`;
    const hint = `leave --${wrong.name} out, or write ${wrong === address ? "127.0.0.1" : port}`;
    yield { rule: "values/endpoint", at: wrong.spot, message, hint };
  }
}

/** etcd starts only if its cluster's list has its own name with the address by which others call it. */
function* members({ world }: Subject): Iterable<Fault> {
  for (const started of world.started) {
    const [name, cluster, own] = ["name", "initial-cluster", "initial-advertise-peer-urls"].map((option) =>
      settingOf(started, option),
    );
    const state = settingOf(started, "initial-cluster-state");
    if (state && !/[$\0]/.test(state.value) && state.value !== "new") {
      const known = state.value === "existing";
      const message = known
        ? "etcd waits for a cluster that is there before, and nothing has made one"
        : `etcd knows no initial-cluster-state "${state.value}": it exits at once`;
      const joins = world.started.some((other) => settingOf(other, "initial-cluster-state")?.value === "new");
      if (!known || !joins) yield { rule: "values/etcd-member", at: state.spot, message, hint: "write new" };
    }
    if (!name || !cluster || !own || /[$\0]/.test(name.value + cluster.value + own.value)) continue;
    const listed = new Set(cluster.value.split(",").map((entry) => entry.trim()));
    const missing = own.value
      .split(",")
      .map((address) => `${name.value}=${address.trim()}`)
      .find((entry) => !listed.has(entry));
    if (missing === undefined) continue;
    const message = `etcd's cluster "${cluster.value}" lacks ${missing}, its own member: etcd exits at once`;
    const hint = "write the same name and address in name, initial-cluster and initial-advertise-peer-urls";
    yield { rule: "values/etcd-member", at: cluster.spot, message, hint };
  }
}
