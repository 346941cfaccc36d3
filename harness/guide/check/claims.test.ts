import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { formatLocation } from "../../errors.ts";
import { profileFile } from "../../profile/profile.ts";
import { check, copyOf, guide } from "./testing.ts";

/** What is found about claims where the profile has something else in the place of `find`. */
async function found(find: string, replace: string): Promise<string[]> {
  const guideFile = await copyOf(guide);
  const file = profileFile(guideFile);
  const text = await readFile(file, "utf8");
  expect(text, `there is ${find}`).toContain(find);
  await writeFile(file, text.replace(find, replace));
  const { findings } = await check({ guideFile });
  return findings.map(({ rule, location, message }) => {
    const place = formatLocation(location).replace(join(dirname(file), "/"), "");
    return `${place.replace(/:\d+:\d+$/, "")} ${rule} ${message}`;
  });
}

/** The line of a text in the project's guide or profile, from 1. */
const lineOf = (text: string, line: string): number => text.slice(0, text.indexOf(line)).split("\n").length;

test("a claim that no test names is found at its line of the guide", async () => {
  const claim = "- `claim:kubelet-sings` The kubelet sings.\n\n### 5.2";
  const guideFile = await copyOf(guide.replace("### 5.2", claim));
  const { findings } = await check({ guideFile });
  expect(findings).toEqual([
    expect.objectContaining({
      rule: "claims/unproved",
      message: 'no test names the claim "5.1/kubelet-sings"',
      location: expect.objectContaining({ file: guideFile, line: lineOf(guide, "### 5.2") }),
    }),
  ]);
});

test("a claim that tests name and the guide does not have is found at its line of the profile", async () => {
  const text = await readFile(profileFile(await copyOf(guide)), "utf8");
  const line = "foreignContainers: [5.1/kubelet-leaves-foreign-containers]";
  const guideFile = await copyOf(guide);
  await writeFile(profileFile(guideFile), text.replace(line, "foreignContainers: [5.1/kubelet-leaves-etcd]"));
  const { findings } = await check({ guideFile });
  expect(findings.map(({ message }) => message)).toEqual(
    expect.arrayContaining([
      'no test names the claim "5.1/kubelet-leaves-foreign-containers"',
      expect.stringMatching(
        /^tests of components that look at foreignContainers name the claim "5\.1\/kubelet-leaves-etcd", which the guide does not have \(suites\/components\/control\.test\.ts:\d+\)$/,
      ),
    ]),
  );
  const unknown = findings.find(({ rule }) => rule === "claims/unknown");
  expect(unknown?.location).toMatchObject({ file: profileFile(guideFile), line: lineOf(text, line) });
});

test.for<[string, string, string[]]>([
  [
    "restart: [5.1/kubelet-keeps-desired-state]",
    "sleep: [5.1/kubelet-keeps-desired-state]",
    [
      "profile.yaml claims/unknown tests of components that look at restart guard section 5.1, and name no claim of it",
      'profile.yaml claims/unproved no test of components looks at sleep of this guide, which is to prove the claim "5.1/kubelet-keeps-desired-state"',
    ],
  ],
  [
    "units: [etcd",
    "unprovable: { 5.1/etcd-keeps-the-state: We cannot look. }\nunits: [etcd",
    [
      'profile.yaml claims/unproved tests of etcd prove the claim "5.1/etcd-keeps-the-state", which no suite can prove',
    ],
  ],
  [
    "units: [etcd",
    "unprovable: { 5.1/etcd-sings: We cannot hear. }\nunits: [etcd",
    [
      'profile.yaml claims/unknown the profile names the claim "5.1/etcd-sings", which the guide does not have',
    ],
  ],
])("%s → %s", async ([find, replace, wanted]) => {
  expect((await found(find, replace)).toSorted()).toEqual(wanted.toSorted());
});

test("a claim that cannot be proved needs no test", async () => {
  const guideFile = await copyOf(guide.replace("### 5.2", "- `claim:kubelet-sings` It sings.\n\n### 5.2"));
  const file = profileFile(guideFile);
  const text = await readFile(file, "utf8");
  await writeFile(
    file,
    text.replace("units: [etcd", "unprovable: { 5.1/kubelet-sings: Nobody hears it. }\nunits: [etcd"),
  );
  expect((await check({ guideFile })).findings).toEqual([]);
});
