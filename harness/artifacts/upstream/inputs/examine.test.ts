import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../testing.ts";
import { examine } from "./examine.ts";
import type { Pin } from "./pins.ts";

const pin: Pin = {
  name: "pom.xml",
  version: "tool 1",
  urls: ["https://files.example/pom.xml"],
  layout: "file",
  optional: false,
};

test("a file of XML is an input as any other; a page in its place is none", async () => {
  const path = join(temporaryFolder(), pin.name);
  const candidate = { path, origin: pin.urls[0], hint: "" };
  const declaration = `<?xml version="1.0"?>\n`;
  await writeFile(path, `${declaration}<project/>`);
  await expect(examine(pin, candidate)).resolves.toMatchObject({ bytes: declaration.length + 10 });
  await writeFile(path, `${declaration}<!DOCTYPE html><title>Log in</title>`);
  await expect(examine(pin, candidate)).rejects.toThrow("is an HTML page, not the file");
});
