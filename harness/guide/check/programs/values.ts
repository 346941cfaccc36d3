import { suggest, suggestFrom } from "../../../input/suggest.ts";
import { time as duration } from "../files/formats.ts";
import type { Fault, Subject } from "../finding.ts";
import { list, wordsOf } from "../words.ts";
import { versionOf } from "./versions.ts";

/** What some options of Kubernetes 1.14 can be; of those that take a list, each of its words. */
const choices: Readonly<Record<string, readonly string[] | undefined>> = {
  "authorization-mode": list("AlwaysAllow AlwaysDeny ABAC Webhook RBAC Node"),
  "proxy-mode": list("userspace iptables ipvs kernelspace"),
  "cgroup-driver": list("cgroupfs systemd"),
  "enable-admission-plugins": wordsOf("enable-admission-plugins"),
  "tls-min-version": list("VersionTLS10 VersionTLS11 VersionTLS12"),
  "storage-backend": ["etcd3"],
  "hairpin-mode": list("promiscuous-bridge hairpin-veth none"),
  "cpu-manager-policy": list("none static"),
  "auto-compaction-mode": list("periodic revision"),
};

/** By the names of words.txt, how values are read whose options take one kind of it. */
const kinds: readonly (readonly [options: readonly string[], form: RegExp, hint: string])[] = [
  [wordsOf("bool"), /^(?:1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/, "write true or false"],
  [wordsOf("integer"), /^[-+]?(?:0x[\da-f]+|\d+)$/i, "write a whole number"],
  [wordsOf("number"), /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i, "write a number"],
  [wordsOf("duration"), duration, "write a number with its unit: 40s, 5m"],
];

const gates = wordsOf("feature-gates");
const isPort = /(?:^|-)port$/;

/** Options have values that their programs take: with another one these end at once. */
export function* optionValues(subject: Subject): Iterable<Fault> {
  const { world } = subject;
  const old = versionOf(subject, "Kubernetes")?.startsWith("1.14.") === true;
  for (const { settings } of world.started) {
    for (const { name, value, spot } of settings) {
      if (/[$\0]/.test(value) || value === "") continue;
      // Every version has plugins and versions of TLS of its own.
      const listed =
        Object.hasOwn(choices, name) && (old || !/^(?:enable-admission-plugins|tls-min-version)$/.test(name));
      const known = listed ? choices[name] : undefined;
      const odd = known && value.split(",").find((word) => word !== "" && !known.includes(word));
      const fault = (message: string, hint: string): Fault => ({
        rule: "versions/value",
        at: spot,
        message,
        hint,
      });
      if (known && odd !== undefined) yield fault(`--${name} cannot be "${odd}"`, suggest(odd, known));
      for (const [options, form, hint] of kinds)
        if (options.includes(name) && !form.test(value) && !isPort.test(name))
          yield fault(`--${name} cannot be "${value}"`, hint);
      for (const [gate = "", state = ""] of name === "feature-gates"
        ? value.split(",").map((one) => one.split("="))
        : []) {
        if (old && gate !== "" && !gates.includes(gate))
          yield fault(
            `Kubernetes 1.14 has no feature gate "${gate}"`,
            suggestFrom(gate, gates, "`kubelet --help` lists them."),
          );
        else if (gate !== "" && !kinds[0]?.[1].test(state))
          yield fault(`--feature-gates: ${gate} is neither true nor false`, `write ${gate}=true`);
      }
      if (name === "pod-infra-container-image" && /^\w+:\/\//.test(value))
        yield fault(`${value} is no name of an image`, "leave the scheme out: REGISTRY/NAME:TAG");
      if (name === "v" && !/^\d+$/.test(value)) yield fault(`--v cannot be "${value}"`, "write a number");
      if (isPort.test(name) && !(/^\d+$/.test(value) && Number(value) <= 65_535))
        yield fault(`--${name} cannot be "${value}"`, "write a number of at most 65535");
      if (name === "service-node-port-range" && !/^\d+[-+]\d+$/.test(value))
        yield fault(
          `the range "${value}" cannot be read`,
          "write its first and its last port, as in 30000-32767",
        );
      const [, from, to] = (name === "service-node-port-range" && /^(\d+)-(\d+)$/.exec(value)) || [];
      if (from !== undefined && Number(from) > Number(to))
        yield fault(`the range ${value} has its higher port first`, `write ${to}-${from}`);
    }
  }
}
