import { closestWord, suggest, suggestFrom } from "../../../../input/suggest.ts";
import { type Call, need, unknown } from "../../call.ts";
import { type Arg, operands, option } from "../../shell/args.ts";
import { hostOf } from "../../asks/sites.ts";
import { type TextLocation, textOf } from "../../../check/finding.ts";
import { configure } from "./kubeconfig.ts";
import { settingOf, type Started } from "../services.ts";
import { wordsOf } from "../../../check/words.ts";

const valued =
  /^(?:-[nslfo]|--(?:namespace|kubeconfig|server|context|cluster|user|token|selector|filename|output))$/;

/** Resources of Kubernetes; others can be defined, so only what is nearly one of these is a slip. */
const resources: ReadonlySet<string> = new Set(
  wordsOf("resources").flatMap((name) => [name, name.replace(/(?:(?<=s)es|s)$/, "")]),
);

const asks = (one: Started): boolean => settingOf(one, "bootstrap-kubeconfig") !== undefined;

/** A kubelet asks for its certificate once it is started. */
function noteApproval({ story }: Call, at: TextLocation): void {
  const { length } = story.started;
  story.atEnd.push(() => {
    const later = story.started.slice(length).find(asks);
    if (later === undefined || story.started.slice(0, length).some(asks)) return undefined;
    const message = `no kubelet has asked for a certificate yet: the first is started in ${later.spot.step.id}`;
    return { rule: "shell/kubectl", at, message, hint: "approve after the kubelets are started" };
  });
}

/** The word behind a verb is one that it takes. */
function checkObject(call: Call, verb: Arg | undefined): void {
  const [, object, ...more] = operands(call.args, valued);
  if (!verb?.known || !object?.known) return;
  const list = wordsOf(`kubectl-${verb.text}`);
  const tell = (message: string, hint: string): void =>
    call.fault("shell/kubectl", object.spot, message, hint);
  if (list.length > 0 && !list.includes(object.text))
    tell(`kubectl ${verb.text} has no "${object.text}"`, suggest(object.text, list));
  if (
    verb.text === "certificate" &&
    more.length === 0 &&
    !call.args.some(({ text }) => /^-(?:f|k|-filename|-kustomize)/.test(text))
  )
    tell(
      `kubectl certificate ${object.text} without a request's name`,
      "name them: $(kubectl get csr -o name)",
    );
  if (verb.text === "certificate" && object.text === "approve" && !call.around.guarded)
    noteApproval(call, verb.spot);
  if (!/^(?:get|describe|delete)$/.test(verb.text)) return;
  for (const name of object.text.split(",").map((each) => each.replace(/[/.].*$/s, "").toLowerCase())) {
    const near = resources.has(name) || name.length < 4 ? undefined : closestWord(name, resources);
    if (near !== undefined) tell(`Kubernetes has no resource "${name}"`, `did you mean "${near}"?`);
  }
}

const local = /^(?:completion|help|options|plugin|kustomize|version|)$/;

/** kubectl finds the apiserver by a kubeconfig, or, until 1.20, at port 8080 of its own machine. */
function needApiserver({ args, host, shell, story, around, spot }: Call, verb: string): void {
  const told = args.some(({ text }) => /^(?:-s|-h|--(?:kubeconfig|server|help)\b)/.test(text));
  const here = [...host.files.keys()].some((path) => path.endsWith("/.kube/config"));
  const named = shell.variables.has("KUBECONFIG") || textOf(spot.step).includes("KUBECONFIG=");
  const beside = story.started.some(
    (started) =>
      started.host === host &&
      settingOf(started, "etcd-servers") &&
      settingOf(started, "insecure-port")?.value !== "0",
  );
  if (local.test(verb) || told || here || named || beside || around.guarded) return;
  if (host.complainedOfApiserver) return;
  host.complainedOfApiserver = true;
  const message = `kubectl on ${host.spec.name} finds no apiserver: no kubeconfig is there yet, and none runs on this machine`;
  const hint = "call it on the master once the apiserver runs, or give it --kubeconfig=…";
  story.ofApiserver.push({ rule: "shell/kubectl", at: spot, message, hint });
}

/** The manifests of a call are there; what they deploy is known only if steps wrote them. */
function readManifests(call: Call, verb: string): void {
  if (!/^(?:apply|create|replace|delete)$/.test(verb)) return;
  const { host, shell, args, around } = call;
  const file = option(args, "f") ?? option(args, "filename");
  if (file === undefined) return;
  const isRemote = hostOf(file.text) !== undefined;
  const isFolder = host.isFolder(host.resolve(file.text, shell));
  const entry = isRemote || isFolder || file.text === "-" ? undefined : need(call, file);
  const isKnown = file.text === "-" ? around.input.part !== undefined : (entry?.parts.length ?? 0) > 0;
  // An unknown name was told by the look for it.
  if (!isKnown && file.known && verb !== "delete") unknown(call);
}

/** kubectl: its kubeconfigs are followed, its manifests looked for, and its verbs known. */
export function kubectl(call: Call): void {
  const [verb] = operands(call.args, valued);
  if (verb?.known && !wordsOf("kubectl").includes(verb.text)) {
    const hint = suggestFrom(verb.text, wordsOf("kubectl"), "`kubectl --help` lists its verbs.");
    call.fault("shell/kubectl", verb.spot, `kubectl has no verb "${verb.text}"`, hint);
  }
  checkObject(call, verb);
  if (verb?.text === "config") return configure(call);
  readManifests(call, verb?.text ?? "");
  needApiserver(call, verb?.text ?? "");
  for (const { text, spot } of call.args) {
    if (!/^node-csr-[\w-]{20,}$/.test(text)) continue;
    const hint = "read it from the list: $(kubectl get csr -o name)";
    call.fault("shell/generated-name", spot, "the name of a CSR that another machine generated", hint);
  }
}
