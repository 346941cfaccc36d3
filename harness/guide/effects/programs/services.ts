import type { TextLocation } from "../../check/finding.ts";
import { spotIn } from "../../check/files/here-document.ts";
import { environmentFiles, parseUnit, type UnitEntry } from "../../check/files/systemd-unit.ts";
import type { Call } from "../call.ts";
import type { Entry, Host, Part } from "../host.ts";
import { orNearest, unitExists } from "../lookup.ts";
import { environmentOf, setterOf, settingsOf } from "./environment.ts";

/** An option that reaches a program, its variables resolved, and where its value is written. */
export type Setting = { readonly name: string; readonly value: string; readonly spot: TextLocation };

/** A unit of the guide that was started. */
export type Started = {
  readonly unit: string;
  readonly host: Host;
  /** Where it was started. */
  readonly spot: TextLocation;
  readonly settings: readonly Setting[];
  /** Whether a defect of its file, which is told by itself, keeps options from it. */
  readonly partial: boolean;
  /** How many values were in etcd by then. */
  readonly registered: number;
};

/** The texts that systemd has read once it has started a unit: its file, and its environment files. */
export function readFor(host: Host, name: string): readonly Part[] {
  const own = host.unitFile(name)?.parts ?? [];
  const files = own.flatMap(({ text }) => environmentFiles(parseUnit(text).entries));
  if (name === "docker.service") files.push("/etc/docker/daemon.json");
  return [...own, ...files.flatMap((path) => host.files.get(path)?.parts ?? [])];
}

/** The option of that name with which a unit was started; of several, the last counts. */
export const settingOf = (started: Started | undefined, name: string): Setting | undefined =>
  started?.settings.findLast((setting) => setting.name === name);

/** What is known of the file that this option names. */
export const entryOf = (started: Started, name: string): Entry | undefined =>
  started.host.files.get(settingOf(started, name)?.value ?? "");

/** A unit that is started: whose it is, and the places of its file's characters. */
export type Starting = Pick<Call, "story" | "host" | "fault"> & {
  readonly at: (offset: number) => TextLocation;
};

/** Starts a unit: what its file names must be there, and what it writes is there afterwards. */
export function startUnit({ story, host, fault }: Call, name: string, spot: TextLocation): void {
  if (host.stale.delete(name)) {
    const hint = "systemctl daemon-reload before";
    fault("units/not-reloaded", spot, `systemd has not read the new file of ${name}`, hint);
  }
  const docker = name === "docker.service";
  const [part] = host.unitFile(name)?.parts ?? [];
  if (docker && part !== undefined && host.dockerBridge) {
    const hint = "systemctl stop docker and ip link delete docker0 before";
    fault("networks/bridge", spot, "docker0 is there from before, with another subnet", hint);
  }
  if (docker) {
    host.dockerBridge = true;
    host.modules.add("br_netfilter");
  }
  if (name === "systemd-modules-load.service") {
    for (const [path, entry] of host.files) {
      if (!path.startsWith("/etc/modules-load.d/")) continue;
      for (const { text } of entry.parts) for (const word of text.split(/\s+/)) host.modules.add(word);
    }
  }
  if (part === undefined) return;
  const { entries, problems } = parseUnit(part.text);
  const at = (offset: number): TextLocation => spotIn(part, offset);
  const starting = { story, host, fault, at };
  const environment = environmentOf(entries, starting);
  const absent = environmentFiles(entries).find((path) => host.lacks(path));
  const hintFor = (variable: string): string => {
    const lost = absent === undefined ? "" : `; there is no ${absent}`;
    const hint = near(variable, [...environment.keys()]) + lost;
    const set = setterOf(host, variable);
    return set !== "" || absent === undefined ? hint + set : orNearest(story, host, absent, hint);
  };
  const settings: Setting[] = [];
  const unset = new Map<string, TextLocation>();
  const lacks = (variable: string, place: TextLocation): void =>
    void (unset.has(variable) || unset.set(variable, place));
  for (const entry of entries) {
    if (entry.key === "WorkingDirectory" && host.lacks(entry.value.replace(/(.)\/$/, "$1"))) {
      fault("files/folder", at(entry.valueOffset), `there is no folder ${entry.value} yet`, "make it before");
    }
    for (const other of entry.key === "Requires" || entry.key === "BindsTo" ? entry.value.split(/\s+/) : []) {
      if (!/\.(?:service|socket)$/.test(other) || unitExists(host, other) !== false) continue;
      const message = `${name} requires ${other}, which is not there`;
      fault("units/missing", at(entry.valueOffset), message, "write its file before, or correct the name");
    }
    if (entry.section !== "Service" || !/^Exec(?:Start|Condition)/.test(entry.key)) continue;
    settings.push(...settingsOf(entry, environment, lacks, starting));
    checkPrograms(entry, starting);
    writeOptions(entry, starting);
  }
  // What sets nothing at all is one defect, whatever its unit wants of it.
  const told = environment.size === 0 ? [...unset].slice(0, 1) : [...unset];
  for (const [variable, place] of told) {
    const others = told.length < unset.size ? `, nor any of its ${unset.size - 1} other variables` : "";
    fault("units/variable", place, `nothing sets $${variable} for this unit${others}`, hintFor(variable));
  }
  for (const [variable, { value, spot: place }] of environment) {
    const option = /^ETCD_(\w+)$/.exec(variable)?.[1]?.toLowerCase().replaceAll("_", "-");
    if (option === undefined || !part.text.includes("/etcd")) continue;
    const twice = settings.find((setting) => setting.name === option && setting.spot.step === place.step);
    if (twice === undefined) settings.push({ name: option, value, spot: place });
  }
  const isPlaced = entries.some(({ key }) => key === "WorkingDirectory");
  checkFiles(isPlaced ? settings.filter(({ value }) => !isRelative.test(value)) : settings, starting);
  checkSubnet(entries, environment, starting);
  const partial = problems.length > 0 || unset.size > 0;
  story.started.push({ unit: name, host, spot, settings, partial, registered: story.registered.length });
}

const near = (name: string, names: readonly string[]): string => {
  const same = names.find((other) => other.replaceAll("_", "") === name.replaceAll("_", ""));
  return `write ${same === undefined ? "a variable of its environment file" : `$${same}`}, or set it there; set: ${names.join(", ") || "none"}`;
};

function checkPrograms(entry: UnitEntry, { story, host, at, fault }: Starting): void {
  const programs = [...entry.value.matchAll(/(?<=^[-@:+!]*|\s)\/[\w./-]+/g)].filter(
    ({ 0: path, index }) => index <= 5 || path.includes("/bin/"),
  );
  for (const { 0: path, index } of programs) {
    const program = host.files.get(path);
    if (program?.executable === false) {
      host.files.set(path, { ...program, executable: true });
      const remedy = `chmod +x ${path} before`;
      fault("files/executable", at(entry.valueOffset + index), `${path} is not executable`, remedy);
    }
    if (!host.lacks(path)) continue;
    const remedy = "copy the program there before the unit starts, or correct the path";
    const hint = orNearest(story, host, path, remedy, true);
    host.write(path, { parts: [] });
    fault("files/missing", at(entry.valueOffset + index), `there is no ${path} when the unit starts`, hint);
  }
}

/** mk-docker-opts.sh writes a variable (-k) into a file (-d). */
function writeOptions(entry: UnitEntry, { host, at, fault }: Starting): void {
  if (!entry.value.includes("mk-docker-opts.sh")) return;
  const [, name = "DOCKER_OPTS"] = /\s-k\s+(\S+)/.exec(entry.value) ?? [];
  const file = /\s-d\s+(\S+)/.exec(entry.value);
  const path = file?.[1] ?? "/run/docker_opts.env";
  const { step } = at(0);
  // Its options for the bridge, whose values only the machine knows.
  const options = "--bip=\0 --ip-masq=\0 --mtu=\0";
  const part: Part = { step, offset: entry.valueOffset, text: `${name}="${options}"`, places: [] };
  host.write(path, { parts: [part] });
  if (path !== "/run/flannel/subnet.env" || file === null) return;
  const hint =
    "write Docker's options into a file of their own, such as /run/flannel/docker, and let its unit read that";
  const place = entry.valueOffset + file.index + file[0].lastIndexOf(path);
  fault("files/overwritten", at(place), `${path} is where flanneld itself records its subnet`, hint);
}

/** Docker gets flannel's subnet from a variable only if its command has that. */
function checkSubnet(
  entries: readonly UnitEntry[],
  environment: ReturnType<typeof environmentOf>,
  { at, fault }: Starting,
): void {
  const command = entries.findLast(({ key }) => key === "ExecStart");
  const [name] = [...environment].find(([, { value }]) => value.includes("--bip=")) ?? [];
  if (!command || name === undefined || !/\/dockerd(?:-current)?\s/.test(`${command.value} `)) return;
  if (/\$|--bip\b/.test(command.value)) return;
  const message = `Docker does not get flannel's subnet: its command has no $${name}`;
  fault("units/variable", at(command.valueOffset), message, `add $${name} to it`);
}

/** A file's name without its folder, or in a home; and the options that name files. */
const isRelative = /^(?:~\/|\.{1,2}\/|[\w-]+[./])[\w./-]*$/;
const ofFiles = /(?:^|-)(?:config|kubeconfig|file|cafile|certfile|keyfile)$/;

function checkFiles(settings: readonly Setting[], { story, host, fault }: Starting): void {
  const logs = settings.findLast(({ name }) => name === "log-dir");
  const intoFiles = settings.findLast(({ name }) => name === "logtostderr")?.value === "false";
  if (logs && intoFiles && /^\/[\w./-]+$/.test(logs.value) && !host.isFolder(logs.value.replace(/\/$/, ""))) {
    const message = `there is no folder ${logs.value} for the logs when the unit starts: the program exits at once`;
    fault("files/folder", logs.spot, message, `mkdir -p ${logs.value} before`);
  }
  const bootstraps = settings.some(({ name }) => name === "bootstrap-kubeconfig");
  for (const { name, value, spot } of settings) {
    // A kubelet writes its own kubeconfig once it has a certificate, and programs make their folders.
    if ((name === "kubeconfig" && bootstraps) || /(?:-dir|-prefix)$/.test(name)) continue;
    if (isRelative.test(value) && ofFiles.test(name)) {
      const message = `--${name}: ${value} is looked for in /, where systemd starts programs, and ~ is no home there`;
      fault("files/missing", spot, message, "write the whole path");
    }
    if (ofFiles.test(name) && host.folders.has(value.replace(/\/$/, ""))) {
      const message = `--${name}: ${value} is a folder, not a file`;
      fault("files/missing", spot, message, "write the name of the file in it, too");
    }
    if (!/^\/[\w./-]+$/.test(value) || !host.lacks(value)) continue;
    const remedy = "make it or copy it to this machine before the unit starts, or correct the path";
    const hint = orNearest(story, host, value, remedy);
    host.write(value, { parts: [] });
    fault("files/missing", spot, `--${name}: there is no ${value} when the unit starts`, hint);
  }
}
