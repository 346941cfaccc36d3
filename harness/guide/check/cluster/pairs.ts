import { otherKind } from "../../effects/programs/certificates.ts";
import { entryOf, settingOf } from "../../effects/programs/services.ts";
import { configured } from "../files/formats.ts";
import type { Fault, Subject } from "../finding.ts";

/** By their programs' options, certificates and the private keys that belong to them. */
const pairs: readonly (readonly [certificate: string, key: string])[] = [
  ["tls-cert-file", "tls-private-key-file"],
  ["cert-file", "key-file"],
  ["peer-cert-file", "peer-key-file"],
  ["etcd-certfile", "etcd-keyfile"],
  ["cluster-signing-cert-file", "cluster-signing-key-file"],
];

/** Keys of a kubelet's configuration that name files, as its options are called. */
const ofKubelets = [
  ["tlsCertFile", "tls-cert-file"],
  ["tlsPrivateKeyFile", "tls-private-key-file"],
  ["clientCAFile", "client-ca-file"],
] as const;

/** A private key where a certificate is read, or the other way round. */
function* kinds({ world }: Subject): Iterable<Fault> {
  for (const started of world.started) {
    const { unit, settings, host } = started;
    const others = ofKubelets.flatMap(([key, name]) => {
      const setting = configured(started, key);
      return setting ? [{ name, ...setting }] : [];
    });
    for (const { name, value, spot } of [...settings, ...others]) {
      const kind = otherKind(name, host.files.get(value));
      if (kind === undefined) continue;
      const message = `${value} is a ${kind}: ${unit} cannot read it as --${name}`;
      const hint = `name the ${kind === "certificate" ? "private key" : "certificate"} that was made with it`;
      yield { rule: "certificates/pair", at: spot, message, hint };
    }
  }
}

/** A certificate is of no use without its own key; tokens of service accounts are checked by the key that signs them. */
export function* keyPairs(subject: Subject): Iterable<Fault> {
  yield* kinds(subject);
  const { world } = subject;
  for (const started of world.started) {
    for (const [certificate, key] of pairs) {
      const [shown, kept] = [settingOf(started, certificate), settingOf(started, key)];
      const made = entryOf(started, certificate)?.certificate;
      const own = entryOf(started, key)?.keyOf;
      if (!shown || !kept || !made || !own || made === own) continue;
      const message = `${kept.value} is not the key of ${shown.value}: ${started.unit} exits at once`;
      yield { rule: "certificates/pair", at: kept.spot, message, hint: "name the key that was made with it" };
    }
  }
  const keyOf = (name: string) =>
    world.started.flatMap((started) => {
      const setting = settingOf(started, name);
      const entry = entryOf(started, name);
      // A certificate checks what its key signs.
      const key = entry?.keyOf ?? entry?.certificate;
      return setting && key ? [{ setting, key }] : [];
    });
  // Without a key for them it takes that of its own certificate.
  const named = world.started.some((started) => settingOf(started, "service-account-key-file"));
  const [checks] = keyOf(named ? "service-account-key-file" : "tls-private-key-file");
  for (const { setting, key } of checks ? keyOf("service-account-private-key-file") : []) {
    if (key === checks?.key) continue;
    const message = `tokens that ${setting.value} signs are refused: the apiserver checks them with ${checks?.setting.value}`;
    const hint = "name the same key as --service-account-key-file and --service-account-private-key-file";
    yield { rule: "certificates/pair", at: setting.spot, message, hint };
  }
}
