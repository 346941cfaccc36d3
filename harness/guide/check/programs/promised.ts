import { formatLocation, type SourceLocation } from "../../../errors.ts";
import type { Profile } from "../../../profile/profile.ts";
import { settingOf, type Setting } from "../../effects/programs/services.ts";
import { dig, json } from "../../effects/programs/json.ts";
import type { Story } from "../../effects/call.ts";
import { configured } from "../files/formats.ts";
import type { Fault } from "../finding.ts";

type Given = Omit<Setting, "name">;

/** A fact of the profile that tests compare the machines with, and the options, or the kubelet's keys, that give it. */
const facts: readonly {
  readonly path: readonly [keyof Profile, string];
  readonly options?: readonly string[];
  readonly kubelet?: string;
}[] = [
  { path: ["networks", "pods"], options: ["cluster-cidr"] },
  { path: ["networks", "services"], options: ["service-cluster-ip-range"] },
  { path: ["networks", "nodePorts"], options: ["service-node-port-range"] },
  { path: ["networks", "dns"], options: ["cluster-dns"] },
  { path: ["flannel", "registry"], options: ["etcd-prefix"] },
  { path: ["ports", "apiserver"], options: ["secure-port"] },
  { path: ["ports", "kubelet"], kubelet: "port" },
  { path: ["ports", "kubeletReadOnly"], kubelet: "readOnlyPort" },
  { path: ["etcd", "token"], options: ["initial-cluster-token"] },
  { path: ["etcd", "data"], options: ["data-dir"] },
  { path: ["bootstrap", "tokens"], options: ["token-auth-file"] },
];

/** Where a guide that agrees with itself does not agree with its profile, so that tests would hold it against another value. */
export function* promised(
  { started, registered }: Story,
  profile: Profile,
  locate: (path: readonly PropertyKey[]) => SourceLocation,
): Iterable<Fault> {
  for (const { path, options = [], kubelet } of facts) {
    const [part, name] = path;
    const wanted = valueAt(profile, part, name);
    if (wanted === undefined) continue;
    const given: Given[] = started.flatMap((one) => [
      ...options.flatMap((option) => settingOf(one, option) ?? []),
      ...[kubelet === undefined ? [] : (configured(one, kubelet) ?? [])].flat(),
    ]);
    if (name === "pods") given.push(...flannels(registered));
    const [first, ...others] = given;
    // What differs within the guide is told by itself, and what nobody knows by nobody.
    if (!first || /[$\0]/.test(first.value) || others.some(({ value }) => value !== first.value)) continue;
    if (withoutSlash(first.value) === withoutSlash(wanted)) continue;
    const at = locate(path);
    const message = `the guide has ${first.value}, but tests compare with ${wanted}: ${path.join(".")} of its profile (${formatLocation(at)})`;
    const hint = `if ${first.value} is meant, write it there, too`;
    yield { rule: "guide/promise", at: first.spot, message, hint };
  }
}

/** A folder, on a machine or in etcd, is the same with a slash at its end. */
const withoutSlash = (text: string): string => text.replace(/(?<=.)\/+$/, "");

function valueAt(profile: Profile, part: keyof Profile, name: string): string | undefined {
  const value = dig(profile, part, name);
  if (Array.isArray(value)) return value.join("-");
  return typeof value === "string" || typeof value === "number" ? `${value}` : undefined;
}

const flannels = (registered: Story["registered"]): Given[] =>
  registered.flatMap(({ value, spot }) => {
    const network = dig(json(value), "Network");
    if (typeof network !== "string") return [];
    return [{ value: network, spot: { ...spot, offset: spot.offset + value.indexOf(network) } }];
  });
