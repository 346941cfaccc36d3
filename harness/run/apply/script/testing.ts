import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { vi } from "vitest";
import { temporaryFolder } from "../../../testing.ts";

/** For tests with a stand-in of sshd, whose machine is this host: no systemd of its own answers, but one without services. */
export async function withoutServices(): Promise<void> {
  const folder = temporaryFolder();
  await writeFile(join(folder, "systemctl"), "#!/bin/sh\n", { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
}
