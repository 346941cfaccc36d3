import type { Certificate } from "../../effects/host.ts";
import { dig, json, textOfEntry } from "../../effects/programs/json.ts";
import { entryOf } from "../../effects/programs/services.ts";
import { spotOf } from "../files/here-document.ts";
import type { Fault, Subject } from "../finding.ts";

const shown: Readonly<Record<string, readonly string[] | undefined>> = {
  "tls-cert-file": ["server auth"],
  "cert-file": ["server auth"],
  "peer-cert-file": ["server auth", "client auth"],
  "etcd-certfile": ["client auth"],
};

/** Whoever checks a certificate asks whether it was signed for what it is shown for. */
export function* usages({ world }: Subject): Iterable<Fault> {
  const faults = world.started.flatMap((started) => {
    const { host, settings, unit } = started;
    const client = entryOf(started, "kubeconfig")?.kubeconfig?.client;
    return [
      ...settings.flatMap(({ name, value }) => {
        const wanted = (Object.hasOwn(shown, name) ? shown[name] : undefined) ?? [];
        const certificate = host.files.get(value)?.certificate;
        return certificate ? Array.from(lacking(certificate, wanted, `${unit} shows it by --${name}`)) : [];
      }),
      ...(client ? lacking(client, ["client auth"], `${unit} shows it to the apiserver`) : []),
    ];
  });
  // One profile signs for many: its slip is one.
  yield* new Map(faults.toReversed().map((fault) => [fault.hint, fault])).values();
}

function* lacking({ signing }: Certificate, wanted: readonly string[], why: string): Iterable<Fault> {
  const part = signing?.config.parts[0];
  if (!signing || !part) return;
  const settings = json(textOfEntry(signing.config));
  const given = dig(settings, "signing", "profiles", signing.profile, "usages");
  const missing = Array.isArray(given) ? wanted.find((usage) => !given.includes(usage)) : undefined;
  if (missing === undefined) return;
  const named = Math.max(part.text.indexOf(`"${signing.profile}"`), 0);
  const message = `the profile "${signing.profile}" lacks the usage "${missing}", but ${why}`;
  const at = spotOf(part, '"usages"', named);
  yield {
    rule: "certificates/usage",
    at,
    message,
    hint: `add "${missing}" to the usages of "${signing.profile}"`,
  };
}
