import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { Interrupted } from "../../errors.ts";
import { testContext, temporaryFolder } from "../../testing.ts";
import { host } from "../../host/exec.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

test("machines that are being saved go on when the saving is ended", async () => {
  const cgroup = join(folder, "cgroup");
  await mkdir(cgroup);
  const state = join(cgroup, "freezer.state");
  await writeFile(state, "THAWED\n");
  // In the place of btrfs, which is asked while the machines stand still.
  await writeFile(join(folder, "btrfs"), `#!/bin/sh\n: > ${folder}/asked\nsleep 0.2\n`, { mode: 0o755 });
  const script = join(import.meta.dirname, "scripts/checkpoint.sh");
  const controller = new AbortController();
  const reason = new Interrupted("Interrupted by SIGTERM");
  const saving = host(
    "sh",
    [script, folder, "key", "own", "v1", "t71", join(folder, "root"), cgroup],
    testContext({ signal: controller.signal }),
    { env: { PATH: `${folder}:/usr/bin:/bin` } },
  );
  await vi.waitFor(() => readFile(join(folder, "asked")));
  expect(await readFile(state, "utf8")).toBe("FROZEN\n");
  controller.abort(reason);
  await expect(saving).rejects.toBe(reason);
  expect(await readFile(state, "utf8")).toBe("THAWED\n");
});
