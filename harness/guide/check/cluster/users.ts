import { dig, json, textOfEntry } from "../../effects/programs/json.ts";
import { suggest } from "../../../input/suggest.ts";
import { entryOf } from "../../effects/programs/services.ts";
import { spotOf } from "../files/here-document.ts";
import { type Fault, firstSteps, type Subject, textOf, writtenFiles } from "../finding.ts";

const [proxy, bootstrapper] = ["system:kube-proxy", "system:node-bootstrapper"];

/** Roles of nodes that Kubernetes has of its own. */
const nodeRoles = ["system:node", "system:node-proxier", "system:node-problem-detector", bootstrapper];

/** Users are those to whom Kubernetes, or the guide itself, gives the rights that they need. */
export function* users(subject: Subject): Iterable<Fault> {
  yield* ofProxy(subject);
  yield* ofBootstrap(subject);
}

/** kube-proxy's rights are those of one user, by its certificate's common name. */
function* ofProxy({ world }: Subject): Iterable<Fault> {
  for (const started of world.started) {
    const part = entryOf(started, "kubeconfig")?.kubeconfig?.client?.request?.parts[0];
    const name = part && dig(json(textOfEntry({ parts: [part] })), "CN");
    if (started.unit !== "kube-proxy.service" || !part || typeof name !== "string" || name === proxy)
      continue;
    const at = spotOf(part, '"CN"');
    const message = `kube-proxy acts as "${name}", which nothing gives the rights that it needs`;
    yield { rule: "values/user", at, message, hint: `write "CN": "${proxy}"` };
  }
}

/** Whoever the token file names may ask for certificates. */
function* ofBootstrap(subject: Subject): Iterable<Fault> {
  const { world, plan } = subject;
  const path = world.started
    .flatMap(({ settings }) => settings)
    .findLast(({ name }) => name === "token-auth-file")?.value;
  const text = writtenFiles(subject).findLast((file) => file.path === path)?.text ?? "";
  const known = text.split("\n").flatMap((line) => {
    const [, user = "", uid, groups = ""] = line.split(",").map((column) => column.trim());
    if (uid === undefined) return [];
    return [user, ...groups.replaceAll('"', "").split(",")].filter(Boolean);
  });
  if (known.length === 0) return;
  for (const step of firstSteps(plan)) {
    if (step.action.kind !== "run") continue;
    const commands = textOf(step).matchAll(/\bclusterrolebinding\s(?:[^\n\\;|&]|\\\n)*/g);
    for (const { 0: command, index: start } of commands) {
      const bound = /--(?:user|group)=["']?([\w:.-]+)/.exec(command);
      const named = /--clusterrole=["']?([\w:.-]+)/.exec(command);
      const role = named?.[1];
      if (named && role?.startsWith("system:node") && !nodeRoles.includes(role)) {
        const message = `Kubernetes has no role ${role}`;
        const at = { step, offset: start + named.index };
        yield { rule: "values/user", at, message, hint: suggest(role, nodeRoles) };
      }
      if (role !== bootstrapper || !bound || known.includes(bound[1] ?? "")) continue;
      const message = `"${bound[1]}" is no user of the token file, which has ${known.join(", ")}`;
      yield {
        rule: "values/user",
        at: { step, offset: start + bound.index },
        message,
        hint: `write ${known[0]}`,
      };
    }
  }
}
