import type { Fault, Subject } from "../finding.ts";
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
