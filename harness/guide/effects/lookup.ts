import type { Call } from "./call.ts";
import type { Part } from "./host.ts";
import { basics, providedBy } from "./known.ts";

/** The file that a command of this name is, if steps have made it. */
export function fileOf(
  { host, shell }: Pick<Call, "host" | "shell">,
  name: string,
): { readonly path: string; readonly parts: readonly Part[] } | undefined {
  const paths = name.includes("/")
    ? [host.resolve(name, shell)]
    : (shell.variables.get("PATH") ?? "").split(":").map((folder) => `${folder}/${name}`);
  const path = paths.find((each) => host.files.has(each));
  const parts = path === undefined ? undefined : host.files.get(path)?.parts;
  return path === undefined || parts === undefined ? undefined : { path, parts };
}

/** Whether a shell finds a command: the system brings it, a package that was installed, or a step. */
export function finds(call: Pick<Call, "host" | "shell">, name: string): boolean {
  const { host, shell } = call;
  if (name.includes("/")) return !host.lacks(host.resolve(name, shell));
  const provider = Object.hasOwn(providedBy, name) ? providedBy[name] : undefined;
  return (
    basics.has(name) ||
    shell.functions.has(name) ||
    fileOf(call, name) !== undefined ||
    (provider !== undefined && host.packages.has(provider))
  );
}
