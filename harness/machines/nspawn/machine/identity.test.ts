import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../testing.ts";
import { hostKeyIn, renewAccess } from "./identity.ts";

const folder = temporaryFolder();

test("the key of a run takes the place of an earlier one's, and the guide's own stay", async () => {
  const root = join(folder, "plain");
  await mkdir(join(root, "root/.ssh"), { recursive: true });
  const keys = join(root, "root/.ssh/authorized_keys");
  await writeFile(keys, "ssh-ed25519 OLD harness\nssh-rsa GUIDE root@t71\n");
  await renewAccess(root, "ssh-ed25519 NEW");
  expect(await readFile(keys, "utf8")).toBe("ssh-rsa GUIDE root@t71\nssh-ed25519 NEW harness\n");
});

test.each([
  ["root/.ssh/authorized_keys", "root/.ssh"],
  ["root/.ssh", "root"],
])("a link of the machine's at %s leads nowhere on this host", async (link, parent) => {
  const root = join(folder, link.replaceAll("/", "-"));
  const outside = join(folder, `${link.replaceAll("/", "-")}-outside`);
  await mkdir(join(root, parent), { recursive: true });
  await mkdir(outside);
  await writeFile(join(outside, "authorized_keys"), "mine\n");
  await symlink(link.endsWith("keys") ? join(outside, "authorized_keys") : outside, join(root, link));
  await expect(renewAccess(root, "ssh-ed25519 NEW")).rejects.toThrow(
    `/${link} of the saved machine is a link`,
  );
  expect(await readFile(join(outside, "authorized_keys"), "utf8")).toBe("mine\n");
});

test("a host key behind a link is not read", async () => {
  const root = join(folder, "host-key");
  await mkdir(root);
  await symlink("/etc", join(root, "etc"));
  await expect(hostKeyIn(root)).rejects.toThrow("/etc of the saved machine is a link");
});
