import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../testing.ts";
import { replacing } from "./reset.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "authorized_keys");
  writeFileSync(path, "owner\nguide\n");
  chmodSync(path, 0o640);
});

/** Runs shell text with a folder of stand-ins before the programs. */
const given = (script: string, input: string, programs = "") =>
  spawnSync("sh", ["-c", script], {
    input,
    env: { PATH: `${programs}:/usr/sbin:/usr/bin:/sbin:/bin` },
    encoding: "utf8",
  });

describe("a file of the host that loses lines", () => {
  test("has the new content, and its mode, and nothing is beside it", () => {
    expect(given(replacing(path, "ownér\n"), "ownér\n").status).toBe(0);
    expect(readFileSync(path, "utf8")).toBe("ownér\n");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(["authorized_keys"]);
  });

  test("is never seen without its content: it is another file", () => {
    const { ino } = statSync(path);
    given(replacing(path, "owner\n"), "owner\n");
    expect(statSync(path).ino).not.toBe(ino);
  });

  test("stays where a link leads to it", () => {
    const link = join(folder, "link");
    symlinkSync("authorized_keys", link);
    expect(given(replacing(link, "owner\n"), "owner\n").status).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("owner\n");
  });

  test.each(["", "own"])("is as it was if a connection ends after %j", (arrived) => {
    expect(given(replacing(path, "owner\n"), arrived).status).not.toBe(0);
    expect(readFileSync(path, "utf8")).toBe("owner\nguide\n");
    expect(readdirSync(folder)).toEqual(["authorized_keys"]);
  });

  test("is as it was if the disk is full", () => {
    const programs = temporaryFolder();
    writeFileSync(join(programs, "cat"), "#!/bin/sh\nhead -c 3\nexit 1\n", { mode: 0o755 });
    expect(given(replacing(path, "owner\n"), "owner\n", programs).status).not.toBe(0);
    expect(readFileSync(path, "utf8")).toBe("owner\nguide\n");
    expect(readdirSync(folder)).toEqual(["authorized_keys"]);
  });
});
