import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { kindOf, readJournals } from "./machines.ts";
import { temporaryFolder } from "../../../testing.ts";

test("lines are of one kind if only times, processes, numbers, addresses and quoted text differ", () => {
  const one =
    'Nov 29 07:14:25.861802 t72 kubelet[1127]: I1129 07:14:25.8  1127 oom.go:75] pod "a" at 10.254.1.2 is up';
  const other =
    'Nov 28 23:00:00.000001 t76 kubelet[9]: I1128 23:00:00.0     9 oom.go:75] pod "b\\"c" at 10.254.9.9 is up';
  expect(kindOf(one)).toBe(kindOf(other));
  expect(kindOf(one)).not.toBe(kindOf(other.replace("is up", "is gone")));
  expect(kindOf(one)).not.toBe(kindOf(other.replace("kubelet[9]", "etcd[9]")));
});

const line = (text: string): string => `Nov 29 07:14:25.861802 t72 etcd[1]: ${text}\n`;

test("what the same unit said in the green run, on any machine, is left out and counted", async () => {
  const reports = temporaryFolder();
  const write = async (path: string, ...lines: readonly string[]): Promise<void> => {
    await mkdir(join(reports, path, ".."), { recursive: true });
    await writeFile(join(reports, path), lines.map(line).join(""));
  };
  await write("red/machines/t72/etcd.log", "ready 1", "no leader", "ready 2");
  await write("red/machines/t71/kubelet.log", "no leader");
  await write("green/machines/t71/etcd.log", "ready 7");
  const journals = await readJournals(join(reports, "red"), "green");
  expect(journals.map(({ machine, unit, lines, usual }) => [machine, unit, lines.length, usual])).toEqual([
    ["t71", "kubelet", 1, 0],
    ["t72", "etcd", 1, 2],
  ]);
  expect(journals[1]?.lines[0]).toContain("no leader");
  expect((await readJournals(join(reports, "red")))[1]?.lines).toHaveLength(3);
  expect(await readJournals(join(reports, "none"), "green")).toEqual([]);
});
