import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { silent } from "../../../progress.ts";
import type { Component } from "../component.ts";
import { downloadNeeds } from "../modules.ts";
import { component, context, root, set } from "./sample.ts";

/** Made of a package that is not in the cache. */
const ofPackage = component("packaged", {
  inputs: ["tini"],
  async build(its) {
    await its.fetch("tini");
  },
});

/** Downloads modules with a Go that prints this and fails. */
const ofModules = (said: string): Component =>
  component("modules", {
    async build(its) {
      const go = join(its.scratch, "go");
      await writeFile(go, `#!/bin/sh\ncat <<'END'\n${said}\nEND\nexit 1\n`, { mode: 0o755 });
      await downloadNeeds(its, { go, env: {} }, "example.org/m@v1.0.0", its.scratch);
    },
  });

describe("a build that fails", () => {
  test("for a module that is another than go.sum pins says so, and blames no network", async () => {
    const said = [
      "go: downloading example.org/n v1.2.0",
      "verifying example.org/n@v1.2.0: checksum mismatch",
      "\tdownloaded: h1:got=",
      "\tgo.sum:     h1:wanted=",
      "",
      "SECURITY ERROR",
    ];
    await expect(set(ofModules(said.join("\n"))).prepare(silent, context)).rejects.toMatchObject({
      verdict: "artifact",
      message: "example.org/n@v1.2.0 has the wrong checksum: expected h1:wanted=, actual h1:got=",
      details: {
        hint: expect.stringMatching(
          /^It is not the module that the project's go\.sum pins\..*build\/go-modules/,
        ),
        outputTail: expect.stringContaining("SECURITY ERROR"),
      },
    });
  });

  test("for a module that cannot be had says which proxy to change", async () => {
    await expect(set(ofModules("dial tcp: refused")).prepare(silent, context)).rejects.toMatchObject({
      message: "Could not download the Go modules that example.org/m@v1.0.0 needs",
      details: { hint: expect.stringContaining("GOPROXY") },
    });
  });

  test("for a package whose lists could not be read says so, and which mirror to change", async () => {
    vi.stubEnv("GUIDE_DEBIAN_MIRROR", "http://127.0.0.1:9/debian");
    await expect(set(ofPackage).prepare(silent, context)).rejects.toMatchObject({
      message: "Could not read Debian's package lists",
      details: {
        hint: expect.stringContaining("GUIDE_DEBIAN_MIRROR"),
        outputTail: expect.stringContaining("127.0.0.1"),
      },
    });
  });

  test("for want of room blames the disk, whoever found it full", async () => {
    const full = {
      verdict: "infrastructure",
      message: expect.stringMatching(/: the disk of .*build is full$/),
    };
    const said = "write /tmp/x: no space left on device";
    await expect(set(ofModules(said)).prepare(silent, context)).rejects.toMatchObject(full);
    const copies = component("copies", { build: () => writeFile("/dev/full", "x") });
    await expect(set(copies).prepare(silent, context)).rejects.toMatchObject(full);
  });
});

test("what fails to compile is told with the folder that nothing verifies", async () => {
  const failing = component("failing", {
    build: (its) =>
      its.run({ title: "compile it", command: ["sh", "-c", "echo internal compiler error; exit 2"] }),
  });
  await expect(set(failing).prepare(silent, context)).rejects.toMatchObject({
    verdict: "artifact",
    message: "Could not compile it",
    details: {
      hint: `The whole log is in ${root}/build/logs/failing.log. If it fails again, delete ${root}/build: the compiler, modules and sources in it are not verified, and the next build brings them anew.`,
    },
  });
});

test("rpm's database is not in the user's home", async () => {
  const bin = join(root, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "rpmbuild"), '#!/bin/sh\necho "$HOME" > "$1"\n', { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
  let scratch = "";
  const packed = component("packed", {
    async build(its) {
      ({ scratch } = its);
      await its.run({ title: "pack", command: ["rpmbuild", join(its.out, "packed.tar.gz")] });
    },
  });
  const { folder } = await set(packed).prepare(silent, context);
  expect(await readFile(join(folder, "packed.tar.gz"), "utf8")).toBe(`${scratch}\n`);
});

describe("with --offline", () => {
  beforeEach(() => vi.stubEnv("GUIDE_OFFLINE", "1"));

  test("what needs no download is built, and Go is told to download nothing", async () => {
    const env = component("env", {
      async build(its) {
        await its.run({ title: "look", command: ["sh", "-c", `echo $GOPROXY > ${its.out}/env.tar.gz`] });
      },
    });
    const { folder } = await set(env).prepare(silent, context);
    expect(await readFile(join(folder, "env.tar.gz"), "utf8")).toBe("off\n");
  });

  test("what needs one is named, with the way to bring it", async () => {
    await expect(set(ofPackage).prepare(silent, context)).rejects.toMatchObject({
      verdict: "artifact",
      message:
        "The cache lacks packaged, and --offline forbids downloading what building needs: The cache lacks tini 1 of Debian",
      details: { hint: expect.stringContaining("carry that folder over") },
    });
  });

  test("what fails for another reason than a download is told as it is", async () => {
    const failing = component("failing", {
      build: (its) => its.run({ title: "compile it", command: ["sh", "-c", "echo syntax error; exit 2"] }),
    });
    await expect(set(failing).prepare(silent, context)).rejects.toMatchObject({
      message: "Could not compile it",
      details: { outputTail: expect.stringContaining("syntax error") },
    });
    const ofModule = component("of-module", {
      build: (its) =>
        its.run({
          title: "download it",
          command: ["sh", "-c", "echo module lookup disabled by GOPROXY=off; exit 1"],
        }),
    });
    await expect(set(ofModule).prepare(silent, context)).rejects.toThrow("--offline forbids downloading");
  });

  test("an empty cache is told part by part", async () => {
    await rm(join(root, "artifacts"), { recursive: true });
    await expect(set().prepare(silent, context)).rejects.toThrow(
      "The cache lacks tool, long, and --offline forbids downloading what building needs: Debian's package lists",
    );
  });
});
