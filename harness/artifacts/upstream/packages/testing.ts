import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { listsCommand } from "../../repodata.ts";
import type { Handler } from "../../../host/download/testing.ts";

/** A source and its packages; all of one version, which is the release of CentOS 7, too. */
type Source = {
  readonly at: string;
  readonly version: string;
  /** By name: what each requires. The first is the source's name. */
  readonly packages: Readonly<Record<string, string>>;
  /** A program of the stand-ins for embedded machines. */
  readonly brings?: string;
};

const standIns = join(import.meta.dirname, "../../debian/rpms");

const stable = "docker/linux/centos/7/x86_64/stable";

/** The archive and Docker's site in small: what needs what, across both, is as it is there. */
const sources: readonly Source[] = [
  { at: "vault/centos/7/os/x86_64", version: "1.14", packages: { wget: "libidn" } },
  {
    at: "vault/centos/7/os/x86_64",
    version: "1.28",
    packages: { libidn: "", "libidn-devel": "libidn = 1.28" },
  },
  {
    at: "vault/centos/7/os/x86_64",
    version: "1.1.31",
    packages: { "yum-utils": "libstdc++" },
    brings: "yum-config-manager",
  },
  { at: "vault/centos/7/os/x86_64", version: "4.8.5", packages: { "libstdc++": "" } },
  {
    at: "vault/centos/7/os/x86_64",
    version: "2.5",
    packages: { libselinux: "", "libselinux-python": "libselinux = 2.5" },
  },
  {
    at: "vault/centos/7/updates/x86_64",
    version: "2.6",
    packages: { libselinux: "", "libselinux-python": "libselinux = 2.6" },
  },
  {
    at: "vault/centos/7/extras/x86_64",
    version: "2.119",
    packages: { "container-selinux": "libselinux >= 2.6" },
  },
  ...["26.1.4", "18.09.9"].map((version) => ({
    at: stable,
    version,
    packages: { "docker-ce": "container-selinux, containerd.io, docker-ce-cli", "docker-ce-cli": "" },
  })),
  { at: stable, version: "1.6.33", packages: { "containerd.io": "container-selinux" } },
  { at: stable, version: "9", packages: { broken: "nothing-has-this" } },
];

/** What a minimal installation has: comps.xml's group `core`. */
const comps = `<comps><group><id>core</id><name>Core</name><uservisible>true</uservisible><default>true</default><packagelist>
<packagereq type="mandatory">libselinux-python</packagereq><packagereq type="mandatory">not-there</packagereq>
</packagelist></group></comps>`;

/** Docker's own file, shortened. */
const repository = `[docker-ce-stable]
name=Docker CE Stable - $basearch
baseurl=https://download.docker.com/linux/centos/$releasever/$basearch/stable
enabled=1
gpgcheck=1
gpgkey=https://download.docker.com/linux/centos/gpg

[docker-ce-test]
name=Docker CE Test
baseurl=https://download.docker.com/linux/centos/$releasever/$basearch/test
enabled=0
`;

/** Packs all sources below a folder, signed, and gives them lists, as `createrepo_c` makes them. */
export async function makeSites(folder: string): Promise<void> {
  for (const [index, source] of sources.entries())
    await pack(source, folder, join(folder, "specs", String(index)));
  const key = await sign(folder);
  const group = join(folder, "comps.xml");
  await writeFile(group, comps);
  for (const at of new Set(sources.map((source) => source.at))) {
    const [program, ...args] = listsCommand(join(folder, at));
    await execa(program, [...(at.includes("/os/") ? ["--groupfile", group] : []), ...args]);
  }
  await writeFile(join(folder, "docker/linux/centos/docker-ce.repo"), repository);
  await writeFile(join(folder, "docker/linux/centos/gpg"), key);
}

/** Signs all packages with a key of its own, and gives its public half. */
async function sign(folder: string): Promise<string> {
  const home = join(folder, "gnupg");
  await mkdir(home, { mode: 0o700 });
  const env = { GNUPGHOME: home, HOME: home };
  const user = "packages@example.org";
  await execa("gpg", ["--batch", "--quiet", "--passphrase", "", "--quick-gen-key", user, "rsa2048", "sign"], {
    env,
  });
  const rpms = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".rpm"));
  const options = [
    "--define",
    "__gpg /usr/bin/gpg",
    "--define",
    `_gpg_name ${user}`,
    "--addsign",
    ...rpms.map((path) => join(folder, path)),
  ];
  await execa("rpmsign", options, { env });
  const { stdout } = await execa("gpg", ["--batch", "--armor", "--export", user], { env });
  await execa("gpgconf", ["--kill", "all"], { env });
  return `${stdout}\n`;
}

const parts = (name: string, needs: string): string => `Summary: ${name}\n${needs && `Requires: ${needs}\n`}`;

/** Each package has one file, which says what it is. */
async function pack({ at, version, packages, brings }: Source, folder: string, specs: string): Promise<void> {
  const [[first, requires] = ["", ""], ...others] = Object.entries(packages);
  const lines = [
    `Name: ${first}\nVersion: ${version}\nRelease: 1.el7\nLicense: MIT\nBuildArch: x86_64\nAutoReqProv: no`,
    `${parts(first, requires)}%description\n${first}`,
    ...others.map(
      ([name, needs]) => `%package -n ${name}\n${parts(name, needs)}%description -n ${name}\n${name}`,
    ),
    "%install\nmkdir -p %{buildroot}/opt/packed",
    ...Object.keys(packages).map((name) => `echo ${version} >%{buildroot}/opt/packed/${name}`),
    ...(brings === undefined ? [] : [`install -D ${join(standIns, brings)} %{buildroot}/usr/bin/${brings}`]),
    ...Object.keys(packages).map((name) => `%files -n ${name}\n/opt/packed/${name}`),
    ...(brings === undefined ? [] : [`/usr/bin/${brings}`]),
  ];
  await mkdir(specs, { recursive: true });
  await writeFile(join(specs, "a.spec"), `${lines.join("\n")}\n`);
  const define = {
    _topdir: join(specs, "top"),
    _rpmdir: join(folder, at, "Packages"),
    debug_package: "%{nil}",
  };
  const file = "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm";
  const options = Object.entries({ ...define, _build_name_fmt: file });
  const args = ["-bb", ...options.flatMap(([name, value]) => ["--define", `${name} ${value}`])];
  // rpm makes a database in its user's home.
  await execa("rpmbuild", [...args, join(specs, "a.spec")], { env: { HOME: specs } });
}

/** Whether this host can pack and resolve. */
export const canPack = (
  await Promise.all(
    ["rpmbuild", "rpmsign", "gpg", "createrepo_c", "dnf"].map((name) =>
      access(`/usr/bin/${name}`).then(
        () => true,
        () => false,
      ),
    ),
  )
).every(Boolean);

/** Answers `/SITE/…` with the files below a folder; `instead` has other answers, by the beginning of a path. */
export const sitesOf =
  (folder: string, instead: Readonly<Record<string, Handler>>): Handler =>
  (request, response) => {
    const path = (request.url ?? "").slice(1);
    const other = Object.entries(instead).find(([begin]) => path.startsWith(begin))?.[1];
    if (other) return other(request, response);
    // All addresses of the archive lead to the same files.
    readFile(join(folder, path.replace(/^vault-\w+\//, "vault/"))).then(
      (content) => response.writeHead(200, { "content-length": content.length }).end(content),
      () => response.writeHead(404).end(),
    );
  };

/** ARTIFACT_MIRROR that leads the real addresses to a server of `sitesOf`, one of them by another name of its host. */
export const mirrorsTo = (base: string): string =>
  [
    `http://vault.centos.org/=${base}/vault-http/`,
    `https://vault.centos.org/=${base.replace("127.0.0.1", "localhost")}/vault-https/`,
    `https://archive.kernel.org/centos-vault/7.9.2009/=${base}/vault-kernel/centos/7/`,
    `https://download.docker.com/=${base}/docker/`,
  ].join(",");
