import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { ranged } from "../../../host/download/testing.ts";
import { silent } from "../../../progress.ts";
import { listening } from "../../../testing.ts";
import { context, good, instead, notes, remains, set, up, withImages } from "../sample.ts";

beforeEach(withImages);

/** What an earlier call left of `server.tar.gz`: half of it, in which a crash has left zeros. */
async function leaveDamaged(): Promise<Buffer> {
  const content = await readFile(join(good, "server.tar.gz"));
  const pin = (await set().pins()).inputs.find(({ name }) => name === "server.tar.gz");
  if (!pin) throw new Error("no pin");
  const { path } = set().store.partOf(pin);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, Buffer.alloc(content.length / 2));
  await writeFile(`${path}.json`, JSON.stringify({ address: pin.urls[0], validator: '"one"' }));
  return content;
}

const asked = (): string[] => up.seen.filter((line) => line.includes("server.tar.gz"));

test("what an earlier call left is no reason against a mirror: the file is fetched once more, whole", async () => {
  const content = await leaveDamaged();
  instead["server.tar.gz"] = ranged(content);
  await set().prepare(listening(notes), context);
  expect(asked()).toEqual([
    `GET /server.tar.gz bytes=${Math.floor(content.length / 2)}-`,
    "GET /server.tar.gz",
  ]);
  expect(notes).toContainEqual(
    expect.stringMatching(/^server\.tar\.gz: with what an earlier call left it .*; it is fetched anew$/),
  );
  expect(await remains()).toEqual([]);
});

test("a mirror that sends another file even so is told", async () => {
  const content = await leaveDamaged();
  instead["server.tar.gz"] = ranged(Buffer.concat([content, Buffer.from("x")]));
  await expect(set().prepare(silent, context)).rejects.toThrow("server.tar.gz from http");
  expect(asked()).toHaveLength(2);
});
