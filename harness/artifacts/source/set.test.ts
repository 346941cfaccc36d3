import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { ArtifactError } from "../../errors.ts";
import { lockedModules } from "../build/inputs.ts";
import { BuildEnvironment, specOf } from "../build/environment/environment.ts";
import { flannel } from "../build/flannel.ts";
import { loadPins } from "../upstream/inputs/pins.ts";
import { etcd } from "./etcd.ts";
import { checkKubelet, formerNode, kubernetes } from "./kubernetes.ts";
import { sourceSet } from "./set.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

test("an empty cache lacks all but the optional node of another release, which answers its own address alone", async () => {
  const set = sourceSet(folder);
  const missing = ["images", "cfssl", "flannel", "etcd-3.3.10", "kubernetes-1.14.0"];
  expect(await set.complete()).toEqual({ complete: false, missing });
  expect((await set.inspect()).find(({ optional }) => optional)).toEqual({
    name: "kubernetes-node-1.13.1",
    cached: false,
    optional: true,
    source: "Go module k8s.io/kubernetes@v1.13.1",
    modules: ["k8s.io/kubernetes@v1.13.1"],
    takes: expect.stringContaining("about 5 min"),
    answers: ["https://dl.k8s.io/v1.13.1/kubernetes-node-linux-amd64.tar.gz"],
  });
});

test("a first build says the minutes that were measured", async () => {
  const environment = new BuildEnvironment(folder);
  expect((await environment.expected(kubernetes)).words).toBe(
    "about 5 min of two quiet cores, 4 GB of disk and 4 GB of memory the first time",
  );
  const all = await Promise.all(
    [flannel, etcd, kubernetes].map((component) => environment.expected(component)),
  );
  expect(all.map(({ seconds }) => seconds)).toEqual([120, undefined, 300]);
});

test("every address of the guide's inputs is answered, and the same name elsewhere is not", async () => {
  const answers = await sourceSet(folder).answers();
  const { inputs } = await loadPins({});
  expect(inputs.flatMap(({ urls }) => urls).filter((url) => !answers(url))).toEqual([]);
  expect(answers("https://dl.k8s.io/v1.14.1/kubernetes-node-linux-amd64.tar.gz")).toBe(false);
});

describe.each([etcd, kubernetes, formerNode])("$name", (component) => {
  const pins = component.recipe.filter((file) => /go\.(mod|sum)$/.test(file));

  test("is keyed by its pins", async () => {
    expect(pins).toHaveLength(2);
    for (const file of pins) expect(file).toContain(component.name.replace("-node", ""));
    const inputs = component.inputs.map((name) => ({ name, version: "1", files: [] }));
    const { key } = await specOf(component, inputs);
    const other = { ...component, recipe: component.recipe.filter((file) => file !== pins[1]) };
    expect((await specOf(other, inputs)).key).not.toBe(key);
  });

  test("pins every module that it needs to one version, and by hash", async () => {
    const [mod = "", sum = ""] = await Promise.all(pins.map((file) => readFile(file, "utf8")));
    const replaced = new Map([...mod.matchAll(/^\t(\S+) => (\S+)(?: (v\S+))?$/gm)].map((m) => [m[1], m]));
    const required = [...mod.matchAll(/^\t(\S+) (v\S+)$/gm)].map((match) => match[1]);
    expect(required.length).toBeGreaterThan(40);
    expect(required.filter((path) => !replaced.has(path))).toEqual([]);
    const hashed = new Set([...sum.matchAll(/^(\S+ v\S+)\/go\.mod h1:\S+$/gm)].map((match) => match[1]));
    const elsewhere = [...replaced.values()].filter(([, , to = ""]) => !to.startsWith("./"));
    expect(elsewhere.filter(([, , to, version]) => !hashed.has(`${to} ${version}`))).toEqual([]);
    const local = [...replaced.values()].filter(([, , to = ""]) => to.startsWith("."));
    expect(local.filter(([, from, to]) => to !== `./staging/src/${from}`)).toEqual([]);
  });
});

test("Kubernetes' own modules are pinned in the lock file", () => {
  for (const { modules = [] } of [kubernetes, formerNode]) {
    for (const module of modules) expect(lockedModules).toHaveProperty([module]);
  }
});

test("a kubelet without cadvisor is refused though it says its version", async () => {
  const kubelet = join(folder, "kubelet");
  await writeFile(kubelet, "\0cgroups\0");
  await expect(checkKubelet(kubelet)).resolves.toBeUndefined();
  await writeFile(kubelet, "\0v1.14.0\0cAdvisor is unsupported in this build\0");
  await expect(checkKubelet(kubelet)).rejects.toBeInstanceOf(ArtifactError);
});
