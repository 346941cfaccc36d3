import { expect, test } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { kubectlAlone } from "./kubectl-alone.ts";

const sent =
  "12:00:01.000001 IP 169.254.77.2.41420 > 192.0.2.2.6443: Flags [S], seq 1\n" +
  "12:00:01.000002 IP 169.254.77.2.41420 > 192.0.2.2.6443: Flags [.], ack 1\n";

const last = "12:00:01.000003 IP 169.254.77.2.41421 > 169.254.77.1.9: UDP, length 1\n";

/** What kubectl's packets come to that were captured as `seen`; it ends with this exit code. */
const alone = (seen: string, exitCode = 0) => {
  const master = machineOf((command) =>
    command.startsWith("nsenter")
      ? { exitCode, stdout: "default kubernetes" }
      : { stdout: seen, stderr: "listening on" },
  );
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  return kubectlAlone({ master } as unknown as Cluster);
};

test("whom kubectl sends anything is told once each", async () => {
  expect(await alone(sent + last)).toEqual({ to: ["192.0.2.2:6443"], printed: "default kubernetes" });
});

test("others are told, on the machine itself and by IPv6, and where kubectl fails for their sake", async () => {
  const others =
    "lo    In  IP6 ::1.41418 > ::1.10251: Flags [S], seq 1\n" +
    "lo    In  IP6 ::1.10251 > ::1.41418: Flags [R.], seq 0\n" +
    "lo    In  IP 127.0.0.1.41419 > 127.0.0.1.10252: Flags [S], seq 1\n";
  const to = ["127.0.0.1:10252", "192.0.2.2:6443", "[::1]:10251"];
  expect(await alone(others + sent + last)).toEqual({ to, printed: "default kubernetes" });
  expect(await alone(others + sent + last, 1)).toEqual({ to, printed: "" });
  await expect(alone(sent + last, 1)).rejects.toMatchObject({ verdict: "guide" });
});

test.each([
  ["nothing", ""],
  ["nothing but the last packet", last],
  ["not the last packet", sent],
])("where %s was seen of what was answered, the look failed, and not the guide", async (_what, seen) => {
  await expect(alone(seen)).rejects.toMatchObject({ verdict: "infrastructure" });
});
