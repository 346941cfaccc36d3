import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { addressesFrom, jobAddress } from "./context.ts";

const folder = join(projectRoot, "reports/run-1");
const guide = { file: join(projectRoot, "fixtures/guide/guide.md"), line: 261 };
const github = {
  GITHUB_SERVER_URL: "https://github.example",
  GITHUB_REPOSITORY: "some/one",
  GITHUB_SHA: "abc",
  GITHUB_RUN_ID: "7",
};

test("on this host the guide and other runs are files beside the page", () => {
  const { line, run } = addressesFrom(folder, {});
  expect([line(guide), run("run-0")]).toEqual(["../../fixtures/guide/guide.md", "../run-0/report.html"]);
  expect(jobAddress({})).toBeUndefined();
});

test("on CI the guide's line is that of the repository, and a run is published alone", () => {
  const { line, run } = addressesFrom(folder, github);
  expect(line(guide)).toBe("https://github.example/some/one/blob/abc/fixtures/guide/guide.md?plain=1#L261");
  expect([line({ file: "/elsewhere.md", line: 1 }), run("run-0")]).toEqual([undefined, undefined]);
  expect(jobAddress(github)).toBe("https://github.example/some/one/actions/runs/7");
  const gitlab = { CI_PROJECT_URL: "https://gitlab.example/x", CI_COMMIT_SHA: "abc", CI_JOB_URL: "job" };
  expect(addressesFrom(folder, gitlab).line(guide)).toContain("/x/-/blob/abc/fixtures/guide/guide.md");
  expect(jobAddress(gitlab)).toBe("job");
});
