import { type Call, needOptions, unknown, write } from "../../call.ts";
import { type Arg, insideQuote, operands, option, valueSpot } from "../../shell/args.ts";
import type { Certificate, Host } from "../../host.ts";
import type { TextLocation } from "../../../check/finding.ts";

/** A call of etcdctl: what it is told on its command line or by its environment. */
export type EtcdCall = {
  readonly host: Host;
  readonly spot: TextLocation;
  /** `2` or `3`, if it is told. */
  readonly api: string | undefined;
  readonly verb: Arg | undefined;
  readonly options: readonly Arg[];
  /** The value of an option or of its variable, where that is known. */
  readonly settings: ReadonlyMap<string, Arg>;
  /** The certificates in the files that settings name. */
  readonly certificates: ReadonlyMap<string, Certificate>;
};

/** A value that etcdctl sets, where that is written, and the call that sets it. */
export type Registered = {
  readonly key: string;
  readonly value: string;
  readonly spot: TextLocation;
  readonly call: EtcdCall;
};

const valued =
  /^--?(?:ca-file|cert-file|key-file|cacert|cert|key|endpoints?|peers|C|output|o|timeout|total-timeout|command-timeout|dial-timeout|discovery-srv|u|username|user|password|w|write-out|ttl|prefix|lease|name|peer-urls|data-dir|wal-dir|initial-cluster|initial-cluster-token|initial-advertise-peer-urls)$/;

/** A value at its own place, behind its option's name. */
function behind(value: Arg, { length }: string): Arg {
  const { spot } = value;
  return { ...value, spot: { ...spot, offset: insideQuote({ ...spot, offset: spot.offset + length }) } };
}

const sets = /^(?:set|mk|update|put)$/;

/** etcdctl: the files that it is given are there, what it puts into etcd is known. */
export function etcdctl(call: Call): void {
  const { story, host, shell, args, spot, around } = call;
  needOptions(call, ["ca-file", "cert-file", "key-file", "cacert", "cert", "key"]);
  const [verb, first, second] = operands(args, valued);
  const settings = new Map<string, Arg>();
  for (const [name, value] of shell.variables) {
    const setting = /^ETCDCTL_(\w+)$/.exec(name)?.[1]?.toLowerCase().replaceAll("_", "-");
    if (setting) settings.set(setting, { text: value, known: !value.includes("\0"), spot, written: value });
  }
  const options = args.filter(({ text }) => /^-./.test(text));
  for (const { text } of options) {
    const [head, name = ""] = /^--?([\w-]+)=?/.exec(text) ?? [""];
    const value = option(args, name);
    if (!value) continue;
    const place = valueSpot(value);
    const own = head.endsWith("=") ? behind(value, head) : value;
    settings.set(name, place === value.spot ? own : { ...value, spot: place });
  }
  const certificates = new Map(
    [...settings].flatMap(([name, { text }]) => {
      const certificate = host.files.get(host.resolve(text, shell))?.certificate;
      return certificate ? [[name, certificate] as const] : [];
    }),
  );
  const made: EtcdCall = {
    host,
    spot,
    api: settings.get("api")?.text,
    verb,
    options,
    settings,
    certificates,
  };
  story.etcdCalls.push(made);
  if (verb?.text === "snapshot" && first?.text === "save" && second?.known)
    write(call, host.resolve(second.text, shell), { parts: [] }, second.spot);
  if (!verb || !sets.test(verb.text) || !first?.known) return;
  const { part } = around.input;
  const fed = part && { text: part.text, known: !part.text.includes("\0"), spot: part };
  const given = second && { ...second, spot: { ...second.spot, offset: insideQuote(second.spot) } };
  const value = given ?? fed;
  if (!value?.known) return unknown(call);
  story.registered.push({ key: first.text, value: value.text, spot: value.spot, call: made });
}
