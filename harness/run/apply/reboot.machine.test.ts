import { expect, test } from "vitest";
import { guideOnMachine } from "./testing.ts";

/* Blocks that end with a reboot, on a machine that does. */
const guide = guideOnMachine("test-reboot");
const applied = (...scripts: string[]): Promise<unknown> =>
  guide(scripts.map((script, at) => `\`\`\`bash run id=step-${at} on=t71\n${script}\n\`\`\``));

test("a step that ends with a reboot ends with the machine back: its disk as it was, its memory and its shell as new", async () => {
  const show = "pwd; cat /root/word; ls /run/word 2>/dev/null || echo 'no /run/word'; echo \"${A:-no A}\"";
  const before = "cd /tmp\nexport A=1\necho kept > /root/word\necho lost > /run/word";
  expect(await applied(`${before}\nreboot`, "reboot", show)).toEqual([
    // Embedded machines have no logind, which systemctl asks first.
    expect.any(String),
    expect.any(String),
    "/root\nkept\nno /run/word\nno A",
  ]);
});

test("a reboot that does not end where one can log in is the guide's, with the console", async () => {
  expect(await applied("systemctl set-default emergency.target\nsystemctl reboot")).toMatchObject({
    verdict: "guide",
    message: expect.stringMatching(
      /^1\/step-0@t71: t71 does not come back from its reboot: its console says/,
    ),
    details: { step: "1/step-0@t71", location: { line: 4 } },
  });
});

test("one that the machine refuses is the guide's, at once", async () => {
  const refused = "systemctl mask --now reboot.target >/dev/null 2>&1\nsystemctl reboot";
  expect(await applied(refused)).toMatchObject({
    verdict: "guide",
    message: expect.stringMatching(/exit code/),
  });
});
