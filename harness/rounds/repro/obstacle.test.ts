import { afterEach, expect, test, vi } from "vitest";
import { defaultSettings, type Settings } from "../../settings/settings.ts";
import { obstacle } from "./one.ts";

type Shown = Parameters<typeof obstacle>[0];

const shown: Shown = {
  symptom: { milestone: "etcd", message: "red" },
  holdsFor: { sets: ["upstream", "debian"], not_sets: [], systems: ["debian12"], not_systems: [] },
};
const reasonOf = (entry: Partial<Shown>, changes: Partial<Settings>): string | undefined =>
  obstacle({ ...shown, ...entry }, { ...defaultSettings, ...changes })?.reason;

afterEach(() => void vi.unstubAllEnvs());

test.each([
  ["what any machines show", {}, {}, undefined],
  ["what no run can show", { symptom: { none: "prose" } }, {}, "No run can show it: prose"],
  ["SELinux where machines have none", { needs: "selinux" }, {}, "It needs machines with SELinux"],
  [
    "a kernel where machines share one",
    { needs: "own-kernel" },
    {},
    "It needs machines with a clock and memory of their own",
  ],
  ["a kernel of virtual machines", { needs: "own-kernel" }, { provider: "vagrant" }, undefined],
  [
    "downloads without them",
    { needs: "online" },
    { provider: "vagrant" },
    "It needs downloads from upstream",
  ],
  ["yum", { needs: "yum" }, {}, undefined],
  ["downloads", { needs: "online" }, { provider: "vagrant", online: true }, undefined],
  ["a firewall where machines have one", { needs: "firewalld" }, {}, undefined],
  ["another artifact set", {}, { artifacts: "upstream" }, undefined],
] as const)("%s", (_, entry, changes, reason) => expect(reasonOf(entry, changes)).toBe(reason));

test.each(["centos/7", "guide/debian12"])("SELinux with virtual machines of %s", (box) => {
  vi.stubEnv("GUIDE_BOX", box);
  expect(reasonOf({ needs: "selinux" }, { provider: "vagrant" })).toBeUndefined();
});

test.each([
  ["centos/7", undefined],
  ["guide/debian12", "It needs machines with yum"],
])("yum with virtual machines of %s", (box, reason) => {
  vi.stubEnv("GUIDE_BOX", box);
  expect(reasonOf({ needs: "yum" }, { provider: "vagrant" })).toBe(reason);
});

test("an artifact set with which it does not show", () => {
  const entry: Shown = { ...shown, holdsFor: { ...shown.holdsFor, sets: ["debian"] } };
  expect(obstacle(entry, { ...defaultSettings, artifacts: "upstream" })).toEqual({
    reason: "It does not show with the artifact set upstream",
    hint: "Try --artifacts debian.",
  });
});

test("a firewall where hosts have none", () => {
  const made = { ports: ["embedded-os", "without-firewalld"], machines: [] };
  expect(reasonOf({ needs: "firewalld" }, { made })).toBe("It needs machines with firewalld");
});
