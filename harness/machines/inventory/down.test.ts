import { afterEach, describe, expect, test, vi } from "vitest";
import { InfrastructureError } from "../../errors.ts";
import { profile } from "../../profile/testing.ts";
import { temporaryFolder, testContext } from "../../testing.ts";
import { assertNothingLeft, describeResult, resetCluster } from "./down.ts";
import type { Definition } from "./restore/record.ts";
import type { ResetResult } from "./restore/reset.ts";
import { startHost } from "./testing.ts";

afterEach(() => void vi.unstubAllEnvs());

const clean: ResetResult = { machine: "a", deeds: ["remove /k8s"], left: [], compared: true };
const dirty: ResetResult = {
  machine: "b",
  deeds: ["remove /k8s", "delete interface flannel.1"],
  left: ["place /k8s: was not there, is directory", "link flannel.1: was not there"],
  compared: true,
};

test("a host that is as it was says what was done, and that nothing is left", () => {
  expect(describeResult(clean)).toEqual(["a: remove /k8s", "a: nothing of the guide is left"]);
});

test("a host that could not be compared promises no more than was looked for", () => {
  expect(describeResult({ ...clean, compared: false })).toEqual([
    "a: remove /k8s",
    "a: nothing is left that certainly came from the guide; the host's earlier state is not known",
  ]);
});

test("what is left is said in the place of the promise", () => {
  expect(describeResult(dirty)).toEqual([
    "b: remove /k8s",
    "b: delete interface flannel.1",
    "b: place /k8s: was not there, is directory",
    "b: link flannel.1: was not there",
  ]);
});

const failing = (): void =>
  assertNothingLeft([clean, dirty, { ...dirty, machine: "c", left: ["rule x: is gone"] }]);

test("anything that is left on any host is an infrastructure error that names each", () => {
  expect(() => assertNothingLeft([])).not.toThrow();
  expect(() => assertNothingLeft([clean, { ...clean, compared: false }])).not.toThrow();
  expect(failing).toThrow(InfrastructureError);
  expect(failing).toThrow(
    /^Hosts are not as they were:\nb: place \/k8s: was not there, is directory\nb: link flannel\.1: was not there\nc: rule x: is gone$/,
  );
});

describe("beside hosts that were adopted", () => {
  const { units, footprint, networks } = profile;
  const planned = async (
    context = testContext(),
    rootKeys: readonly string[] = [],
    answers = (_command: string): boolean => true,
  ) => {
    vi.stubEnv("XDG_STATE_HOME", temporaryFolder());
    await using own = await startHost("a");
    await using adopted = await startHost("b");
    adopted.rootKey = "ssh-ed25519 AAAAadopted root@b\n";
    own.answers = answers;
    own.state = [
      ["authorized_keys", "", "ssh-rsa AAAAowner"],
      ["authorized_keys", "", "ssh-ed25519 AAAAadopted root@b"],
    ];
    const definition: Definition = {
      guide: { units, footprint, networks },
      complete: true,
      spec: {
        id: "own",
        kubernetes: "1.20.2",
        artifacts: "",
        machines: [
          { name: "a", role: "master", address: "10.0.0.5" },
          { name: "b", role: "node", address: "10.0.0.6" },
        ],
        needs: {},
        online: true,
      },
      endpoints: [
        own.endpoint,
        rootKeys.length === 0
          ? adopted.endpoint
          : { ...adopted.endpoint, transport: { kind: "unix", path: "/nowhere" } },
      ],
      adopted: ["b"],
      assists: [],
      rootKeys,
    };
    return (await resetCluster(definition, context, { dryRun: true })).flatMap(({ deeds }) => deeds);
  };

  test("a host loses the keys of those, too, with which they came to it", async () => {
    expect(await planned()).toContain("remove the guide's lines from /root/.ssh/authorized_keys");
  });

  test("a host is given back though one of those is gone, whose key was written down", async () => {
    expect(await planned(testContext(), ["ssh-ed25519 AAAAadopted root@b"])).toContain(
      "remove the guide's lines from /root/.ssh/authorized_keys",
    );
  });

  test("a host that does not say whether root has a key is not taken for one without", async () => {
    const reset = planned(testContext(), [], (command) => !command.includes("id_ed25519.pub"));
    await expect(reset).rejects.toMatchObject({
      verdict: "infrastructure",
      message: "a: it does not say which key root has",
    });
  });

  test("an abort while those are asked ends it with its reason", async () => {
    const reason = new Error("stop");
    await expect(planned(testContext({ signal: AbortSignal.abort(reason) }))).rejects.toThrow("stop");
  });
});
