import { expect, test } from "vitest";
import { foundIn as found } from "../testing.ts";

const file = (...lines: string[]) => ["```yaml file id=b on=all path=/root/a.yaml", ...lines, "```"];

test("a manifest has several documents and aliases; what is wrong in one is found there", async () => {
  const manifest = ["# Two.", "---", "kind: A", "labels: &labels {a: b}", "match: *labels", "---", "kind: B"];
  expect(await found(...file(...manifest))).toEqual([]);
  const rule = "files/yaml";
  expect(await found(...file(...manifest, "a: [b"))).toMatchObject([{ rule, location: { line: 13 } }]);
  expect(await found(...file(...manifest, "a: *none"))).toMatchObject([
    { rule, location: { line: 13, column: 4 } },
  ]);
  const kubelets = [
    "---",
    "kind: KubeletConfiguration",
    "apiVersion: kubelet.config.k8s.io/v1beta1",
    "ports: 1",
  ];
  expect(await found(...file(...manifest, ...kubelets))).toContainEqual(
    expect.objectContaining({
      rule: "files/kubelet-configuration",
      location: expect.objectContaining({ line: 16, column: 1 }),
    }),
  );
});
