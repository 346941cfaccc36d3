import { copyFile, glob, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ArtifactError, HarnessDefect } from "../../errors.ts";
import type { BuildContext } from "../build/component.ts";
import type { Golang } from "../build/golang.ts";
import { downloadModule, downloadNeeds, moduleEnv } from "../build/modules.ts";

/** go.mod and go.sum of a release, every module at the revision of its Godeps.json. */
const pinsOf = (version: string): string[] =>
  ["go.mod", "go.sum"].map((name) => join(import.meta.dirname, `modules/kubernetes-${version}`, name));

/** Files of the project that decide what is in the tree. */
export const treeRecipe = (version: string): string[] => [import.meta.filename, ...pinsOf(version)];

/**
 * Kubernetes' source as a module of its own: the published one, without its vendor folder and with our go.mod, its
 * staging folders as modules. All else that it needs is downloaded. ArtifactError if any of it is not the pinned one.
 */
export async function sourceTree(context: BuildContext, compiler: Golang, version: string): Promise<string> {
  const module = `k8s.io/kubernetes@v${version}`;
  const published = await downloadModule(context, compiler, module);
  const tree = join(context.scratch, "tree");
  await context.run({
    title: `copy the source of ${module}`,
    command: ["cp", "--recursive", "--no-preserve=mode", published, tree],
  });
  await rm(join(tree, "vendor"), { recursive: true });
  const staging = join(tree, "staging/src/k8s.io");
  for (const name of await readdir(staging)) {
    await writeFile(join(staging, name, "go.mod"), `module k8s.io/${name}\n`);
  }
  for (const pin of pinsOf(version)) await copyFile(pin, join(tree, basename(pin)));
  await downloadNeeds(context, compiler, module, tree);
  return tree;
}

const generated = "pkg/generated/openapi";
const exceptions = "api/api-rules/violation_exceptions.list";

/**
 * Generates the one file that the tree lacks and the apiserver needs, with upstream's generator, as upstream's
 * build/root/Makefile.generated_files does. ArtifactError if the generator's report is not the one that upstream expects.
 */
export async function generateOpenApi(context: BuildContext, compiler: Golang, tree: string): Promise<void> {
  context.note("kubernetes: generating its OpenAPI definitions");
  const env = { ...moduleEnv(context, compiler), CGO_ENABLED: "1" };
  const generator = join(context.scratch, "openapi-gen");
  await context.run({
    title: "compile Kubernetes' OpenAPI generator",
    command: [
      compiler.go,
      "build",
      "-v",
      "-trimpath",
      "-o",
      generator,
      "k8s.io/kube-openapi/cmd/openapi-gen",
    ],
    cwd: tree,
    env,
  });
  const made = join(context.scratch, "openapi");
  const report = join(context.scratch, "openapi-report");
  await mkdir(made);
  await context.run({
    title: "generate Kubernetes' OpenAPI definitions",
    command: [
      generator,
      "--logtostderr",
      "-i",
      (await openApiPackages(tree)).join(","),
      "-p",
      `k8s.io/kubernetes/${generated}`,
      "-O",
      "zz_generated.openapi",
      "-h",
      "hack/boilerplate/boilerplate.generatego.txt",
      "-r",
      report,
      "-o",
      made,
    ],
    cwd: tree,
    env,
  });
  await checkReport(report, join(tree, exceptions));
  const file = "zz_generated.openapi.go";
  await copyFile(join(made, "k8s.io/kubernetes", generated, file), join(tree, generated, file));
}

const tag = /^\/\/ *\+k8s:openapi-gen=/m;

/** Import paths of the packages in a source tree that ask for definitions, in order. */
export async function openApiPackages(tree: string): Promise<string[]> {
  const folders = new Set<string>();
  for await (const file of glob("{staging/src,cmd,pkg,plugin}/**/*.go", { cwd: tree })) {
    if (file.includes("/zz_generated")) continue;
    if (tag.test(await readFile(join(tree, file), "utf8"))) folders.add(dirname(file));
  }
  if (folders.size === 0) throw new HarnessDefect(`Nothing below ${tree} asks for OpenAPI definitions`);
  return [...folders]
    .map((folder) => (folder.startsWith("staging/src/") ? folder.slice(12) : `k8s.io/kubernetes/${folder}`))
    .toSorted();
}

/** Upstream's own check of what is generated: the rules that it breaks are those of upstream's list. ArtifactError otherwise. */
export async function checkReport(report: string, list: string): Promise<void> {
  const [found = [], expected = []] = await Promise.all(
    [report, list].map(async (file) => (await readFile(file, "utf8")).split("\n").filter(Boolean)),
  );
  const differing = [
    ...found.filter((line) => !expected.includes(line)).map((line) => `+ ${line}`),
    ...expected.filter((line) => !found.includes(line)).map((line) => `- ${line}`),
  ];
  if (differing.length === 0) return;
  throw new ArtifactError(
    `The OpenAPI definitions are not upstream's: the generator's report is not ${exceptions}`,
    {
      outputTail: differing.slice(0, 25).join("\n"),
      hint: "A module is not at upstream's revision: compare go.mod with upstream's Godeps/Godeps.json.",
    },
  );
}
