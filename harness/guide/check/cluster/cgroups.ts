import { textOfEntry } from "../../effects/programs/json.ts";
import { entryOf, settingOf } from "../../effects/programs/services.ts";
import { placeIn } from "../files/here-document.ts";
import { isKubelets } from "../files/formats.ts";
import type { Fault, Subject, TextLocation } from "../finding.ts";

/** A kubelet and its Docker keep their control groups by the same driver, or the kubelet ends at once. */
export function* cgroupDrivers({ world }: Subject): Iterable<Fault> {
  for (const started of world.started) {
    const { host, settings, unit, spot } = started;
    if (unit !== "kubelet.service" || settings.some(({ name }) => name === "container-runtime")) continue;
    if (!host.packages.has("docker-ce") && !host.unitFile("docker.service")) continue;
    // On CentOS 7, with the first version of cgroups, it is cgroupfs where nobody says otherwise.
    const docker =
      driverOf([textOfEntry(host.files.get("/etc/docker/daemon.json"))]) ??
      driverOf([
        textOfEntry(host.unitFile("docker.service")),
        ...environments(host.unitFile("docker.service"), host.files),
      ]) ??
      "cgroupfs";
    const option = settingOf(started, "cgroup-driver");
    const [part] = entryOf(started, "config")?.parts ?? [];
    const found = part && isKubelets(part.text) ? /^cgroupDriver:\s*["']?(\w+)/m.exec(part.text) : null;
    const kubelet = option?.value ?? found?.[1] ?? "cgroupfs";
    if (kubelet === docker || !/^(?:cgroupfs|systemd)$/.test(kubelet)) continue;
    const at: TextLocation =
      option?.spot ?? (part && found ? { step: part.step, offset: placeIn(part, found.index) } : spot);
    const message = `the kubelet uses the cgroup driver ${kubelet}, but Docker uses ${docker}: the kubelet exits at once`;
    const hint = `write cgroupDriver: ${docker}, or give Docker native.cgroupdriver=${kubelet}`;
    yield { rule: "values/cgroup-driver", at, message, hint };
  }
}

const driverOf = (texts: readonly string[]): string | undefined =>
  texts.map((text) => /native\.cgroupdriver=(\w+)/.exec(text)?.[1]).find((driver) => driver !== undefined);

type Files = Subject["world"]["hosts"][number]["files"];

const environments = (unit: Parameters<typeof textOfEntry>[0], files: Files): string[] =>
  [...textOfEntry(unit).matchAll(/^EnvironmentFile=-?(\S+)/gm)].map(([, path = ""]) =>
    textOfEntry(files.get(path)),
  );
