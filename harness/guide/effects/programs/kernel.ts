import { posix } from "node:path";
import type { TextLocation } from "../../check/finding.ts";
import { settings as settingsOf } from "../asks/demands.ts";
import { type Call, fails, type Standing, type Programs } from "../call.ts";

/** Settings of the kernel that are not there until a module is loaded. */
const ofModules: readonly (readonly [setting: RegExp, module: string])[] = [
  [/^net\.bridge\./, "br_netfilter"],
  [/^net\.ipv4\.vs\./, "ip_vs"],
];

/** A setting of the kernel is there, or its module is told. */
export function needSetting(call: Standing, setting: string, spot: TextLocation): void {
  const module = ofModules.find(([settings]) => settings.test(setting))?.[1];
  if (module === undefined || call.host.modules.has(module)) return;
  const message = `${setting} is not there until the module ${module} is loaded`;
  fails(call, { rule: "shell/kernel-setting", at: spot, message, hint: `modprobe ${module} before` });
}

function setKernel(call: Call): void {
  if (call.args.some(({ text }) => /^(?:-\w*e|--ignore)$/.test(text))) return;
  for (const { what = "", spot = call.spot } of settingsOf(call)) needSetting(call, what, spot);
}

function loadModule({ host, args }: Call): void {
  for (const { text } of args) host.modules.add(posix.basename(text, ".ko"));
  // The bridge brings its filter along in the kernel of CentOS 7.
  if (host.modules.has("bridge")) host.modules.add("br_netfilter");
}

export const kernel: Programs = {
  sysctl: setKernel,
  modprobe: loadModule,
  insmod: loadModule,
};
