import { packagesWith } from "../../../centos7/packages.ts";
import { type Call, effect, fails, option, type Stream, unknown } from "../call.ts";
import { type Host, hostOfLogin } from "../host.ts";
import { orNearest, unitExists } from "../lookup.ts";
import { startUnit } from "./services.ts";
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

function systemctl(call: Call): Stream {
  const { story, args, fault } = call;
  const host = hostNamed(call);
  const [verb, ...units] = args.filter(
    ({ text }, index) => !text.startsWith("-") && !valuedOption.test(args[index - 1]?.text ?? ""),
  );
  if (verb === undefined) return {};
  if (host === undefined || [verb, ...units].some(({ known }) => !known)) unknown(call);
  if (host === undefined || !verb.known) return {};
  const now = args.some(({ text }) => text === "--now");
  const signal = option(args, "s") ?? option(args, "signal");
  const deeds = deedsOf(verb.text, now, signal?.text);
  if (!verbs.includes(verb.text) && deeds.includes("asks")) {
    fault("units/verb", verb.spot, `systemctl has no verb "${verb.text}"`, suggest(verb.text, common));
    return {};
  }
  if (verb.text === "daemon-reload") host.stale.clear();
  for (const { text, known, spot } of units) {
    if (!known) continue;
    const name = /\.\w+$/.test(text) ? text : `${text}.service`;
    for (const does of deeds) effect({ ...call, host }, does, name.replace(/\.service$/, ""), spot);
    const state = host.unit(name);
    if (unitExists(host, name) === false) {
      const file = `/usr/lib/systemd/system/${name}`;
      const [provider] = packagesWith(name);
      const install = provider === undefined ? "" : ` install the package ${provider},`;
      const hint = orNearest(
        host,
        file,
        `write its file before, such as ${file},${install} or correct the name`,
      );
      fails(call, { rule: "units/missing", at: spot, message: `there is no unit ${name} yet`, hint });
      continue;
    }
    if (deeds.includes("enables")) Object.assign(state, { enabled: true, disabled: false });
    if (deeds.includes("disables")) Object.assign(state, { enabled: false, disabled: true });
    if (deeds.includes("stops")) {
      state.stopped = spot;
      delete state.started;
    }
    if (deeds.includes("starts")) {
      startUnit(story, host, name, spot, fault);
      delete state.stopped;
      state.started ??= spot;
    }
  }
  return {};
}

/** `service NAME VERB`. */
function service(call: Call): Stream {
  const [name, verb] = call.args;
  return name && verb ? systemctl({ ...call, args: [verb, name] }) : {};
}

/** The units whose journal is asked for. */
function journalctl(call: Call): Stream {
  for (const [index, { text, known, spot }] of call.args.entries()) {
    const before = call.args[index - 1]?.text ?? "";
    const named = /^-\w*u$|^--unit$/.test(before) ? text : /^(?:-u|--unit=)(.+)$/.exec(text)?.[1];
    if (named !== undefined && known) effect(call, "asks", named.replace(/\.service$/, ""), spot);
  }
  return {};
}

/** Programs that speak to systemd. */
export const units: Readonly<Record<string, (call: Call) => Stream>> = { systemctl, service, journalctl };
