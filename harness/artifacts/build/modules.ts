import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ArtifactError } from "../../errors.ts";
import type { BuildContext } from "./component.ts";
import type { Golang } from "./golang.ts";
import { lockedModules, wrongHash } from "./inputs.ts";

/**
 * Environment of a compilation from Go modules. The user's own proxy settings reach Go here, and only here.
 * No checksum database is asked, which may be out of reach: lock.json pins the module itself, a go.sum all that it needs.
 */
export function moduleEnv({ work }: BuildContext, { env }: Golang): Readonly<Record<string, string>> {
  const { GOENV: _, HOME: __, ...settings } = env;
  return { ...settings, GOMODCACHE: join(work, "go-modules"), GOSUMDB: "off", GOFLAGS: "-mod=readonly" };
}

/** Part of the recipes that compile from modules. */
export const modulesFile = import.meta.filename;

const downloadSchema = z.object({ Dir: z.string(), Sum: z.string() });

/**
 * Downloads a module, `path@version`, and returns its folder, which nothing may change.
 * ArtifactError if it cannot be had or is not the pinned one.
 */
export async function downloadModule(
  context: BuildContext,
  compiler: Golang,
  module: string,
): Promise<string> {
  const answer = join(context.scratch, "download.json");
  const script = '"$0" mod download -json "$1" > "$2"; code=$?; cat "$2"; exit $code';
  await context
    .run({
      title: `download the Go module ${module}`,
      command: ["sh", "-c", script, compiler.go, module, answer],
      cwd: context.scratch,
      env: moduleEnv(context, compiler),
    })
    .catch((error: unknown) => {
      throw withProxyHint(error);
    });
  const { Dir, Sum } = downloadSchema.parse(JSON.parse(await readFile(answer, "utf8")));
  checkModule(module, Sum);
  return Dir;
}

/**
 * Downloads all that the go.mod in `folder` names. ArtifactError if something cannot be had or is not what go.sum says;
 * what that does not name cannot be compiled.
 */
export async function downloadNeeds(
  context: BuildContext,
  compiler: Golang,
  module: string,
  folder: string,
): Promise<void> {
  await context
    .run({
      title: `download the Go modules that ${module} needs`,
      command: [compiler.go, "mod", "download", "-x"],
      cwd: folder,
      env: moduleEnv(context, compiler),
    })
    .catch((error: unknown) => {
      throw withProxyHint(error);
    });
}

/** Checks a module's hash (`h1:`, go.sum's form) against lock.json. ArtifactError if it differs or is not pinned. */
export function checkModule(
  name: string,
  sum: string,
  locked: Readonly<Record<string, string>> = lockedModules,
): void {
  const expected = locked[name] ?? "a pinned checksum";
  if (sum !== expected) throw wrongHash(name, expected, sum);
}

/** Says which proxy to change when Go's own words do not. */
function withProxyHint(error: unknown): unknown {
  if (!(error instanceof ArtifactError)) return error;
  const { hint, ...details } = error.details;
  return new ArtifactError(error.message, {
    ...details,
    hint: `Name a Go module proxy that serves it in GOPROXY. ${hint ?? ""}`.trim(),
    cause: error,
  });
}
