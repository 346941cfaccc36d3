import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { projectRoot } from "../../host/paths.ts";
import packageJson from "../../../package.json" with { type: "json" };

const workflows = join(projectRoot, ".github/workflows");
const units = join(projectRoot, "docs/systemd");
const scripts: readonly string[] = Object.keys(packageJson.scripts);

const step = z.union([
  z.strictObject({
    name: z.string(),
    run: z.string(),
    id: z.string().optional(),
    if: z.string().optional(),
  }),
  z.strictObject({
    name: z.string().optional(),
    uses: z.string().regex(/^actions\/(?:checkout|(?:up|down)load-artifact)@v\d+\.\d+\.\d+$/),
    if: z.string().optional(),
    with: z.record(z.string(), z.unknown()),
  }),
]);
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({ contents: z.literal("read") }),
  concurrency: z.strictObject({ group: z.string(), "cancel-in-progress": z.boolean() }),
  env: z.record(z.string(), z.string()).optional(),
  defaults: z.strictObject({ run: z.strictObject({ "working-directory": z.string() }) }).optional(),
  jobs: z.record(
    z.string(),
    z.strictObject({
      needs: z.string().optional(),
      strategy: z
        .strictObject({
          "fail-fast": z.literal(false),
          "max-parallel": z.literal(1).optional(),
          matrix: z.record(z.string(), z.array(z.unknown())),
        })
        .optional(),
      if: z.string().optional(),
      "runs-on": z.array(z.string()),
      "timeout-minutes": z.number().int().max(180),
      env: z.record(z.string(), z.string()).optional(),
      steps: z.array(step),
    }),
  ),
});

const load = async (name: string) =>
  workflow.parse(parse(await readFile(join(workflows, name), "utf8"), { uniqueKeys: true }));
const jobOf = async (name: string) => {
  const [job, ...others] = Object.values((await load(name)).jobs);
  expect(others).toEqual([]);
  if (!job) throw new Error(`${name} has no job`);
  return job;
};

/** npm scripts that shell lines call, comments aside; what is no npm script is `undefined`. */
const called = (text: string): (string | undefined)[] =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.trim().startsWith("#"))
    .map((line) => /^(?:exec )?(?:\/usr\/bin\/)?npm (?:run )?([a-z0-9]+)\b/.exec(line.trim())?.[1]);

describe.each(["nightly.yml", "guide.yml"])("%s", (name) => {
  test("every command is a script of package.json", async () => {
    const commands = (await jobOf(name)).steps.flatMap((each) => ("run" in each ? called(each.run) : []));
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) expect(scripts).toContain(command);
  });

  test("runs on the labelled host, cleans up whatever happens, and uploads what there is", async () => {
    const { steps, "runs-on": labels } = await jobOf(name);
    expect(labels).toEqual(["self-hosted", "linux", "x64", "k8s-guide"]);
    const cleaning = steps.findIndex((each) => "run" in each && each.run === "npm run gc");
    expect(steps[cleaning]?.if).toBe("always()");
    const uploads = steps.filter((each) => "uses" in each && each.uses.includes("upload-artifact"));
    expect(uploads.length).toBeGreaterThan(1);
    for (const upload of uploads) {
      expect(upload.if).toMatch(/^always\(\)/);
      expect(steps.indexOf(upload)).toBeGreaterThan(cleaning);
    }
    expect(uploads.some((each) => "with" in each && String(each.with["path"]).endsWith("/*.xml"))).toBe(true);
  });

  test("the run gets the signal of a cancelled job: nothing stands between", async () => {
    const { steps } = await jobOf(name);
    const run = steps.find((each) => "run" in each && each.id !== undefined);
    expect(run && "run" in run && run.run).toMatch(/^exec npm run (?:nightly|e2e)\b/m);
  });
});

/** What rounds.yml has. */
const roundJobs = async () => {
  const { artifacts, shard, merge } = (await load("rounds.yml")).jobs;
  if (!artifacts || !shard || !merge) throw new Error("rounds.yml lacks a job");
  return { artifacts, shard, merge };
};
const kinds = ["mutants", "ablate", "repro"];
const linesOf = ({ steps }: Awaited<ReturnType<typeof jobOf>>) =>
  steps.flatMap((each) => ("run" in each ? [each.run] : []));

describe("rounds.yml", () => {
  const matrix = z.object({
    round: z.array(z.string()),
    shard: z.array(z.number()),
    of: z.tuple([z.number()]),
    include: z.array(z.object({ round: z.string(), command: z.string() })),
  });

  test("each shard of each kind is there once, and its command takes --shard", async () => {
    const { shard } = await roundJobs();
    const { of, ...all } = matrix.parse(shard.strategy?.matrix);
    expect(all.shard).toEqual(Array.from({ length: of[0] }, (_, index) => index + 1));
    expect([all.round, all.include.map(({ round }) => round)]).toEqual([kinds, kinds]);
    for (const { command } of all.include) {
      const [name = "", ...words] = command.replace(" --", "").split(" ");
      expect(scripts).toContain(name);
      const help = ["harness/cli/cli.ts", name, ...words.filter((word) => !word.startsWith("-")), "--help"];
      const { stdout } = await execa(process.execPath, help, { cwd: projectRoot });
      for (const option of [...words.filter((word) => word.startsWith("-")), "--shard"]) {
        expect(stdout).toContain(`${option} `);
      }
    }
    expect(linesOf(shard).join("\n")).toContain("--shard ${{ matrix.shard }}/${{ matrix.of }}");
  });

  test("artifacts are fetched once, exported, and imported by each shard", async () => {
    const { artifacts, shard, merge } = await roundJobs();
    expect(linesOf(artifacts)).toEqual([
      "npm run artifacts -- fetch --artifacts upstream",
      "npm run artifacts -- export artifacts.tar --artifacts upstream",
    ]);
    expect(linesOf(shard)[0]).toBe("npm run artifacts -- import artifacts.tar --artifacts upstream");
    expect([shard.needs, merge.needs]).toEqual(["artifacts", "shard"]);
  });

  test("records are of this round alone, of every shard, and merged whatever the shards came to", async () => {
    const { shard, merge } = await roundJobs();
    expect(merge.if).toBe("always()");
    expect(matrix.pick({ round: true }).parse(merge.strategy?.matrix).round).toEqual(kinds);
    const checkouts = [...shard.steps, ...merge.steps].filter(
      (each) => "uses" in each && each.uses.includes("/checkout@"),
    );
    expect(checkouts).toHaveLength(2);
    // One that is not clean could have the record of an earlier round.
    for (const each of checkouts) expect(each).not.toHaveProperty("with.clean");
    const kept = shard.steps.find((each) => each.name === "Keep its record");
    expect(kept).toMatchObject({
      if: "always()",
      with: { path: expect.stringContaining("rounds/reports/${{ matrix.round }}.jsonl\n") },
    });
    expect(merge.steps).toContainEqual(
      expect.objectContaining({ with: { pattern: "${{ matrix.round }}-*", path: "rounds/shards" } }),
    );
    expect(linesOf(merge)).toEqual(["exec npm run report -- merge shards/*"]);
    expect(linesOf(shard)).toContain("npm run gc");
  });
});

test("each night of the nightly is of a guide that is there, has a history of its own, and waits for the others", async () => {
  const { strategy } = await jobOf("nightly.yml");
  const night = z.strictObject({ history: z.string(), options: z.string() });
  const nights = z.array(night).parse(strategy?.matrix["include"]);
  const guides = nights.map(
    ({ options }) => / ?--guide (\S+)/.exec(options)?.[1] ?? "fixtures/guide/guide.md",
  );
  expect(guides).toEqual(["fixtures/guide/guide.md", "fixtures/opt-guide/guide.md"]);
  for (const guide of guides) expect(existsSync(join(projectRoot, guide))).toBe(true);
  expect(new Set(nights.map(({ history }) => history)).size).toBe(nights.length);
  expect(strategy?.["max-parallel"]).toBe(1);
});

test("a nightly is never cancelled by another; a pull request's old run is", async () => {
  expect((await load("nightly.yml")).concurrency["cancel-in-progress"]).toBe(false);
  expect((await load("guide.yml")).concurrency["cancel-in-progress"]).toBe(true);
});

test("strangers' branches never run as root, and the watched paths exist", async () => {
  expect((await jobOf("guide.yml")).if).toBe(
    "github.event.pull_request.head.repo.full_name == github.repository",
  );
  const { on } = await load("guide.yml");
  const { paths } = z.object({ paths: z.array(z.string()) }).parse(on["pull_request"]);
  for (const path of paths) expect(existsSync(join(projectRoot, path.replace("/**", "")))).toBe(true);
});

test("the options that the nightly is started with are options that it has", async () => {
  const { stdout } = await execa(process.execPath, ["scripts/nightly.ts", "--help"], { cwd: projectRoot });
  const texts = await Promise.all(
    [join(workflows, "nightly.yml"), join(units, "k8s-guide-nightly.service")].map((file) =>
      readFile(file, "utf8"),
    ),
  );
  const options = texts.flatMap((text) => text.match(/run nightly -- (--[a-z-]+)/)?.[1] ?? []);
  expect(options).toEqual(["--history", "--history"]);
  for (const option of options) expect(stdout).toContain(`${option} `);
});

test("the units call scripts of package.json, and stop so that the teardown is waited for", async () => {
  const service = await readFile(join(units, "k8s-guide-nightly.service"), "utf8");
  const lines = [...service.matchAll(/^Exec\w+=(.*)$/gm)].map(([, line = ""]) => line);
  expect(called(lines.join("\n"))).toEqual(["nightly", "gc"]);
  expect(service).toContain("KillMode=mixed\n");
  // The nightly waits two minutes for its run.
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(service)?.[1])).toBeGreaterThan(120);
});
