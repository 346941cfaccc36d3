import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { ownFiles } from "./units.ts";
import { temporaryFolder } from "../../testing.ts";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
await writeFile(at("program.INFO"), "F1129 07:40:00.1 7 a.go:1] by klog\n");
await writeFile(at("said.log"), "first\nby a file\n");
await writeFile(at("old.log"), "of an earlier day\n");
await utimes(at("old.log"), 0, 0);
await writeFile(at("settings"), `OPTS="--logtostderr=false \\\n--log-dir=${folder} \\\n--v=4"\n`);

/** What a unit with such lines is found to have said, as the machine's bash finds it. */
async function said(...unit: string[]): Promise<string> {
  await writeFile(at("unit"), `[Service]\n${unit.join("\n")}\n`);
  const { stdout } = await execa("bash", ["-c", `systemctl() { cat ${at("unit")}; }\n${ownFiles("a", 1)}`]);
  return stdout;
}

test.for([
  ["by systemd", [`StandardError=append:${at("said.log")}`], "by a file"],
  ["by the shell", [`ExecStart=/bin/sh -c '/bin/program >> ${at("said.log")} 2>&1'`], "by a file"],
  ["by an option", [`ExecStart=/bin/program --log-file=${at("said.log")}`], "by a file"],
  [
    "by klog's folder in its settings",
    [`EnvironmentFile=-${at("settings")}`, "ExecStart=-/k8s/bin/program $OPTS"],
    "F1129 07:40:00.1 7 a.go:1] by klog",
  ],
  ["to the journal", ["ExecStart=/bin/program"], ""],
  ["to what is no file", ["ExecStart=/bin/sh -c 'program > /dev/null'"], ""],
  ["to a file of long ago", [`StandardOutput=append:${at("old.log")}`], ""],
] as const)("what a program says %s is found", async ([, unit, words]) => {
  expect(await said(...unit)).toBe(words);
});
