import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { clusterSpecSchema } from "../machine.ts";
import { definitions } from "./definition.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

const { read, write } = definitions(
  (id) => join(folder, `${id}.json`),
  z.object({ spec: clusterSpecSchema }),
);

const spec = {
  id: "main",
  kubernetes: "1.14.0",
  artifacts: "/set",
  machines: [{ name: "t71", address: "192.168.4.71", role: "master" as const }],
  needs: { t71: ["tool.tar.gz"] },
  online: false,
};

test("what is written is read again, by its owner alone", async () => {
  expect(await read("main")).toBeUndefined();
  await write({ spec });
  expect(await read("main")).toEqual({ spec });
  expect((await stat(join(folder, "main.json"))).mode & 0o777).toBe(0o600);
});

test.each(["{", "{}", "[]", ""])("%j is no definition, and it is said where and what to do", async (text) => {
  const file = join(folder, "main.json");
  await writeFile(file, text);
  await expect(read("main")).rejects.toMatchObject({
    verdict: "infrastructure",
    message: expect.stringMatching(/^The definition of cluster main cannot be read: ./),
    details: { location: { file, line: 1 }, hint: expect.stringContaining("pnpm down --cluster main") },
  });
});
