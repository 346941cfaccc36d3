import { posix } from "node:path";
import type { MachineSpec } from "../../machines/machine.ts";
import { isListed } from "../../centos7/packages.ts";
import type { Step } from "../types.ts";
import type { TextLocation } from "../check/finding.ts";
import { list } from "../check/words.ts";
import type { Around, Stream } from "./call.ts";
import type { Expanded } from "./shell/words.ts";

/** A text as written in a step; `offset` is its place in the step's text. */
export type Part = {
  readonly step: Step;
  readonly offset: number;
  readonly text: string;
  /** The place of each character in the step's text, where a shell changed what was written. */
  readonly places?: readonly number[];
};

/** A certificate that cfssl makes from a request; `ca` is who signs it, itself for a CA's own. */
export type Certificate = {
  readonly request: Entry | undefined;
  readonly ca: Certificate | undefined;
  /** The settings by which it was signed, and the name of the profile in them. */
  readonly signing?: { readonly config: Entry; readonly profile: string };
};

/** What a cluster of a kubeconfig is given: the CA that its users trust, where that is known. */
export type Cluster = {
  readonly spot: TextLocation;
  readonly server?: string;
  readonly authority?: { readonly certificate: Certificate | undefined };
  readonly trustsAll?: boolean;
};

/** Who somebody says to be, and where that is written: options of `kubectl config set-credentials`. */
export type User = {
  readonly spot: TextLocation;
  readonly shows: ReadonlySet<string>;
  readonly certificate?: Certificate;
};

export type Kubeconfig = {
  readonly clusters: Map<string, Cluster>;
  readonly users: Map<string, User>;
  readonly contexts: Map<
    string,
    { readonly spot: TextLocation; readonly cluster?: string; readonly user?: string }
  >;
  /** The context that is used; the whole is not known once a command has changed it that is not followed. */
  current?: string;
  obscure?: boolean;
  /** The address of its last cluster, and where that is written. */
  server?: { readonly value: string; readonly spot: TextLocation };
  /** The certificate of its last user, or whether that has a token. */
  client?: Certificate;
  token?: boolean;
};

/** What is known of a file. */
export type Entry = {
  readonly parts: readonly Part[];
  readonly certificate?: Certificate;
  readonly keyOf?: Certificate;
  readonly kubeconfig?: Kubeconfig;
  /** Whether it can be called as a program; undefined where nobody knows. */
  readonly executable?: boolean | undefined;
};

/** A text that was put into a file, behind what is there, or that is made of it. */
export type Writing = {
  readonly path: string;
  readonly parts: readonly Part[];
  readonly how: "write" | "append" | "edit";
};

/** A shell's own state; arguments are variables named by their numbers, and `@`. */
export type Shell = {
  cwd: string;
  readonly variables: Map<string, string>;
  readonly functions: Map<string, (args: readonly Expanded[], around: Around) => Stream>;
};

/** A unit that was started, stopped or enabled, and where. */
export type UnitState = {
  started?: TextLocation;
  /** What systemd had read of it when it was started. */
  read?: readonly Part[];
  /** Where another unit was stopped without which it does not run, and that one's name; and where it was started before. */
  pulled?: { readonly spot: TextLocation; readonly by: string; readonly started: TextLocation };
  stopped?: TextLocation;
  enabled: boolean;
  disabled: boolean;
};

/** What a system brings along; a guide says nothing of what is in there. */
const systemFolders = list("/boot /etc /usr /bin /sbin /lib /lib64 /var /dev /proc /sys /tmp");

/** What a guide's programs have in these: no new system brings it. */
const ofGuides =
  /^\/(?:etc|usr\/local|usr\/local\/etc|var\/(?:lib|log|run))\/(?:etcd|kubernetes|kubelet|kube-[\w-]+|k8s|flanneld?)(?:\/|$)/;

/** What a new system has in root's home. */
const homeFiles: ReadonlySet<string> = new Set(
  list(".bash_logout .bash_profile .bashrc .cshrc .tcshrc anaconda-ks.cfg").map((name) => `/root/${name}`),
);

/** A machine as far as the guide determines it: a freshly installed system, and what its steps did. */
export class Host {
  readonly spec: MachineSpec;
  /** Whether it was rebooted: what is enabled has been started since. */
  booted = false;
  readonly shell: Shell = {
    cwd: "/root",
    variables: new Map([["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/root/bin"]]),
    functions: new Map(),
  };
  readonly files = new Map<string, Entry>();
  readonly written: Writing[] = [];
  readonly folders = new Set(["/", "/root", "/opt", "/run", "/home", "/mnt", "/srv"]);
  /** Folders that hold more than is known. */
  readonly opaque = new Set<string>();
  /** Packages that were installed; by its own name what may have installed anything, as a script from the web. */
  readonly packages = new Set<string>();
  readonly users = new Set<string>();
  readonly units = new Map<string, UnitState>();
  /** Units whose file was replaced since systemd read it. */
  readonly stale = new Set<string>();
  readonly modules = new Set<string>();
  readonly lackedCommands = new Set<string>();
  hasRepository = false;
  readsArchive = false;
  complainedOfMirrors = false;
  complainedOfApiserver = false;
  dockerBridge = false;
  asksSelinux = false;

  constructor(spec: MachineSpec) {
    this.spec = spec;
  }

  /** The reader logs in anew: a profile may have given the shell its path. */
  reboot(): void {
    this.booted = true;
    const { variables, functions } = this.shell;
    const path = variables.get("PATH");
    this.shell.cwd = "/root";
    for (const state of this.units.values()) {
      delete state.read;
      if (state.enabled) delete state.pulled;
    }
    variables.clear();
    functions.clear();
    if (path !== undefined) variables.set("PATH", path);
  }

  resolve(path: string, { cwd }: Shell = this.shell): string {
    const home = path.replace(/^~(?=\/|$)/, "/root");
    return posix.resolve(cwd, home);
  }

  /** Whether nothing can be at this absolute path: no step made it, and no system brings it. */
  lacks(path: string): boolean {
    if (this.files.has(path) || this.folders.has(path) || homeFiles.has(path)) return false;
    const within = (folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
    const isSystems = systemFolders.some(within) && !(ofGuides.test(path) && !this.#mayBring());
    return !isSystems && ![...this.opaque].some(within);
  }

  /** Whether a package may have brought what a guide's programs have in the system's folders. */
  #mayBring = (): boolean =>
    [...this.packages].some((name) => /etcd|kube|flannel|cni/.test(name) || !isListed(name));

  /** Notes that a file was written whose name nobody knows: the folder, as far as it is known, may hold more. */
  obscure(path: string, shell?: Shell): void {
    const [known = ""] = path.split("\0", 1);
    if (known !== "") this.opaque.add(posix.dirname(this.resolve(`${known}x`, shell)));
  }

  isFolder = (path: string): boolean =>
    this.folders.has(path) || (!this.files.has(path) && !this.lacks(path));

  removeFolder(path: string): void {
    const isWithin = (one: string): boolean => one === path || one.startsWith(`${path}/`);
    for (const file of [...this.files.keys()].filter(isWithin)) this.files.delete(file);
    for (const all of [this.folders, this.opaque])
      for (const folder of [...all].filter(isWithin)) all.delete(folder);
  }

  makeFolder(path: string): void {
    for (let at = path; !this.folders.has(at); at = posix.dirname(at)) this.folders.add(at);
  }

  /** Whether a text may take the place of all that is in a file; of some that the system brings, not. */
  mayReplace = (path: string, { parts }: Entry): boolean =>
    parts.length === 0 ||
    this.files.has(path) ||
    !/^\/etc\/(?:profile|bashrc|fstab|passwd|group|shadow|sudoers)$/.test(path);

  write(path: string, entry: Entry, append = false): void {
    const before = this.files.get(path);
    // A file that is written over keeps its mode.
    const executable = entry.executable === true || (before ? before.executable : entry.executable);
    const parts = [...(append ? (before?.parts ?? []) : []), ...entry.parts];
    this.files.set(path, { ...entry, parts, executable });
    this.written.push({ path, parts: entry.parts, how: append ? "append" : "write" });
    this.#noteUnit(path);
  }

  edit(path: string, part: Part): void {
    const entry = this.files.get(path);
    if (entry === undefined) return;
    this.files.set(path, { ...entry, parts: [part] });
    this.written.push({ path, parts: [part], how: "edit" });
    this.#noteUnit(path);
  }

  /** systemd does not read a unit's file by itself when it changes. */
  #noteUnit(path: string): void {
    const [, unit] = /^\/(?:usr\/lib|lib|etc)\/systemd\/system\/([^/]+)$/.exec(path) ?? [];
    if (unit !== undefined && this.units.has(unit)) this.stale.add(unit);
  }

  list = (folder: string): string[] =>
    [...this.files.keys()].filter((path) => posix.dirname(path) === folder);

  unit(name: string): UnitState {
    const state = this.units.get(name) ?? { enabled: false, disabled: false };
    this.units.set(name, state);
    return state;
  }

  unitFile(name: string): Entry | undefined {
    return ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"]
      .map((root) => this.files.get(`${root}/systemd/system/${name}`))
      .find((entry) => entry !== undefined);
  }
}

/** The machine that `root@HOST`, or its address, means; undefined if it is none of the guide's. */
export function hostOfLogin({ hosts }: { readonly hosts: readonly Host[] }, login: string): Host | undefined {
  const name = login.replace(/^[^@]*@/, "");
  return hosts.find(({ spec }) => spec.name === name || spec.address === name);
}
