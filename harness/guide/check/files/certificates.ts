import { isIP } from "node:net";
import { isSlipOf } from "../../../input/suggest.ts";
import { type Fault, type Subject, textOf } from "../finding.ts";
import { spotOf } from "./here-document.ts";
import { firstIn, networkOf } from "../cluster/networks.ts";
import type { Certificate, Part } from "../../effects/host.ts";
import { dig, isObject, json } from "../../effects/programs/json.ts";
import { entryOf, settingOf, type Started } from "../../effects/programs/services.ts";

/** Servers' certificates name the addresses by which they are called; keys and names serve one purpose. */
export function* certificates(subject: Subject): Iterable<Fault> {
  for (const started of subject.world.started) {
    const seen = new Set<string>();
    const told = new Set<string>();
    for (const option of ["cert-file", "peer-cert-file", "tls-cert-file"]) {
      const file = settingOf(started, option);
      const certificate = entryOf(started, option)?.certificate;
      const part = certificate?.request?.parts[0];
      if (file === undefined || certificate === undefined || part === undefined) continue;
      if (!seen.has(file.value)) yield* sameName(certificate, part);
      seen.add(file.value);
      for (const { name, why } of lacking(part, callersOf(subject, started, option))) {
        const key = `${file.value} ${name}`;
        if (told.has(key)) continue;
        told.add(key);
        const message = `the certificate does not name ${name}, but ${why}`;
        const hint = `add "${name}" to its hosts`;
        yield { rule: "certificates/hosts", at: spotOf(part, '"hosts"'), message, hint };
      }
    }
    yield* sharedKeys(started);
  }
}

const called = /(listen[_-](?:client|peer)[_-]urls=["']?)?https:\/\/([\w.-]+):(\d+)/gi;

type Caller = { readonly name: string; readonly why: string };

function* callersOf(
  { steps, machines, networks }: Subject,
  started: Started,
  option: string,
): Iterable<Caller> {
  const { spec } = started.host;
  const urls = ["listen-client-urls", "listen-peer-urls"].map(
    (name) => settingOf(started, name)?.value ?? "",
  );
  const ports =
    option === "tls-cert-file"
      ? [settingOf(started, "secure-port")?.value ?? "6443"]
      : [...(urls[option === "cert-file" ? 0 : 1] ?? "").matchAll(/:(\d+)/g)].map(([, port = ""]) => port);
  for (const step of steps) {
    for (const [, listens, host = "", port = ""] of textOf(step).matchAll(called)) {
      // Where etcd listens at a name, which it cannot, nobody calls it by that.
      if (listens !== undefined && isIP(host) === 0) continue;
      const here =
        host === spec.address || host === "127.0.0.1" || !machines.some(({ address }) => address === host);
      if (ports.includes(port) && here) yield { name: host, why: `${step.id} calls https://${host}:${port}` };
    }
  }
  if (option !== "tls-cert-file") return;
  const network = networkOf(settingOf(started, "service-cluster-ip-range")?.value ?? "");
  if (network !== undefined) {
    yield {
      name: firstIn(network),
      why: "the service kubernetes has the first address of the service range",
    };
  }
  const domain = networks.domain.replace(/\.$/, "");
  for (const suffix of ["", ".default", ".default.svc", `.default.svc.${domain}`]) {
    yield { name: `kubernetes${suffix}`, why: `pods call it kubernetes${suffix}` };
  }
}

/** Callers whose name for the server is not in the request; none if that cannot be read, which is told elsewhere. */
function lacking({ text }: Part, callers: Iterable<Caller>): Caller[] {
  const request = json(text);
  if (!isObject(request)) return [];
  const hosts = dig(request, "hosts");
  // A misspelt key is told by itself.
  if (hosts === undefined && Object.keys(request).some((key) => isSlipOf(key, "hosts"))) return [];
  const names: readonly unknown[] = Array.isArray(hosts) ? hosts : [];
  return [...callers].filter(({ name }) => !names.includes(name));
}

function* sameName({ ca }: Certificate, part: Part): Iterable<Fault> {
  const authority = ca?.request?.parts[0];
  if (authority === undefined) return;
  const [ours, theirs] = [json(part.text), json(authority.text)].map((request) =>
    JSON.stringify([dig(request, "CN"), dig(request, "names")]),
  );
  if (ours !== theirs) return;
  yield {
    rule: "certificates/same-name",
    at: spotOf(part, '"CN"'),
    message: "the certificate and its CA have the same names: OpenSSL takes it for self-signed",
    hint: "give the CA or the certificate another CN",
  };
}

function* sharedKeys(started: Started): Iterable<Fault> {
  const file = settingOf(started, "service-account-key-file");
  const certificate = entryOf(started, "service-account-key-file")?.keyOf;
  if (file === undefined || certificate === undefined || certificate.ca !== undefined) return;
  yield {
    rule: "certificates/shared-key",
    at: file.spot,
    message: "the CA's private key checks the tokens of service accounts too",
    hint: "make a key of its own for service accounts",
  };
}
