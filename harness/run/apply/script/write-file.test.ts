import { lstat, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { KeptShell } from "../../../machines/ssh/connection.ts";
import { temporaryFolder } from "../../../testing.ts";
import { apply } from "../apply.ts";
import { connection, shell } from "./testing.ts";
import { context, file, group, planOf, step, terminal } from "../../testing.ts";

/** Files that are written over a real sshd's stand-in. */
const folder = temporaryFolder();
const written = (path: string, more: object = {}): Promise<void> =>
  apply({
    plan: planOf(group(step("1.1/file", "t71", { ...file(path), ...more }))),
    ...context({ t71: { connection, shell } }),
  });

test("a file is written, in place of one that is there", async () => {
  const path = join(folder, "it's a $name");
  await writeFile(path, "before");
  await written(path);
  expect(await readFile(path, "utf8")).toBe("A=1\n");
});

test("a file that is there keeps its mode, and a link leads to what is written, as with an editor", async () => {
  const [script, config, link] = ["run.sh", "config", "selinux"].map((name) => join(folder, name));
  await writeFile(script!, "#!/bin/sh\n", { mode: 0o755 });
  await written(script!);
  expect((await stat(script!)).mode & 0o777).toBe(0o755);
  await writeFile(config!, "SELINUX=enforcing\n");
  await symlink("config", link!);
  await written(link!);
  expect(await readFile(config!, "utf8")).toBe("A=1\n");
  expect((await lstat(link!)).isSymbolicLink()).toBe(true);
});

test("what is added to a file is lines of its own, whether or not the last one is ended, or there is one", async () => {
  const path = join(folder, "hosts");
  await written(path, { append: true });
  await written(path, { append: true });
  await writeFile(path, await readFile(path, "utf8").then((text) => text.trimEnd()));
  await written(path, { append: true });
  expect(await readFile(path, "utf8")).toBe("A=1\nA=1\nA=1\n");
});

test("a file cannot be where the guide has made a folder, or where it has made none", async () => {
  await mkdir(join(folder, "etcd.conf"));
  await expect(written(join(folder, "etcd.conf"))).rejects.toMatchObject({
    verdict: "guide",
    message: `1.1/file@t71: cannot write ${folder}/etcd.conf: it is a folder`,
  });
  await expect(written(join(folder, "none/x"))).rejects.toMatchObject({
    verdict: "guide",
    message: `1.1/file@t71: cannot write ${folder}/none/x: there is no folder ${folder}/none`,
  });
});

test("a folder in which the reader may not write is told as such", async () => {
  const t71 = terminal("t71", {});
  const closed: KeptShell = {
    ...t71.shell,
    run: async () => ({ ...(await t71.shell.run("x")), stdout: "closed\n" }),
  };
  const plan = planOf(group(step("1.1/file", "t71", file("/etc/x"))));
  await expect(apply({ plan, ...context({ t71: { ...t71, shell: closed } }) })).rejects.toMatchObject({
    verdict: "guide",
    message: "1.1/file@t71: cannot write /etc/x: nobody but root may write in /etc",
  });
});
