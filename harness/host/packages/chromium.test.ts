import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { temporaryFolder } from "../../testing.ts";
import { fetchChromium, findChromium } from "./chromium.ts";

let home: string;
let cache: string;
beforeEach(async () => {
  home = temporaryFolder();
  cache = join(home, "k8s-guide-conformance/chromium");
  vi.stubEnv("XDG_CACHE_HOME", home);
  vi.stubEnv("PATH", join(home, "bin"));
  vi.stubEnv("GUIDE_OFFLINE", "1");
  await mkdir(join(home, "bin"));
});
afterEach(() => void vi.unstubAllEnvs());

const chromium = (): Promise<void> => writeFile(join(home, "bin/chromium"), "#!/bin/sh\n", { mode: 0o755 });
const fonts = (): Promise<unknown> =>
  mkdir(join(cache, "root/usr/share/fonts/truetype/dejavu"), { recursive: true });

test("a Chromium of PATH shows pages with the fonts of the cache, for its host may have none", async () => {
  await chromium();
  await fonts();
  expect(await findChromium()).toEqual({
    program: join(home, "bin/chromium"),
    fonts: join(cache, "root/usr/share/fonts/truetype/dejavu"),
    env: { FONTCONFIG_FILE: join(cache, "fonts.conf") },
  });
  expect(await fetchChromium()).toBeUndefined();
});

test("a Chromium of PATH does with the host's fonts where others cannot be had", async () => {
  await chromium();
  expect(await findChromium()).toEqual({ program: join(home, "bin/chromium"), env: {} });
  expect(await fetchChromium()).toBeUndefined();
});

test("fonts alone are no Chromium", async () => {
  await fonts();
  expect(await findChromium()).toBeUndefined();
  expect(await fetchChromium()).toMatch(/^There is no Chromium .*--offline/);
});
