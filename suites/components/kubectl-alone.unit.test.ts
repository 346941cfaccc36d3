import { expect, test } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { kubectlAlone } from "./kubectl-alone.ts";

const sent =
  "12:00:01.000001 IP 169.254.77.2.41420 > 192.168.4.71.6443: Flags [S], seq 1\n" +
  "12:00:01.000002 IP 169.254.77.2.41420 > 192.168.4.71.6443: Flags [.], ack 1\n";

const last = "12:00:01.000003 IP 169.254.77.2.41421 > 169.254.77.1.9: UDP, length 1\n";

/** What kubectl's packets come to that were captured as `seen`. */
const alone = (seen: string) => {
  const master = machineOf((command) =>
    command.startsWith("nsenter")
      ? { stdout: "default kubernetes" }
      : { stdout: seen, stderr: "listening on" },
  );
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  return kubectlAlone({ master } as unknown as Cluster);
};

test("whom kubectl sends anything is told once each", async () => {
  expect(await alone(sent + last)).toEqual({ to: ["192.168.4.71:6443"], printed: "default kubernetes" });
});

test.each([
  ["nothing", ""],
  ["nothing but the last packet", last],
  ["not the last packet", sent],
])("where %s was seen of what was answered, the look failed, and not the guide", async (_what, seen) => {
  await expect(alone(seen)).rejects.toMatchObject({ verdict: "infrastructure" });
});
