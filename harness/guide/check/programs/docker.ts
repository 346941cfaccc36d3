import { isSlipOf } from "../../../input/suggest.ts";
import { dig, isObject, json } from "../../effects/programs/json.ts";
import { spotOf } from "../files/here-document.ts";
import type { Fault, Subject } from "../finding.ts";
import { wordsOf } from "../words.ts";
import { versionOf } from "./versions.ts";

/** The first Docker (API 1.44) that tells no VirtualSize of an image, unless it is asked for an older API. */
const withoutVirtualSize = 25;

/**
 * Minors of Kubernetes 1.x whose kubelet cannot live without VirtualSize: dockershim reads an image's size from it, and
 * the Docker client of 2019-03 that these are built with takes the empty version that it is given for one, so Docker
 * answers by its newest API. Those before (1.14: API 1.38) and after (1.40) agree with Docker on one that they know.
 */
const needing = { from: 15, to: 18 };

/** The last for CentOS 7, which yum takes where no version is named. */
const lastDocker = "26.1.4";

const keys = wordsOf("daemon.json");

/** What daemon.json calls otherwise than the command line does. */
const pluralOf = new Map([
  ["registry-mirror", "registry-mirrors"],
  ["insecure-registry", "insecure-registries"],
  ["exec-opt", "exec-opts"],
  ["log-opt", "log-opts"],
  ["storage-opt", "storage-opts"],
  ["host", "hosts"],
  ["label", "labels"],
]);

/** Docker ends at once where its file has a key that it does not know, or one that its command line has, too. */
export function* dockerSettings({ world }: Subject): Iterable<Fault> {
  for (const { unit, host, settings } of world.started) {
    const [part, ...more] =
      unit === "docker.service" ? (host.files.get("/etc/docker/daemon.json")?.parts ?? []) : [];
    const given = part && more.length === 0 ? json(part.text) : undefined;
    if (!part || !isObject(given)) continue;
    for (const key of Object.keys(given)) {
      const at = spotOf(part, `"${key}"`);
      const near = keys.includes(key)
        ? undefined
        : (pluralOf.get(key) ?? keys.find((one) => isSlipOf(key, one)));
      const twice = settings.find(({ name }) => (pluralOf.get(name) ?? name) === key);
      if (near !== undefined) {
        const message = `daemon.json has no key "${key}": Docker exits at once`;
        yield { rule: "files/docker", at, message, hint: `did you mean "${near}"?` };
      } else if (twice && dig(given, key) !== undefined) {
        const message = `daemon.json and the command line of Docker both have ${key}: it exits at once`;
        const hint = `leave it out here, or --${twice.name} in ${twice.spot.step.id}`;
        yield { rule: "files/docker", at, message, hint };
      }
    }
  }
}

/** The Docker that yum installs is to be had, and suits the Kubernetes that the guide is about. */
export function* docker(subject: Subject): Iterable<Fault> {
  const kubernetes = versionOf(subject, "Kubernetes") ?? "";
  for (const { does, what, spot } of subject.world.effects) {
    const [named, version] = /^docker-ce(?:-(\d[\w.]*)\S*)?$/.exec(what) ?? [];
    if (does !== "installs" || named === undefined) continue;
    const wrong = isNewer(version) ? notMade(version) : unsuitable(kubernetes, version);
    if (wrong) yield { rule: "versions/docker", at: spot, ...wrong };
  }
}

type Wrong = Pick<Fault, "message" | "hint">;

const isNewer = (version: string | undefined): version is string =>
  version !== undefined && version.localeCompare(lastDocker, "en", { numeric: true }) > 0;

const notMade = (version: string): Wrong => ({
  message: `Docker ${version} was not made for CentOS 7, whose last is ${lastDocker}: yum finds no such package`,
  hint: `name ${lastDocker} or one before it, or none`,
});

function unsuitable(kubernetes: string, version: string | undefined): Wrong | undefined {
  const minor = Number(/^1\.(\d+)\./.exec(kubernetes)?.[1]);
  if (!(minor >= needing.from && minor <= needing.to)) return undefined;
  if (Number.parseInt(version ?? lastDocker) < withoutVirtualSize) return undefined;
  return {
    message: `Docker ${version ?? `${lastDocker}, the last for CentOS 7,`} does not suit Kubernetes ${kubernetes}, whose kubelet cannot read the size of an image from Docker ${withoutVirtualSize} on: no container of a pod starts (ImageInspectError)`,
    hint: "name a version before 25, such as docker-ce-18.09.9 docker-ce-cli-18.09.9",
  };
}
