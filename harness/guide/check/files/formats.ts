import { parseYaml } from "../../../input/yaml-file.ts";
import { suggest, suggestFrom } from "../../../input/suggest.ts";
import type { Fault, Subject, Text, TextLocation } from "../finding.ts";
import { dig } from "../../effects/programs/json.ts";
import { wordsOf } from "../words.ts";
import { entryOf, type Setting, type Started } from "../../effects/programs/services.ts";
import { spotIn, unknown } from "./here-document.ts";
import { linesIn } from "../../origin.ts";

/** JSON, YAML, kubelet configurations and kubeconfigs: in every file that is written, and in etcd. */
export function* formats(subject: Subject): Iterable<Fault> {
  for (const { value, spot } of subject.world.registered) {
    const at: Text["at"] = (offset) => ({ ...spot, offset: spot.offset + offset });
    if (/^[{[]/.test(value)) yield* checkJson({ text: value, at });
  }
  for (const { path, text: written, partial, language, at } of subject.files) {
    if (partial || written.trim() === "" || written === unknown) continue;
    // What nobody knows is a number or a word like any other.
    const text = written.replaceAll(unknown, "0");
    if (language === "json" || path.endsWith(".json")) yield* checkJson({ text, at });
    else if (language === "yaml" || /\.ya?ml$/.test(path) || isKubelets(text)) {
      for (const [start, document] of documentsIn(text))
        yield* checkYaml({ text: document, at: (offset) => at(start + offset) });
    }
  }
}

/** Whether it is a configuration of the kubelet, whose files have all sorts of names. */
export const isKubelets = (text: string): boolean => /^kind:\s*KubeletConfiguration\b/m.test(text);

/** A value of the kubelet's configuration that a program is given, and where that stands. */
export function configured(started: Started, key: string): Omit<Setting, "name"> | undefined {
  const [part] = entryOf(started, "config")?.parts ?? [];
  if (part === undefined || !isKubelets(part.text)) return undefined;
  const found = new RegExp(`(?<=^[ \\t]*)${key}:[ \\t]*["']?([^\\s"'#]+)`, "m").exec(part.text);
  return found ? { value: found[1] ?? "", spot: spotIn(part, found.index) } : undefined;
}

/** The documents of a YAML stream, each with the offset at which it begins. */
function documentsIn(text: string): (readonly [start: number, document: string])[] {
  const starts = [0, ...[...text.matchAll(/^---(?=\s|$)/gm)].map(({ index }) => index)];
  return starts
    .map((start, at) => [start, text.slice(start, starts[at + 1])] as const)
    .filter(([, document]) => document.trim() !== "");
}

/** What is wrong at the end of a text is wrong with its last line. */
const withinLines = (text: string, offset: number): number => Math.min(offset, text.trimEnd().length);

function* checkJson({ text, at }: Text): Iterable<Fault> {
  try {
    JSON.parse(text);
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    const [, position] = /at position (\d+)/.exec(said) ?? [];
    const message = said.replace(/ in JSON at position.*| \(line.*/s, "");
    const place = at(withinLines(text, position === undefined ? text.length : Number(position)));
    yield { rule: "files/json", at: place, message, hint: "write it as JSON (RFC 8259)" };
  }
}

const shapes = ["string", "number", "boolean", "list", "object"] as const;
type Shape = (typeof shapes)[number];

const article: Readonly<Record<Shape, string>> = {
  string: "a word",
  number: "a number",
  boolean: "true or false",
  list: "a list: [a, b]",
  object: "keys below it, indented",
};

const choices: Readonly<Record<string, readonly string[]>> = {
  cgroupDriver: ["cgroupfs", "systemd"],
  hairpinMode: ["promiscuous-bridge", "hairpin-veth", "none"],
  cpuManagerPolicy: ["none", "static"],
};

const modes = ["AlwaysAllow", "Webhook"];

/** Keys whose values are times, and how Go writes a time. */
const times = /^(?:syncFrequency|\w+CheckFrequency|nodeStatus\w+Frequency|\w+(?:Timeout|Age|Period))$/;
const notTimes = /^evictionMaxPodGracePeriod$/;
const time = /^(?:0|(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+)$/;

/** Keys of the objects within, each with the shape of its own keys' values left open. */
const nested: Readonly<Record<string, readonly string[]>> = {
  authentication: ["x509", "webhook", "anonymous"],
  "authentication.x509": ["clientCAFile"],
  "authentication.webhook": ["enabled", "cacheTTL"],
  "authentication.anonymous": ["enabled"],
  authorization: ["mode", "webhook"],
  "authorization.webhook": ["cacheAuthorizedTTL", "cacheUnauthorizedTTL"],
};

function* checkYaml({ text, at: placeOf }: Text): Iterable<Fault> {
  const yaml = parseYaml(text, "", { aliases: true });
  const lines = linesIn(text);
  const offsetOf = ({ line, column = 1 }: { readonly line: number; readonly column?: number }): number =>
    (lines[line - 1]?.start ?? text.length) + column - 1;
  if ("findings" in yaml) {
    for (const { location, message, hint } of yaml.findings) {
      const offset = offsetOf(location);
      const blanks = /\s*/y;
      blanks.lastIndex = offset;
      const at = placeOf(withinLines(text, offset + (blanks.exec(text)?.[0].length ?? 0)));
      yield { rule: "files/yaml", at, message, hint };
    }
    return;
  }
  const { value, locate } = yaml;
  if (!isMap(value)) return;
  const at = (path: readonly string[]) => placeOf(offsetOf(locate(path)));
  if (value["kind"] === "Config") yield* checkKubeconfig(value, at);
  if (value["kind"] !== "KubeletConfiguration") return;
  const rule = "files/kubelet-configuration";
  for (const [key, content] of Object.entries(value)) {
    const shape = shapes.find((one) => wordsOf(`kubelet-${one}`).includes(key));
    const found = shapeOf(content);
    if (shape === undefined) {
      const hint = suggestFrom(
        key,
        shapes.flatMap((one) => wordsOf(`kubelet-${one}`)),
        "Is its indentation lost?",
      );
      yield { rule, at: at([key]), message: `the kubelet's configuration has no key "${key}"`, hint };
    } else if (found !== shape && found !== "null" && !(shape === "string" && found === "number")) {
      const hint =
        content === "nil"
          ? "leave the key out: YAML has null, not nil"
          : `write its value as ${article[shape]}`;
      yield { rule, at: at([key]), message: `${key} is no ${shape}`, hint };
    } else if (/[pP]ort$/.test(key) && typeof content === "number" && !(content >= 0 && content <= 65_535)) {
      yield { rule, at: at([key]), message: `${key} is no port`, hint: "write a number of at most 65535" };
    } else if (times.test(key) && !notTimes.test(key) && isWord(content) && !isTime(content)) {
      const hint = "write a number with its unit: 60s, 5m";
      yield { rule, at: at([key]), message: `${key} is no time: the kubelet does not start`, hint };
    } else if (
      Object.hasOwn(choices, key) &&
      typeof content === "string" &&
      !choices[key]?.includes(content)
    ) {
      const hint = suggest(content, choices[key] ?? []);
      yield { rule, at: at([key]), message: `${key} cannot be "${content}"`, hint };
    }
  }
  const { port = 10_250, readOnlyPort } = value;
  if (port === readOnlyPort) {
    const message = `the kubelet listens on port ${String(port)} for both: it exits at once`;
    yield { rule, at: at(["readOnlyPort"]), message, hint: "give it two ports, such as 10250 and 10255" };
  }
  for (const [path, known] of Object.entries(nested)) {
    const keys = path.split(".");
    const inside = dig(value, ...keys);
    for (const key of isMap(inside) ? Object.keys(inside) : []) {
      if (known.includes(key)) continue;
      yield {
        rule,
        at: at([...keys, key]),
        message: `${path} has no key "${key}"`,
        hint: suggest(key, known),
      };
    }
  }
  const mode = dig(value, "authorization", "mode");
  if (typeof mode === "string" && !modes.includes(mode)) {
    const message = `authorization.mode cannot be "${mode}"`;
    yield { rule, at: at(["authorization", "mode"]), message, hint: suggest(mode, modes) };
  }
  if (value["apiVersion"] !== "kubelet.config.k8s.io/v1beta1") {
    const hint = "apiVersion: kubelet.config.k8s.io/v1beta1";
    yield { rule, at: at(["apiVersion"]), message: "a KubeletConfiguration of another API", hint };
  }
}

const isWord = (value: unknown): boolean => typeof value === "string" || typeof value === "number";
/** Whether Go reads it: a number without quotes is none, not even 0. */
const isTime = (value: unknown): boolean => typeof value === "string" && time.test(value);

type Map = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Map =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const shapeOf = (value: unknown): string =>
  Array.isArray(value) ? "list" : value === null ? "null" : typeof value;

function* checkKubeconfig(value: Map, at: (path: readonly string[]) => TextLocation): Iterable<Fault> {
  const listOf = (key: string): Map[] => {
    const given: unknown = value[key];
    return Array.isArray(given) ? given.filter(isMap) : [];
  };
  const names = (key: string): string[] => listOf(key).map(({ name }) => String(name));
  const rule = "files/kubeconfig";
  for (const key of ["clusters", "users", "contexts"]) {
    if (listOf(key).length > 0) continue;
    yield { rule, at: at([key]), message: `a kubeconfig without ${key}`, hint: `give it a list of ${key}` };
  }
  for (const { name, context } of listOf("contexts")) {
    for (const [key, all] of [
      ["cluster", names("clusters")],
      ["user", names("users")],
    ] as const) {
      const named = isMap(context) ? context[key] : undefined;
      if (typeof named === "string" && all.includes(named)) continue;
      const message = `the context ${String(name)} names no ${key} of this kubeconfig`;
      yield { rule, at: at(["contexts"]), message, hint: suggest(String(named), all) };
    }
  }
  const current = value["current-context"];
  if (typeof current === "string" && !names("contexts").includes(current)) {
    const message = `there is no context "${current}"`;
    yield { rule, at: at(["current-context"]), message, hint: suggest(current, names("contexts")) };
  }
}
