import { settingOf } from "../../effects/programs/services.ts";
import { parseEnvironment } from "../files/environment-file.ts";
import { environmentFiles, parseUnit } from "../files/systemd-unit.ts";
import { type Fault, optionsIn, type Subject, type WrittenFile } from "../finding.ts";

/** What an installation leaves open or to chance, read from its files. */
export function* security(subject: Subject): Iterable<Fault> {
  const { files } = subject;
  const open = openPorts(subject);
  yield* plainEtcd(subject);
  yield* firewalls(subject);
  for (const { path, text, at } of files) {
    if (path.endsWith(".csv") && /^[0-9a-f]{32},/m.test(text)) {
      const message = "a token that every reader of the guide knows";
      yield {
        rule: "security/token",
        at: at(0),
        message,
        hint: "let the reader put in a token of their own",
      };
    }
    for (const { name, value, valueOffset } of optionsIn(text)) {
      if (name !== "master" || value.startsWith("https:")) continue;
      // Where nothing listens, nobody is let in; that it is called is told by itself.
      const [, port = ""] = /:(\d+)\/?$/.exec(value) ?? [];
      if (open.length > 0 && port !== "" && !open.includes(port)) continue;
      const hint = "use a kubeconfig with a client certificate: --kubeconfig=…";
      const message = `${value} is a port of the apiserver without authentication`;
      yield { rule: "security/insecure-port", at: at(valueOffset), message, hint };
    }
    if (/^kind: KubeletConfiguration$/m.test(text)) {
      for (const { offset, ...fault } of kubelet(text)) yield { ...fault, at: at(offset) };
    }
    yield* givenTwice(files, text).map((offset): Fault => {
      const message =
        "etcd is given the same settings as options and in its environment: 3.4 and later refuse that";
      const hint = "leave out either the options or the environment file";
      return { rule: "units/given-twice", at: at(offset), message, hint };
    });
  }
}

/** Whoever reaches etcd at an address without TLS shows no certificate there, whatever is asked at others. */
function* plainEtcd({ world }: Subject): Iterable<Fault> {
  for (const started of world.started) {
    const urls = settingOf(started, "listen-client-urls");
    const plain = urls?.value.split(",").find((address) => address.trim().startsWith("http:"));
    if (!urls || plain === undefined || plain.includes("\0")) continue;
    const message = `etcd listens on ${plain.trim()} without TLS: whoever reaches it reads and changes the whole cluster`;
    const hint = "write https://, or leave this address out";
    yield { rule: "security/plain-etcd", at: urls.spot, message, hint };
  }
}

/** A firewall that is stopped on one machine is in the way on the others, too, unless they open their ports. */
function* firewalls({ world: { effects }, machines }: Subject): Iterable<Fault> {
  const ofFirewall = ({ does, what }: (typeof effects)[number]): boolean =>
    (/firewalld/.test(what) && does !== "reads") || (does === "runs" && what.startsWith("firewall-"));
  const stopped = effects.filter(({ does, what }) => does === "stops" && what === "firewalld");
  const [first] = stopped;
  const left = machines.filter(({ name }) => {
    const own = effects.filter(({ machine }) => machine === name);
    return own.length > 0 && !own.some(ofFirewall);
  });
  if (!first || left.length === 0) return;
  const on = [...new Set(stopped.map(({ machine }) => machine))].join(", ");
  const message = `firewalld is stopped on ${on}, but not on ${left.map(({ name }) => name).join(", ")}`;
  const hint = "stop it on all machines, or open their ports there: firewall-cmd --add-port=…";
  yield { rule: "machines/firewall", at: first.spot, message, hint };
}

/** Ports at which apiservers ask nobody who he is; none if no apiserver is known. */
const openPorts = ({ world: { started } }: Subject): string[] =>
  started
    .filter((one) => settingOf(one, "etcd-servers"))
    .map((one) => settingOf(one, "insecure-port")?.value ?? "8080");

function kubelet(text: string): (Pick<Fault, "rule" | "message" | "hint"> & { readonly offset: number })[] {
  const open = [
    [
      /^ +anonymous:\n +enabled: true\b/m,
      "anyone may call the kubelet",
      "write enabled: false under anonymous",
    ],
    [/^ +mode: AlwaysAllow$/m, "every client of the kubelet may do anything", "write mode: Webhook"],
    [/^readOnlyPort: [1-9]/m, "a port of the kubelet without authentication", "write readOnlyPort: 0"],
  ] as const;
  const found = open.flatMap(([pattern, message, hint]) => {
    const match = pattern.exec(text);
    const offset = match && match.index + match[0].length - match[0].trimStart().length;
    return offset === null ? [] : [{ rule: "security/open-kubelet" as const, offset, message, hint }];
  });
  if (/^rotateCertificates: true$/m.test(text)) return found;
  const message = "the kubelet's certificate is not renewed: after a year its node is refused";
  return [
    ...found,
    { rule: "certificates/not-renewed" as const, offset: 0, message, hint: "add rotateCertificates: true" },
  ];
}

/** Places in a unit where etcd's options repeat variables of its environment file. */
function givenTwice(files: readonly WrittenFile[], text: string): number[] {
  if (!text.includes("[Service]")) return [];
  const { entries } = parseUnit(text);
  const paths = environmentFiles(entries);
  const names = new Set(
    files
      .filter(({ path }) => paths.includes(path))
      .flatMap((file) => parseEnvironment(file.text).entries.map(({ name }) => name)),
  );
  return entries
    .filter(({ key }) => key === "ExecStart")
    .flatMap(({ value, valueOffset }) => {
      const twice = optionsIn(value).find(({ name }) =>
        names.has(`ETCD_${name.toUpperCase().replaceAll("-", "_")}`),
      );
      return twice === undefined ? [] : [valueOffset + twice.offset];
    });
}
