import { chmod, copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ArtifactError } from "../../errors.ts";
import { tarballJob } from "../pack.ts";
import { checkVersion } from "./binaries.ts";
import type { BuildContext, Component } from "./component.ts";
import { golang, type Golang, golangInputs } from "./golang.ts";
import { lockedModules, wrongHash } from "./inputs.ts";
import { versions } from "./versions.ts";

/** The name that upstream moved to, one release after the last under the guide's name, github.com/coreos/flannel. */
const modulePath = "github.com/flannel-io/flannel";
const module = `${modulePath}@v${versions.flannel}`;
const archive = "flannel-v0.10.0-linux-amd64.tar.gz";

/** flanneld compiled from its Go module, with the script and README that upstream's tarball holds. */
export const flannel: Component = {
  name: "flannel",
  files: [archive],
  inputs: golangInputs,
  hostPackages: ["gcc", "libc6-dev", "ca-certificates"],
  recipe: [import.meta.filename],
  async build(context) {
    const compiler = await golang(context);
    const source = await download(context, compiler);
    const made = join(context.scratch, "made");
    await context.run({
      title: "compile flanneld",
      command: [
        compiler.go,
        "build",
        "-v",
        "-trimpath",
        "-tags",
        "netgo,osusergo",
        "-ldflags",
        linkerFlags,
        "-o",
        `${made}/flanneld`,
        ".",
      ],
      cwd: source,
      env: { ...goEnv(context, compiler), CGO_ENABLED: "1" },
    });
    await checkVersion(`${made}/flanneld`, ["--version"], versions.flannel);
    await copyFile(join(source, "dist/mk-docker-opts.sh"), join(made, "mk-docker-opts.sh"));
    await copyFile(join(source, "README.md"), join(made, "README.md"));
    await chmod(join(made, "mk-docker-opts.sh"), 0o755);
    await context.run(await tarballJob(made, join(context.out, archive)));
  },
};

/** Static, as upstream's Makefile links it: the machines' libc need not be this host's. */
const linkerFlags = `-s -w -X ${modulePath}/version.Version=v${versions.flannel} -extldflags "-static"`;

/**
 * The user's own proxy settings reach Go here, and only here.
 * The checksum database may be out of reach: lock.json pins flannel, and flannel's go.sum all that it needs.
 */
const goEnv = ({ work }: BuildContext, { env }: Golang): Record<string, string> => {
  const { GOENV: _, HOME: __, ...settings } = env;
  return {
    ...settings,
    GOMODCACHE: join(work, "go-modules"),
    GONOSUMDB: modulePath,
    GOFLAGS: "-mod=readonly",
  };
};

const downloadSchema = z.object({ Dir: z.string(), Sum: z.string() });

/** Downloads the module and returns its folder. ArtifactError if it cannot be had or is not the pinned one. */
async function download(context: BuildContext, compiler: Golang): Promise<string> {
  const answer = join(context.scratch, "download.json");
  await context
    .run({
      title: `download the Go module ${module}`,
      command: [
        "sh",
        "-c",
        '"$0" mod download -json "$1" > "$2"; code=$?; cat "$2"; exit $code',
        compiler.go,
        module,
        answer,
      ],
      cwd: context.scratch,
      env: goEnv(context, compiler),
    })
    .catch((error: unknown) => {
      if (!(error instanceof ArtifactError)) throw error;
      const { hint, ...details } = error.details;
      throw new ArtifactError(error.message, {
        ...details,
        hint: `Name a Go module proxy that serves it in GOPROXY. ${hint ?? ""}`.trim(),
        cause: error,
      });
    });
  const { Dir, Sum } = downloadSchema.parse(JSON.parse(await readFile(answer, "utf8")));
  checkModule(module, Sum);
  return Dir;
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
