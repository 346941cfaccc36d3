import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { writeDockerArchive } from "./docker-archive.ts";
import { BuildLog, runJob } from "./job.ts";
import { sha256Of } from "./manifest.ts";
import { temporaryFolder } from "../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

const images = [
  { name: "example/pause:3.0", entrypoint: ["/bin/pause"] },
  { name: "guide-workload:1", entrypoint: ["/bin/serve"] },
];

async function archive(name: string): Promise<string> {
  const root = join(folder, name, "layer");
  await mkdir(join(root, "bin"), { recursive: true });
  await writeFile(join(root, "bin/busybox"), "binary", { mode: 0o755 });
  await symlink("busybox", join(root, "bin/sh"));
  const log = await BuildLog.create(join(folder, "log"));
  const file = join(folder, `${name}.tar`);
  await writeDockerArchive({ root, scratch: join(folder, name), file }, images, (job) => runJob(job, log));
  return file;
}

const manifestSchema = z.array(
  z.strictObject({ Config: z.string(), RepoTags: z.array(z.string()), Layers: z.array(z.string()) }),
);
const configSchema = z.object({
  architecture: z.string(),
  os: z.string(),
  config: z.object({ Entrypoint: z.array(z.string()) }),
  rootfs: z.object({ type: z.literal("layers"), diff_ids: z.array(z.string()) }),
  history: z.array(z.object({ empty_layer: z.boolean().optional() })),
});

test("the archive is what docker load reads: tags, configs by their hash, one layer by its hash", async () => {
  const file = await archive("one");
  const open = join(folder, "open");
  await mkdir(open);
  await execa("tar", ["-xf", file, "-C", open]);
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(open, "manifest.json"), "utf8")));
  expect(manifest.map(({ RepoTags }) => RepoTags)).toEqual([["example/pause:3.0"], ["guide-workload:1"]]);
  for (const [index, { Config, Layers }] of manifest.entries()) {
    expect(Config).toBe(`${await sha256Of(join(open, Config))}.json`);
    const config = configSchema.parse(JSON.parse(await readFile(join(open, Config), "utf8")));
    expect(config).toMatchObject({ architecture: "amd64", os: "linux" });
    expect(config.config.Entrypoint).toEqual(images[index]?.entrypoint);
    expect(config.history).toHaveLength(1);
    expect(Layers).toHaveLength(1);
    const layer = join(open, Layers[0] ?? "");
    expect(config.rootfs.diff_ids).toEqual([`sha256:${await sha256Of(layer)}`]);
    const { stdout } = await execa("tar", ["-tf", layer]);
    expect(stdout.split("\n")).toEqual(["./", "./bin/", "./bin/busybox", "./bin/sh"]);
  }
});

test("equal layers make equal archives", async () => {
  expect(await sha256Of(await archive("one"))).toBe(await sha256Of(await archive("two")));
});
