import { type Call, effect, fails, unknown, type Programs } from "../call.ts";
import { type Arg, option } from "../shell/args.ts";
import { type Host, hostOfLogin } from "../host.ts";
import { orNearest, packageFor, unitExists } from "../lookup.ts";
import { readFor, startUnit } from "./services.ts";
import { parseUnit } from "../../check/files/systemd-unit.ts";
import { valuedOption, verbs } from "../../check/files/systemd-words.ts";
import { suggest } from "../../../input/suggest.ts";
import type { Effect } from "../../types.ts";

const common = ["enable", "disable", "start", "stop", "restart", "status", "daemon-reload"];

/** Signals after which a program goes on. */
const survived = /^(?:SIG)?(?:HUP|USR[12]|WINCH|CONT|URG|0)$/;

/** What a verb of systemctl(1) does to the units that it names; with `--now` to their processes, too. */
function deedsOf(verb: string, now: boolean, signal = "TERM"): readonly Effect["does"][] {
  if (/^(?:(?:re|try-re|condre)?start|(?:try-)?reload-or-restart)$/.test(verb)) return ["starts"];
  if (verb === "kill" && survived.test(signal)) return ["asks"];
  if (/^(?:stop|kill)$/.test(verb)) return ["stops"];
  if (/^(?:re)?enable$/.test(verb)) return now ? ["enables", "starts"] : ["enables"];
  if (/^(?:disable|mask)$/.test(verb)) return now ? ["disables", "stops"] : ["disables"];
  return ["asks"];
}

/** The machine that `-H` names, if it does; undefined if nobody knows that one, or it is a container. */
function hostNamed({ story, host, args }: Call): Host | undefined {
  const at = args.findIndex(({ text }) => /^(?:-[HM]|--(?:host|machine)\b)/.test(text));
  const text = args[at]?.text ?? "";
  if (text === "") return host;
  const named = /^(?:-H|--host=)(?<name>.+)$/.exec(text)?.groups?.["name"] ?? args[at + 1]?.text ?? "";
  return /^-(?:M|-machine)/.test(text) ? undefined : hostOfLogin(story, named);
}

/** Whether a word stands for all units of such names, which systemd alone knows. */
const isPattern = (text: string): boolean => /[*?[]/.test(text);

const isUnclear = ({ known, text }: Arg): boolean => !known || isPattern(text);

function systemctl(call: Call): void {
  const { story, args, fault } = call;
  const host = hostNamed(call);
  const [verb, ...units] = args.filter(
    ({ text }, index) => !text.startsWith("-") && !valuedOption.test(args[index - 1]?.text ?? ""),
  );
  if (verb === undefined) return;
  if (host === undefined || [verb, ...units].some(isUnclear)) unknown(call);
  if (host === undefined || !verb.known) return;
  const now = args.some(({ text }) => text === "--now");
  const signal = option(args, "s") ?? option(args, "signal");
  const deeds = deedsOf(verb.text, now, signal?.text);
  if (!verbs.includes(verb.text) && deeds.includes("asks")) {
    fault("units/verb", verb.spot, `systemctl has no verb "${verb.text}"`, suggest(verb.text, common));
    return;
  }
  if (verb.text === "daemon-reload") host.stale.clear();
  for (const { text, known, spot } of units) {
    if (!known || isPattern(text)) continue;
    const name = /\.\w+$/.test(text) ? text : `${text}.service`;
    for (const does of deeds) effect({ ...call, host }, does, name.replace(/\.service$/, ""), spot);
    const state = host.unit(name);
    if (unitExists(host, name) === false) {
      const file = `/usr/lib/systemd/system/${name}`;
      const provider = packageFor(host, name);
      const install = provider === undefined ? "" : ` install the package ${provider},`;
      const remedy = `write its file before, such as ${file},${install} or correct the name`;
      const hint = orNearest(story, host, file, remedy);
      fails(call, { rule: "units/missing", at: spot, message: `there is no unit ${name} yet`, hint });
      continue;
    }
    if (/^(?:status|is-active)$/.test(verb.text)) needRunning(call, host, name, spot);
    if (deeds.includes("enables")) Object.assign(state, { enabled: true, disabled: false });
    if (deeds.includes("disables")) Object.assign(state, { enabled: false, disabled: true });
    if (deeds.includes("stops")) {
      state.stopped = spot;
      delete state.started;
      pullDown(host, name, spot);
    }
    if (deeds.includes("starts")) {
      if (/^(?:start|enable|reenable)$/.test(verb.text)) needRestart(call, host, name, spot);
      startUnit({ ...call, host }, name, spot);
      state.started ??= state.pulled?.started ?? spot;
      delete state.stopped;
      delete state.pulled;
      state.read = readFor(host, name);
    }
  }
}

/** systemd does nothing to a unit that it is told to start and that runs already, whatever its files have become. */
function needRestart(call: Call, host: Host, name: string, spot: Arg["spot"]): void {
  const { started, read } = host.unit(name);
  const now = readFor(host, name);
  if (!started || !read || (now.length === read.length && now.every((part, index) => part === read[index])))
    return;
  const message = `${name} runs already: it is not started anew, and does not read what was changed since`;
  const hint = `systemctl restart ${name.replace(/\.service$/, "")}`;
  fails(call, { rule: "units/not-restarted", at: spot, message, hint });
}

/** Where a unit of the guide's does not run, systemctl says so and fails. */
function needRunning(call: Call, host: Host, name: string, spot: Arg["spot"]): void {
  const { started, enabled } = host.unit(name);
  const isOurs = (host.unitFile(name)?.parts.length ?? 0) > 0;
  if (!isOurs || started || (host.booted && enabled)) return;
  // What is started brings others along.
  const brings = /^(?:Requires|BindsTo|Wants)$/;
  if ([...host.units].some(([other, state]) => state.started && namesUnit(host, other, brings, name))) return;
  const message = `${name} does not run: systemctl fails, and the step with it`;
  const hint = "start it before, or write `|| true` behind";
  fails(call, { rule: "units/not-running", at: spot, message, hint });
}

/** Whether the file of a unit names another one by such a directive. */
const namesUnit = (host: Host, name: string, directives: RegExp, other: string): boolean =>
  parseUnit(host.unitFile(name)?.parts[0]?.text ?? "").entries.some(
    ({ key, value }) => directives.test(key) && value.split(/\s+/).includes(other),
  );

/** Units that need another one are stopped along with it. */
function pullDown(host: Host, by: string, spot: Arg["spot"]): void {
  for (const [name, state] of host.units) {
    if (!state.started || !namesUnit(host, name, /^(?:Requires|BindsTo|PartOf)$/, by)) continue;
    state.pulled = { spot, by, started: state.started };
    delete state.started;
    pullDown(host, name, spot);
  }
}

function service(call: Call): void {
  const [name, verb] = call.args;
  if (name && verb) systemctl({ ...call, args: [verb, name] });
}

/** The units whose journal is asked for. */
function journalctl(call: Call): void {
  for (const [index, { text, known, spot }] of call.args.entries()) {
    const before = call.args[index - 1]?.text ?? "";
    const named = /^-\w*u$|^--unit$/.test(before) ? text : /^(?:-u|--unit=)(.+)$/.exec(text)?.[1];
    if (named !== undefined && known) effect(call, "asks", named.replace(/\.service$/, ""), spot);
  }
}

export const units: Programs = { systemctl, service, journalctl };
