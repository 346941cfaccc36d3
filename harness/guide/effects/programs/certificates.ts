import { posix } from "node:path";
import { spotOf } from "../../check/files/here-document.ts";
import { suggest } from "../../../input/suggest.ts";
import { type Call, need, needOptions, type Programs, type Stream, write } from "../call.ts";
import { type Arg, option } from "../shell/args.ts";
import type { Entry } from "../host.ts";
import { dig, isObject, json, textOfEntry } from "./json.ts";

/** The least and the greatest size of each kind of key. */
const limits = new Map<unknown, readonly [number, number]>([
  ["rsa", [2048, 8192]],
  ["ecdsa", [256, 521]],
]);

/** What cfssl takes the parts of a request for. */
const shapes: Readonly<Record<string, readonly [is: (value: unknown) => boolean, what: string]>> = {
  CN: [(value) => typeof value === "string", "a text"],
  hosts: [Array.isArray, 'a list: ["10.1.2.3"]'],
  names: [Array.isArray, "a list: [{ … }]"],
  key: [(value) => isObject(value) && !Array.isArray(value), "an object: { … }"],
};

/** The kind and the size of the key that a request asks for. */
function checkRequest(call: Call): void {
  const arg = call.args.slice(1).find(({ text }) => text.endsWith(".json") && !text.startsWith("-"));
  const part = arg && call.host.files.get(call.host.resolve(arg.text, call.shell))?.parts[0];
  const request = json(part?.text ?? "");
  for (const [name, [is, what]] of Object.entries(shapes)) {
    const value = dig(request, name);
    if (part === undefined || value === undefined || value === null || is(value)) continue;
    const message = `cfssl cannot read a request whose "${name}" is ${JSON.stringify(value)}`;
    call.fault("certificates/request", spotOf(part, `"${name}"`), message, `write ${what}`);
  }
  const key = dig(request, "key");
  const [algorithm, size] = [dig(key, "algo"), dig(key, "size")];
  if (part === undefined || algorithm === undefined || size === undefined) return;
  const [least, greatest] = limits.get(algorithm) ?? [];
  if (typeof size !== "number") {
    const told = `cfssl takes the size of a key as a number, not as ${JSON.stringify(size)}`;
    call.fault("certificates/key", spotOf(part, '"size"'), told, 'write "size": 2048, without quotes');
    return;
  }
  if (least !== undefined && greatest !== undefined && size >= least && size <= greatest) return;
  const at = spotOf(part, '"key"');
  const message = `cfssl makes no key of ${typeof algorithm === "string" ? algorithm : JSON.stringify(algorithm)} with ${size} bits`;
  call.fault("certificates/key", at, message, 'write "algo": "rsa" with "size": 2048, or "ecdsa" with 256');
}

/** Options that name certificates, and those that name private keys; tokens are checked by either. */
export const ofCertificates = /(?:^|-)(?:(?:ca)?cert|ca|(?:ca|cert)-?file|certificate(?:-authority)?)$/i;
export const ofKeys = /^(?!service-account-key)(?:.*-)?(?:ca)?key(?:-?file)?$/i;

/** What a file is, if it is not what an option of this name takes. */
export function otherKind(name: string, entry: Entry | undefined): string | undefined {
  const { certificate, keyOf } = entry ?? {};
  if (keyOf && !certificate && ofCertificates.test(name)) return "private key";
  return certificate && !keyOf && ofKeys.test(name) ? "certificate" : undefined;
}

/** Options of one command that name a certificate and its private key. */
const pairs = [
  ["client-certificate", "client-key"],
  ["cert-file", "key-file"],
  ["cert", "key"],
] as const;

/** A command is given a private key where it reads a certificate, the other way round, or the key of another one. */
export function checkPairs({ args, host, shell, name: program, fault }: Call): void {
  const entryOf = (arg: Arg | undefined): Entry | undefined =>
    arg?.known ? host.files.get(host.resolve(arg.text, shell)) : undefined;
  for (const { text } of args) {
    const [, name] = /^--?([a-zA-Z][\w-]*)(?:=|$)/.exec(text) ?? [];
    const file = name === undefined ? undefined : option(args, name);
    const kind = name === undefined ? undefined : otherKind(name, entryOf(file));
    if (name === undefined || file === undefined || kind === undefined) continue;
    const message = `${file.text} is a ${kind}: ${posix.basename(program)} cannot read it as --${name}`;
    const other = kind === "certificate" ? "private key" : "certificate";
    fault("certificates/pair", file.spot, message, `name the ${other} that was made with it`);
  }
  for (const [shown, kept] of pairs) {
    const [certificate, key] = [option(args, shown), option(args, kept)];
    const [made, own] = [entryOf(certificate)?.certificate, entryOf(key)?.keyOf];
    if (!certificate || !key || !made || !own || made === own) continue;
    const message = `${key.text} is not the key of ${certificate.text}`;
    fault("certificates/pair", key.spot, message, "name the key that was made with it");
  }
}

function makeCertificate(call: Call): Stream | void {
  const { args, fault } = call;
  if (args[0]?.text !== "gencert") return;
  needOptions(call, ["ca", "ca-key", "config"]);
  checkRequest(call);
  const own = option(args, "initca") !== undefined || args.some(({ text }) => text === "-initca");
  const requestArg = args.slice(1).find(({ text }) => !text.startsWith("-"));
  const request = requestArg && need(call, requestArg);
  if (own) return { certificate: { request, ca: undefined } };
  const authority = option(args, "ca");
  if (!authority && option(args, "remote") === undefined) {
    const hint = "give it -ca=… and -ca-key=…, or -initca to make a CA";
    fault(
      "certificates/signer",
      call.spot,
      "cfssl gencert without a CA to sign with makes no certificate",
      hint,
    );
  } else if (authority && option(args, "ca-key") === undefined && option(args, "remote") === undefined) {
    const message = "cfssl gencert without the CA's key signs nothing, and prints nothing";
    fault("certificates/signer", authority.spot, message, "add -ca-key=…");
  }
  const config = option(args, "config");
  const profile = option(args, "profile");
  const file = (arg: Arg | undefined): Entry | undefined =>
    arg && call.host.files.get(call.host.resolve(arg.text, call.shell));
  const settings = file(config);
  const given = json(textOfEntry(settings));
  const profiles = dig(given, "signing", "profiles") ?? {};
  if (profile?.known && isObject(given) && isObject(profiles) && !Object.hasOwn(profiles, profile.text)) {
    const hint = suggest(profile.text, Object.keys(profiles));
    fault("certificates/profile", profile.spot, `${config?.text} has no profile "${profile.text}"`, hint);
  }
  const [signer, key] = [file(authority)?.certificate, file(option(args, "ca-key"))?.keyOf];
  if (authority && signer && key && signer !== key) {
    const message = "the key of -ca-key is not that of the CA: cfssl signs nothing";
    fault("certificates/pair", authority.spot, message, "name the key that was made with the CA");
  }
  const ca = file(authority)?.certificate ?? { request: undefined, ca: undefined };
  const signing = settings && profile?.known ? { config: settings, profile: profile.text } : undefined;
  return { certificate: { request, ca, ...(signing && { signing }) } };
}

function writeCertificate(call: Call): void {
  const { args, host, shell, around } = call;
  const base = option(args, "bare");
  if (base === undefined) return;
  const path = host.resolve(base.text, shell);
  const certificate = around.input.certificate ?? { request: undefined, ca: undefined };
  write(call, `${path}.pem`, { parts: [], certificate }, base.spot);
  write(call, `${path}-key.pem`, { parts: [], keyOf: certificate }, base.spot);
  write(call, `${path}.csr`, { parts: [] }, base.spot);
}

export const certificates: Programs = {
  cfssl: makeCertificate,
  cfssljson: writeCertificate,
};
