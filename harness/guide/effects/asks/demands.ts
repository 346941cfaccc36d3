import { posix } from "node:path";
import type { Capability } from "../../../machines/machine.ts";
import type { Step } from "../../types.ts";
import { spotIn } from "../../check/files/here-document.ts";
import type { TextLocation } from "../../check/finding.ts";
import type { Around, Call, Demand, Story } from "../call.ts";
import { has } from "../shell/args.ts";
import { isLastReboot } from "./reboot.ts";
import { addressed, hostOf, isSite } from "./sites.ts";
import { wantsTerminal } from "./terminal.ts";

export type Asked = Pick<Demand, "capability" | "instead"> & Partial<Pick<Demand, "what" | "spot">>;

/** What a command asks of its machine that not every stand-in has, by what the command is known to do. */
export function demandsOf(call: Call): Demand[] {
  const { story, around } = call;
  const { step } = story;
  if (step === undefined) return [];
  const name = posix.basename(call.name);
  const asked = [
    ...terminal(call, name, step),
    ...((Object.hasOwn(asking, name) ? asking[name]?.(call) : undefined) ?? []),
  ];
  return asked
    .filter(({ capability }) => capability !== "reboot" || !isLastReboot(call))
    .map(({ capability, what = call.written, spot = call.spot, instead }: Asked) => ({
      step,
      spot,
      capability,
      what,
      instead,
      // No step goes on where its machine goes down.
      optional: around.optional && capability !== "reboot",
    }));
}

/** A terminal that the step does not have; of one that is typed at one, whoever asks must be answered. */
function terminal(call: Call, name: string, { action }: Step): Asked[] {
  const wanted = wantsTerminal(call, name);
  if (wanted === undefined) return [];
  const { who, instead } = wanted;
  const { tty } = action.kind === "run" ? action : {};
  if (tty === undefined || who === "writer") {
    const answered = "; or write `tty` after the keys of the block, and what is typed in an answers block";
    const hint = who === "typist" || who === "nobody" ? instead + answered : instead;
    return [{ capability: "terminal", instead: hint }];
  }
  if (tty.length === 0 && who !== "nobody" && !call.around.optional) {
    const message = `${call.written} waits for a person at the terminal, and the block has no answers`;
    const hint = "write what is typed in an answers block after it: PROMPT => REPLY, a line for each";
    call.fault("shell/terminal", call.spot, message, hint);
  }
  return [];
}

/** A kernel setting that is written as a file; of /sys, its path. */
export function settingAt(path: string, { step }: Story, spot: TextLocation, { optional }: Around): Demand[] {
  if (
    step === undefined ||
    !/^\/(?:proc\/sys|sys\/(?!class\/net\/|devices\/virtual\/net\/|fs\/cgroup\/))/.test(path)
  )
    return [];
  const what = path.startsWith("/sys/") ? path : path.slice("/proc/sys/".length).replaceAll("/", ".");
  return [{ step, spot, capability: "settings", what, optional }];
}

const words = ({ args }: Call): string[] =>
  args.filter(({ text, known }) => known && !text.startsWith("-")).map(({ text }) => text);

const always = (capability: Capability) => (): Asked[] => [{ capability }];

const verb =
  (capability: Capability, verbs: RegExp) =>
  (call: Call): Asked[] =>
    verbs.test(words(call)[0] ?? "") ? [{ capability }] : [];

const addresses =
  (capability: Capability) =>
  ({ name, args, host }: Call): Asked[] => {
    const found = addressed(
      posix.basename(name),
      args.map(({ text }) => text),
    );
    return args.flatMap(({ known, spot }, index) => {
      const address = found[index];
      const site = known && address !== undefined ? hostOf(address) : undefined;
      return address !== undefined && site !== undefined && isSite(site, host)
        ? [{ capability, what: address, spot }]
        : [];
    });
  };

/** A request that sends something is no download. */
const fetches = (call: Call): Asked[] =>
  has(call, /^(?:-d|--data.*|-F|--form.*|-T|--upload-file|--post-.*|-XPOST|POST|PUT|PATCH|DELETE)$/)
    ? []
    : addresses("download")(call);

function modules(call: Call): Asked[] {
  if (has(call, /^(?:-n|--dry-run|--show.*|-D|-c|--showconfig|-V|--version)$/)) return [];
  const [first, ...rest] = words(call);
  const names = has(call, /^(?:-\w*a|--all|-r|--remove)$/) ? [first, ...rest] : [first];
  return names.flatMap((name) =>
    name === undefined ? [] : [{ capability: "modules" as const, what: posix.basename(name, ".ko") }],
  );
}

const settingFiles = /^\/(?:etc|run|usr\/lib|lib)\/sysctl\.d\/[^/]+\.conf$|^\/etc\/sysctl\.conf$/;

/** Settings on the command line, and those of the files that it reads. */
export function settings(call: Call): Asked[] {
  const { args, host, shell } = call;
  const given = args.flatMap(({ text, known, spot }) => {
    const name = known ? /^([\w./-]+)=/.exec(text)?.[1] : undefined;
    return name === undefined || name.startsWith("-") ? [] : [{ what: name, spot }];
  });
  const files = has(call, /^--system$/)
    ? [...host.files.keys()].filter((path) => settingFiles.test(path))
    : has(call, /^(?:-p.*|--load.*)$/)
      ? words(call).map((word) => host.resolve(word, shell))
      : [];
  if (files.length === 0 && has(call, /^(?:-p|--load)$/)) files.push("/etc/sysctl.conf");
  const read = files
    .flatMap((file) => host.files.get(file)?.parts ?? [])
    .flatMap((part) =>
      [...part.text.matchAll(/^[ \t]*-?([\w./*-]+)[ \t]*=/gm)].map(({ 1: what = "", index }) => ({
        what,
        spot: spotIn(part, index),
      })),
    );
  return [...given, ...read].map(({ what, spot }) => ({
    capability: "settings",
    what: what.replaceAll("/", "."),
    spot,
  }));
}

const reboot = always("reboot");
const selinux = always("selinux");
const yum = always("yum");
const clock = always("clock");
const packages = verb("internet", /^(?:install|update|upgrade|dist-upgrade|download)$/);

/** Units that CentOS 7 brings and the machines with Debian 12 do not have; firewalld is asked for by itself. */
const centosUnit = /^(?:chronyd|ntpd|crond|NetworkManager|network)(?:\.service)?$/;

/** The registry, and every capability. */
const containers = (call: Call): Asked[] => [
  ...verb("internet", /^(?:pull|push|login|search)$/)(call),
  ...(has(call, /^--privileged(?:=true)?$/) ? [{ capability: "privileges" as const }] : []),
];

/** By command; one that is not here asks for nothing but itself. */
const asking: Readonly<Record<string, (call: Call) => readonly Asked[]>> = {
  wget: fetches,
  curl: fetches,
  kubectl: addresses("internet"),
  git: (call) => (words(call)[0] === "clone" ? addresses("internet")(call) : []),
  docker: containers,
  podman: containers,
  "apt-get": packages,
  apt: packages,
  pip: packages,
  pip3: packages,
  ping: (call) => (words(call).some((word) => isSite(word, call.host)) ? [{ capability: "internet" }] : []),
  modprobe: modules,
  insmod: modules,
  rmmod: modules,
  sysctl: settings,
  date: (call) => (has(call, /^(?:-\w*s|--set.*)$/) ? [{ capability: "clock" }] : []),
  hwclock: clock,
  ntpdate: clock,
  timedatectl: verb("clock", /^set-(?:time|ntp|local-rtc)$/),
  chronyc: verb("clock", /^makestep$/),
  reboot,
  poweroff: reboot,
  halt: reboot,
  shutdown: (call) => (has(call, /^-c$/) ? [] : [{ capability: "reboot" }]),
  init: verb("reboot", /^[06]$/),
  telinit: verb("reboot", /^[06]$/),
  dmesg: always("log"),
  systemctl: (call) => {
    const [does = "", ...units] = words(call);
    if (/^(?:reboot|poweroff|halt|kexec)$/.test(does)) return [{ capability: "reboot" }];
    if (units.some((unit) => centosUnit.test(unit))) return [{ capability: "centos" }];
    return units.some((unit) => /^firewalld(?:\.service)?$/.test(unit)) ? [{ capability: "firewalld" }] : [];
  },
  yum,
  dnf: yum,
  rpm: yum,
  "yum-config-manager": yum,
  selinuxenabled: selinux,
  setenforce: selinux,
  getenforce: selinux,
  sestatus: selinux,
  "firewall-cmd": always("firewalld"),
};
