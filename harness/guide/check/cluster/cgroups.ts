import { textOfEntry } from "../../effects/programs/json.ts";
import type { Host } from "../../effects/host.ts";
import { readFor, settingOf } from "../../effects/programs/services.ts";
import { configured } from "../files/formats.ts";
import type { Fault, Subject } from "../finding.ts";

/** A kubelet and its Docker keep their control groups by the same driver, or the kubelet ends at once. */
export function* cgroupDrivers({ world }: Subject): Iterable<Fault> {
  for (const started of world.started) {
    const { host, settings, unit, spot } = started;
    if (unit !== "kubelet.service" || settings.some(({ name }) => name === "container-runtime")) continue;
    if (!host.packages.has("docker-ce") && !host.unitFile("docker.service")) continue;
    // On CentOS 7, with the first version of cgroups, it is cgroupfs where nobody says otherwise.
    const docker =
      driverOf([textOfEntry(host.files.get("/etc/docker/daemon.json"))]) ??
      driverOf(unitTexts(host)) ??
      "cgroupfs";
    const given = settingOf(started, "cgroup-driver") ?? configured(started, "cgroupDriver");
    const kubelet = given?.value ?? "cgroupfs";
    if (kubelet === docker || !/^(?:cgroupfs|systemd)$/.test(kubelet)) continue;
    const at = given?.spot ?? spot;
    const message = `the kubelet uses the cgroup driver ${kubelet}, but Docker uses ${docker}: the kubelet exits at once`;
    const hint = `write cgroupDriver: ${docker}, or give Docker native.cgroupdriver=${kubelet}`;
    yield { rule: "values/cgroup-driver", at, message, hint };
  }
}

const driverOf = (texts: readonly string[]): string | undefined =>
  texts.map((text) => /native\.cgroupdriver=(\w+)/.exec(text)?.[1]).find((driver) => driver !== undefined);

/** The texts of Docker's unit and of its environment files. */
const unitTexts = (host: Host): string[] => readFor(host, "docker.service").map(({ text }) => text);
