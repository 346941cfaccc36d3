import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { ArtifactError, HarnessDefect } from "../../errors.ts";
import { checkReport, openApiPackages } from "./tree.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

async function put(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

test("packages that ask for definitions are found by their tag, each once, under their import paths", async () => {
  await put("staging/src/k8s.io/api/core/v1/doc.go", "// +k8s:openapi-gen=true\npackage v1\n");
  await put("staging/src/k8s.io/api/core/v1/types.go", "package v1\n\n//+k8s:openapi-gen=false\n");
  await put("pkg/version/doc.go", "package version\n// +k8s:openapi-gen=true\n");
  await put("pkg/other/zz_generated.x.go", "// +k8s:openapi-gen=true\n");
  await put("pkg/other/tool.go", 'const tag = "// +k8s:openapi-gen=true"\n');
  await put("test/e2e/doc.go", "// +k8s:openapi-gen=true\n");
  expect(await openApiPackages(folder)).toEqual(["k8s.io/api/core/v1", "k8s.io/kubernetes/pkg/version"]);
});

test("a tree without any is not Kubernetes'", async () => {
  await expect(openApiPackages(folder)).rejects.toBeInstanceOf(HarnessDefect);
});

const list = "API rule violation: names_match,a,B,C\nAPI rule violation: list_type_missing,a,B,D\n";

test("a report that is upstream's list is accepted", async () => {
  await expect(checkReport(await put("report", list), await put("list", list))).resolves.toBeUndefined();
});

test.each([
  ["more", `${list}API rule violation: names_match,a,B,E\n`, "+ API rule violation: names_match,a,B,E"],
  ["less", list.slice(0, 38), "- API rule violation: list_type_missing,a,B,D"],
])("a report with %s than upstream's list is refused, with what differs", async (_what, report, line) => {
  const checking = checkReport(await put("report", report), await put("list", list));
  await expect(checking).rejects.toBeInstanceOf(ArtifactError);
  await expect(checking).rejects.toMatchObject({ details: { outputTail: line } });
});
