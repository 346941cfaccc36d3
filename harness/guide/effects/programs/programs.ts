import { posix } from "node:path";
import { isListed } from "../../../centos7/packages.ts";
import { type Call, effect, need, unknown, write, type Programs } from "../call.ts";
import { type Arg, operands, option } from "../shell/args.ts";
import { hostOf } from "../asks/sites.ts";
import { yumWords } from "../asks/yum.ts";
import { hasRepository, ofOthers } from "../lookup.ts";
import { certificates } from "./certificates.ts";
import { kernel } from "./kernel.ts";
import { etcdctl } from "./cluster/etcdctl.ts";
import { kubectl } from "./cluster/kubectl.ts";
import { units } from "./units.ts";

/** A package's name, of its file or address, too: without version and architecture. */
const packageName = (text: string): string =>
  posix.basename(text).replace(/(?:-\d|=).*$|\.(?:x86_64|aarch64|i686|noarch)$/, "");

/** What a call of yum, dnf or apt-get installs, also groups and files; of other programs, what follows the same verbs. */
function installed(call: Call): readonly Arg[] {
  const [verb, ...packages] = yumWords(call.args.filter(({ text }) => !/^groups?$/.test(text)));
  if (!/^(?:(?:local|group|re)?install|localupdate)$/.test(verb?.text ?? "")) return [];
  for (const { text } of packages) call.host.packages.add(packageName(text));
  return packages;
}

function installs(call: Call): void {
  for (const { text, spot } of installed(call)) effect(call, "installs", text, spot);
  return fetched(call);
}

/** Another language's packages, of which nobody knows what they do. */
function installsOther(call: Call): void {
  installed(call);
  return unknown(call);
}

/** Images that a container's program reads from a file, or is fed. */
function docker(call: Call): void {
  const { args, host, shell, spot } = call;
  const [verb, second] = operands(args).map(({ text }) => text);
  const out = option(args, "o") ?? option(args, "output");
  if (/^(?:save|export)$/.test((verb === "image" ? second : verb) ?? "") && out?.known)
    write(call, host.resolve(out.text, shell), { parts: [] }, out.spot);
  if (!/^(?:load|import)$/.test((verb === "image" ? second : verb) ?? "")) return;
  const file = args[args.findIndex(({ text }) => /^(?:-i|--input)$/.test(text)) + 1];
  const named = option(args, "input") ?? (file === args[0] ? undefined : file);
  if (named) need(call, named);
  effect(call, "loads", named ? host.resolve(named.text, shell) : "-", named?.spot ?? spot);
}

function git(call: Call): void {
  const [verb, url, folder] = operands(call.args, /^(?:-[bcoj]|--(?:branch|depth|origin|config))$/);
  if (verb?.text === "clone" && url?.known) {
    const path = call.host.resolve(folder?.text ?? posix.basename(url.text, ".git"), call.shell);
    call.host.makeFolder(path);
    call.host.opaque.add(path);
  }
  for (const { text, spot } of call.args) if (/^http\.sslCA/i.test(text)) effect(call, "trusts", text, spot);
  return fetched(call);
}

/** Addresses that a program reads from the web by itself. */
function fetched(call: Call): void {
  for (const { text, known, spot } of call.args) {
    const address = text.replace(/^--add-repo=/, "");
    if (known && hostOf(address) !== undefined) effect(call, "downloads", address, spot);
  }
}

function yum(call: Call): void {
  const { host, spot, fault } = call;
  installs(call);
  if (!host.readsArchive && !host.complainedOfMirrors) {
    host.complainedOfMirrors = true;
    const hint =
      "its mirrors are closed: point the baseurl of the repositories to http://vault.centos.org before";
    fault("versions/mirror", spot, "yum asks the mirrors of CentOS 7", hint);
  }
  for (const arg of installed(call)) {
    const name = packageName(arg.text);
    if (ofOthers.has(name) && !hasRepository(host)) {
      const hint =
        "add it before: yum-config-manager --add-repo https://…/docker-ce.repo, or a file in /etc/yum.repos.d";
      fault("versions/repository", arg.spot, `no repository of CentOS 7 has ${name}`, hint);
    }
    // What CentOS 7 and EPEL have does not change any more.
    const lasts = isListed(name) && !ofOthers.has(name);
    if (lasts || !host.hasRepository || !/^[\w.+-]+$/.test(arg.text) || /-\d|\.rpm$/.test(arg.text)) continue;
    const example = name.startsWith("docker-ce") ? `, as in ${name}-18.09.9` : "";
    const hint = `name a version${example}, or what is installed depends on the day`;
    fault("versions/open", arg.spot, `the version of ${arg.text} is left open`, hint);
  }
}

const askSelinux = ({ host }: Call): void => {
  host.asksSelinux = true;
};

function setEnforce({ host, around, spot, fault }: Call): void {
  if (host.asksSelinux || around.optional) return;
  const hint = "ask before: if selinuxenabled; then setenforce 0; fi";
  fault("shell/selinux", spot, "setenforce fails where SELinux is off, as it is after the next boot", hint);
}

/** The key and its public half, which ssh-keygen writes in a folder that it makes. */
function makeKey(call: Call): void {
  const { args, host, shell, spot } = call;
  if (args.some(({ text }) => /^-[AeFHiklRry]$/.test(text))) return unknown(call);
  const at = args.findIndex(({ text }) => /^-\w*f$/.test(text));
  const file = at < 0 ? { text: "/root/.ssh/id_rsa", known: true, spot, written: "" } : args[at + 1];
  if (!file?.known) return unknown(call);
  const path = host.resolve(file.text, shell);
  if (path.startsWith("/root/.ssh/")) host.makeFolder("/root/.ssh");
  for (const each of [path, `${path}.pub`]) write(call, each, { parts: [] }, file.spot);
}

export const programs: Programs = {
  ...certificates,
  ...kernel,
  ...units,
  kubectl(call) {
    fetched(call);
    return kubectl(call);
  },
  yum,
  dnf: installs,
  apt: installs,
  "apt-get": installs,
  docker,
  podman: docker,
  git,
  pip: installsOther,
  pip3: installsOther,
  npm: installsOther,
  gem: installsOther,
  rpm(call) {
    const { args, host } = call;
    if (args.some(({ text }) => /^-(?!.*[qeV])\w*[iUF]|^--(?:install|upgrade)$/.test(text)))
      for (const { text } of operands(args)) host.packages.add(packageName(text));
    call.host.hasRepository ||= call.args.some(({ text }) => hostOf(text) !== undefined);
    return fetched(call);
  },
  "ssh-keygen": makeKey,
  useradd: (call) => {
    const { host, args, shell } = call;
    const name = operands(args, /^(?:-[bcdefgGkKpRPsuZ]|--(?:home-dir|comment|gid|groups|shell|uid))$/).at(
      -1,
    );
    const home = option(args, "d") ?? option(args, "home-dir");
    if (!name?.known) return unknown(call);
    host.users.add(name.text);
    host.makeFolder(host.resolve(home?.text ?? `/home/${name.text}`, shell));
    return unknown(call);
  },
  unzip: (call) => {
    const into = option(call.args, "d");
    call.host.opaque.add(call.host.resolve(into?.text ?? ".", call.shell));
  },
  openssl(call) {
    const out = option(call.args, "out");
    if (out?.known) write(call, call.host.resolve(out.text, call.shell), { parts: [] }, out.spot);
  },
  selinuxenabled: askSelinux,
  getenforce: askSelinux,
  sestatus: askSelinux,
  setenforce: setEnforce,
  "yum-config-manager": (call) => {
    call.host.hasRepository ||= call.args.some(({ text }) => text.startsWith("--add-repo"));
    return fetched(call);
  },
  dpkg: ({ host, args }) => {
    for (const { text } of operands(args)) host.packages.add(packageName(text));
  },
  ip: ({ host, args }) => {
    const words = args.map(({ text }) => text).join(" ");
    if (/^link del(?:ete)? (?:dev )?docker0$/.test(words)) host.dockerBridge = false;
  },
  etcdctl,
};
