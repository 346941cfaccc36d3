import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { testContext, temporaryFolder } from "../../testing.ts";
import { InfrastructureError, Interrupted } from "../../errors.ts";
import { type Progress, silent } from "../../progress.ts";
import type { ClusterSpec } from "../machine.ts";
import { clusterNames } from "../names.ts";
import { nspawn } from "./provider.ts";
import { nothingLeft, testSpec } from "./testing.ts";

const context = testContext();

const artifacts = temporaryFolder();
const specOf = (id: string): ClusterSpec => testSpec(id, artifacts);

beforeAll(async () => {
  await writeFile(join(artifacts, "tool.tar.gz"), "content");
  await nspawn.prepare(silent, context);
});

describe("a cluster whose ledger is damaged", () => {
  it("leaves nothing, even if no line of it can be read, and says that this is not sure", async () => {
    const { ledger, state } = clusterNames("test-damaged");
    const aside = `${state}.damaged-1`;
    await rm(aside, { force: true });
    await nspawn.up(specOf("test-damaged"), silent, context);
    await writeFile(ledger, "no ledger\n");
    await expect(nspawn.down("test-damaged", silent, context)).rejects.toMatchObject({
      verdict: "infrastructure",
      details: { location: { file: aside, line: 1 }, outputTail: expect.stringContaining("subvolume") },
    });
    await expect(nothingLeft("test-damaged")).resolves.toBeUndefined();
    await rm(aside);
  });
});

describe("a cluster that does not come up", () => {
  it("tells the console's last lines and leaves nothing", async () => {
    // A file cannot be bound on the folder that is there for it.
    const spec = { ...specOf("test-bad"), artifacts: join(artifacts, "tool.tar.gz") };
    const failure = await nspawn.up(spec, silent, context).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InfrastructureError);
    expect(failure).toMatchObject({ details: { outputTail: expect.stringContaining("guide-artifacts") } });
    await expect(nothingLeft("test-bad")).resolves.toBeUndefined();
  });
});

describe("a run that is interrupted", () => {
  it.each(["pool and network", "boot t71", "boot t76"])(
    "at its span %s ends with the reason, and leaves nothing",
    async (at) => {
      const controller = new AbortController();
      const reason = new Interrupted("Interrupted by SIGTERM");
      const progress: Progress = {
        ...silent,
        span: (name, work) => {
          if (name === at) controller.abort(reason);
          return work();
        },
      };
      const attempt = nspawn.up(specOf("test-cut"), progress, testContext({ signal: controller.signal }));
      await expect(attempt).rejects.toBe(reason);
      await expect(nothingLeft("test-cut")).resolves.toBeUndefined();
    },
  );
});

describe("a harness that is killed", () => {
  const delays = Array.from({ length: 12 }, (_, index) => 20 + index * 80 + Math.round(Math.random() * 80));

  it.each(delays)(
    "at %i ms of bringing machines up leaves nothing once its ledger is worked off",
    async (delay) => {
      const code = `
      import { nspawn } from ${JSON.stringify(join(import.meta.dirname, "provider.ts"))};
      import { testContext } from ${JSON.stringify(join(import.meta.dirname, "../../testing.ts"))};
      import { silent } from ${JSON.stringify(join(import.meta.dirname, "../../progress.ts"))};
      console.log("begins");
      await nspawn.up(${JSON.stringify(specOf("test-killed"))}, silent, testContext());
      setInterval(() => undefined, 1000);`;
      const harness = execa(process.execPath, ["--input-type=module", "--eval", code], { reject: false });
      await new Promise((resolve) => harness.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, delay));
      harness.kill("SIGKILL");
      await harness;
      await nspawn.down("test-killed", silent, context);
      await expect(nothingLeft("test-killed")).resolves.toBeUndefined();
    },
  );

  it("in the middle of a line of the ledger leaves a ledger that works", async () => {
    await nspawn.up(specOf("test-killed"), silent, context);
    await appendFile(clusterNames("test-killed").ledger, '{"kind":"proc');
    await nspawn.down("test-killed", silent, context);
    await expect(nothingLeft("test-killed")).resolves.toBeUndefined();
  });
});
