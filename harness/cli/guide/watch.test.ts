import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing.ts";
import { typed } from "../command/testing.ts";
import { savedLine } from "./watch.ts";

test("a save is told at once, with its file; a try that has begun is ended for it, any other is not spoken of", () => {
  const at = new Date(2026, 11, 1, 0, 32, 56);
  expect(savedLine("/guides/mine/guide.md", false, at)).toBe("Saved 00:32:56, guide.md: checking …\n");
  expect(savedLine("/guides/mine/guide.md", true, at)).toBe(
    "\nSaved 00:32:56, guide.md: the try under way is ended, its machines are removed; then this is checked …\n",
  );
  expect(savedLine(undefined, false, at)).toBe("Saved 00:32:56: checking …\n");
});

test("what keeps a try from its machines is told as `guide check` prints it: once, and with its step", async () => {
  const file = join(temporaryFolder(), "edit.yaml");
  const change = {
    reason: "to be found",
    step: "4.2.4/docker-unit",
    find: "/run/flannel/subnet.env",
    replace: "/run/flannel/docker.env",
  };
  await writeFile(file, JSON.stringify({ id: "edit", changes: [change] }));
  const { exitCode, stderr } = await typed(["guide", "try", "--artifacts", "debian", "--edits", file]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/`pnpm guide check` finds \d errors?, so nothing is tried:\n/);
  expect(stderr).toContain("(units/environment-file, 4.2.4/docker-unit)");
  const places = stderr.match(/\S+:\d+:\d+(?=: error )/g) ?? [];
  expect(new Set(places).size).toBe(places.length);
  expect(stderr).not.toMatch(/^at /m);
});
