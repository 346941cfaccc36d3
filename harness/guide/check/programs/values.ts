import { suggest } from "../../../input/suggest.ts";
import type { Fault, Subject } from "../finding.ts";
import { list, wordsOf } from "../words.ts";
import { versionOf } from "./versions.ts";

/** What some options of Kubernetes 1.14 can be; of those that take a list, each of its words. */
const choices: Readonly<Record<string, readonly string[] | undefined>> = {
  "authorization-mode": list("AlwaysAllow AlwaysDeny ABAC Webhook RBAC Node"),
  "proxy-mode": list("userspace iptables ipvs kernelspace"),
  "cgroup-driver": list("cgroupfs systemd"),
  "enable-admission-plugins": wordsOf("enable-admission-plugins"),
};

const truth = /^(?:1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/;
const yesOrNo =
  /^(?:client-cert-auth|peer-client-cert-auth|leader-elect|logtostderr|allow-privileged|fail-swap-on|anonymous-auth|register-node|profiling)$/;

/** Options have values that their programs take: with another one these end at once. */
export function* optionValues(subject: Subject): Iterable<Fault> {
  const { world } = subject;
  const old = versionOf(subject, "Kubernetes")?.startsWith("1.14.") === true;
  for (const { settings } of world.started) {
    for (const { name, value, spot } of settings) {
      if (/[$\0]/.test(value) || value === "") continue;
      // Every version has plugins of its own.
      const listed = Object.hasOwn(choices, name) && (old || name !== "enable-admission-plugins");
      const known = listed ? choices[name] : undefined;
      const odd = known && value.split(",").find((word) => word !== "" && !known.includes(word));
      const fault = (message: string, hint: string): Fault => ({
        rule: "versions/value",
        at: spot,
        message,
        hint,
      });
      if (known && odd !== undefined) yield fault(`--${name} cannot be "${odd}"`, suggest(odd, known));
      if (yesOrNo.test(name) && !truth.test(value))
        yield fault(`--${name} cannot be "${value}"`, "write true or false");
      if (name === "pod-infra-container-image" && /^\w+:\/\//.test(value))
        yield fault(`${value} is no name of an image`, "leave the scheme out: REGISTRY/NAME:TAG");
      if (name === "v" && !/^\d+$/.test(value)) yield fault(`--v cannot be "${value}"`, "write a number");
      if (/(?:^|-)port$/.test(name) && !(/^\d+$/.test(value) && Number(value) <= 65_535))
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
