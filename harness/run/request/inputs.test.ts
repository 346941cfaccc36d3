import { createHash } from "node:crypto";
import { appendFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UsageError } from "../../errors.ts";
import { projectRoot } from "../../host/paths.ts";
import { artifactInputs, circumstancesOf, planInputs } from "./inputs.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
beforeEach(async () => {
  folder = temporaryFolder();
  await cp(join(projectRoot, "fixtures"), folder, { recursive: true });
});

const settings = () => ({
  ...defaultSettings,
  guide: join(folder, "guide/guide.md"),
  errata: ["etcd-enable-typo"],
  edits: [join(folder, "guide/mutants/third-node.yaml")],
});

test("inputs are digests of the very files the plan is made of", async () => {
  const inputs = await planInputs(settings());
  const guide = await readFile(join(folder, "guide/guide.md"));
  expect(inputs.guide).toBe(createHash("sha256").update(guide).digest("hex"));
  expect(Object.keys(inputs.ports)).toEqual(["embedded-os", "without-selinux", "debian12-versions"]);
  expect(Object.keys(inputs.errata)).toEqual(["etcd-enable-typo"]);
  expect(inputs.edits).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
});

test.each([
  ["guide", "guide/guide.md"],
  ["profile", "guide/profile.yaml"],
  ["ports", "guide/ports/embedded-os.yaml"],
  ["errata", "guide/errata/etcd-enable-typo.yaml"],
  ["edits", "guide/mutants/third-node.yaml"],
] as const)("a change of %s changes it and nothing else", async (name, file) => {
  const before = await planInputs(settings());
  await appendFile(join(folder, file), "\n# changed\n");
  const after = await planInputs(settings());
  expect(after[name]).not.toEqual(before[name]);
  expect({ ...after, [name]: before[name] }).toEqual(before);
});

test("another number of machines is another input", async () => {
  const before = await planInputs(settings());
  const { machines, ...others } = await planInputs({ ...settings(), nodes: 1 });
  expect(machines).not.toBe(before.machines);
  expect({ ...others, machines: before.machines }).toEqual(before);
});

test("artifacts are told by their digests", () => {
  expect(artifactInputs([{ name: "a.tar.gz", sha256: "ab", bytes: 1 }])).toEqual({ "a.tar.gz": "ab" });
});

const upstream = () => circumstancesOf({ ...settings(), artifacts: "upstream" });
const vagrant = () => circumstancesOf({ ...settings(), provider: "vagrant" });

/** With GUIDE_PINS in a file of that name. */
const pinnedIn = async (name: string): Promise<string> => {
  const pins = join(folder, name);
  await writeFile(pins, "- { name: kubelet, sha256: ab }\n");
  vi.stubEnv("GUIDE_PINS", pins);
  return upstream();
};

test.each(["artifacts.yaml", "errata/apiserver-drives-kubelet.yaml"])(
  "what is read beside a guide and no setting names is a part of the circumstances: %s",
  async (name) => {
    const plain = await upstream();
    const file = join(folder, "guide", name);
    await appendFile(file, "\n# one\n");
    const written = await upstream();
    await appendFile(file, "# two\n");
    expect(new Set([plain, written, await upstream()]).size).toBe(3);
  },
);

describe("circumstances", () => {
  afterEach(() => void vi.unstubAllEnvs());

  test("binaries that GUIDE_PINS names are others than upstream's, and than those it named before", async () => {
    const plain = await upstream();
    const pins = join(folder, "own.yaml");
    vi.stubEnv("GUIDE_PINS", pins);
    await writeFile(pins, "- { name: kubelet, sha256: ab }\n");
    const own = await upstream();
    await writeFile(pins, "- { name: kubelet, sha256: cd }\n");
    const rebuilt = await upstream();
    expect(new Set([plain, own, rebuilt]).size).toBe(3);
    vi.stubEnv("GUIDE_PINS", "/no/such.yaml");
    await expect(upstream()).rejects.toThrow(UsageError);
  });

  test("where that file is does not matter", async () => {
    expect(await pinnedIn("here.yaml")).toBe(await pinnedIn("there.yaml"));
  });

  test("another set has no such binaries", async () => {
    const plain = await circumstancesOf({ ...settings(), artifacts: "debian" });
    vi.stubEnv("GUIDE_PINS", "/no/such.yaml");
    expect(await circumstancesOf({ ...settings(), artifacts: "debian" })).toBe(plain);
  });

  test.each(["GUIDE_BOX", "GUIDE_BOX_VERSION"])("machines of another %s are others", async (variable) => {
    const plain = await vagrant();
    vi.stubEnv(variable, "another");
    expect(await vagrant()).not.toBe(plain);
  });
});
