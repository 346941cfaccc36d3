import { copyFile, mkdir, readdir, rename, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { unpack } from "../build/binaries.ts";
import type { BuildContext, Component } from "../build/component.ts";
import type { InputName } from "../build/inputs.ts";
import { listNames, listsCommand } from "../repodata.ts";

const here = join(import.meta.dirname, "rpms");

/** Debian's packages that the stand-ins are made from. */
const inputs = ["docker.io", "containerd", "runc", "tini", "wget"] as const satisfies readonly InputName[];
/** Those of the other version of Docker. */
const newer = ["docker.io/trixie", "docker-cli/trixie"] as const satisfies readonly InputName[];

const centos = "vault.centos.org/centos/7";
const docker = "download.docker.com/linux/centos";

/** The packages of each repository, by its address without `http://`; of those that CentOS turns on, two are empty. */
const repositories: Readonly<Record<string, readonly string[]>> = {
  [`${centos}/os/x86_64`]: ["wget", "yum-utils"],
  [`${centos}/updates/x86_64`]: [],
  [`${centos}/extras/x86_64`]: [],
  [`${docker}/7/x86_64/stable`]: [
    "docker-ce",
    "docker-ce-cli",
    "containerd.io",
    "newer/docker-ce",
    "newer/docker-ce-cli",
  ],
};

const dockerRepo = `${docker}/docker-ce.repo`;

/** File that says which of Debian's packages stands in for which of CentOS's: a line for a person for each. */
export const standInsFile = "stand-ins.txt";

/**
 * What the guide installs with yum, as RPMs made from Debian's programs, in repositories as yum reads them: a folder for
 * each site, and in it the paths of that site. Their versions are Debian's own, whatever a guide asks for.
 */
export const rpms: Component = {
  name: "rpms",
  files: [
    ...Object.entries(repositories).flatMap(([at, names]) =>
      names.map((name) => `${at}/Packages/${name}.rpm`).concat(listNames.map((name) => `${at}/${name}`)),
    ),
    dockerRepo,
    standInsFile,
  ],
  inputs: [...inputs, ...newer],
  hostPackages: ["rpm", "createrepo-c"],
  recipe: [
    import.meta.filename,
    join(import.meta.dirname, "../repodata.ts"),
    ...(await readdir(here)).toSorted().map((name) => join(here, name)),
  ],
  async build(context) {
    const root = await unpack(context, ...inputs);
    const made = await buildPackages(context, root, "docker.io", ".");
    // The other Docker in place of the first, and all else as it was.
    await unpack(context, ...newer);
    await buildPackages(context, root, "docker.io/trixie", "newer");
    for (const [at, names] of Object.entries(repositories)) {
      const folder = join(context.out, at);
      await mkdir(join(folder, "Packages", "newer"), { recursive: true });
      for (const name of names) {
        const file = join(folder, "Packages", `${name}.rpm`);
        await rename(join(made, `${name}.rpm`), file);
        // The lists of a repository tell the times of its files.
        await utimes(file, 0, 0);
      }
      await context.run({
        title: `list the packages of ${at}`,
        command: listsCommand(folder),
      });
    }
    await copyFile(join(here, basename(dockerRepo)), join(context.out, dockerRepo));
    const of = (name: InputName): string => `${name} ${context.version(name)}`;
    const lines = [
      ...(["docker.io", "docker.io/trixie"] as const).map(
        (name) => `docker-ce and docker-ce-cli ${upstream(context.version(name))} are Debian's ${of(name)}`,
      ),
      `containerd.io is Debian's ${of("containerd")} and ${of("runc")}`,
      `wget is Debian's ${of("wget")}`,
      "yum-utils is a script of this project's own",
    ];
    await writeFile(join(context.out, standInsFile), `${lines.join("\n")}\n`);
  },
};

/** Upstream's version in one of Debian's: `20.10.24` of `20.10.24+dfsg1-1+deb12u1`. */
export const upstream = (version: string): string =>
  version.replace(/^\d+:/, "").split(/[+~-]/, 1)[0] ?? version;

/**
 * Packs all RPMs into a folder below the one that is returned, each under its bare name. Equal inputs give equal files.
 */
async function buildPackages(
  context: BuildContext,
  root: string,
  daemon: "docker.io" | "docker.io/trixie",
  below: string,
): Promise<string> {
  const made = join(context.scratch, "made");
  const define = Object.entries({
    root,
    here,
    docker: upstream(context.version(daemon)),
    containerd: upstream(context.version("containerd")),
    wget: upstream(context.version("wget")),
    _topdir: join(context.scratch, "rpmbuild"),
    _rpmdir: join(made, below),
    _build_name_fmt: "%%{NAME}.rpm",
    // The files never leave this host, and unpacking gzip takes each node four times the time.
    _binary_payload: "w.ufdio",
    // The programs as Debian built them: nothing stripped, compressed or taken apart.
    __os_install_post: "%{nil}",
    debug_package: "%{nil}",
    _build_id_links: "none",
    _buildhost: "guide",
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
  }).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
  await context.run({
    title: "pack the RPMs",
    command: ["rpmbuild", "-bb", ...define, join(here, "stand-ins.spec")],
    env: { SOURCE_DATE_EPOCH: "0" },
  });
  return made;
}
