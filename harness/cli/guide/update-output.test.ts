import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useStateFolder } from "../../faults/run-with-fault.ts";
import { longTimeout, FaultTestbed } from "../../faults/world.ts";
import { broughtProviders } from "../../machines/index.ts";
import { giveProfile } from "../../profile/testing.ts";
import { runJson } from "../../report/files.ts";
import type { Settings } from "../../settings/settings.ts";
import { guideUpdateOutputCommand } from "./update-output.ts";

useStateFolder();

const token = "663eb46fb81c4cf2a9bedb84bea03582";
const guide = `# A guide

## 1 Look

\`\`\`bash run id=command on=all
greet everybody
\`\`\`

\`\`\`text output
{{lines}}
\`\`\`

\`\`\`bash run id=wait on=t71
show-state
\`\`\`

\`\`\`text output within=30s
STATE   AGE
Ready   {{age}}
\`\`\`
`;

let world: FaultTestbed;
let file: string;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  world = await FaultTestbed.make();
  file = join(world.folder, "guide.md");
  await writeFile(file, guide);
  world.reporters.push(runJson());
});
afterEach(async () => {
  vi.useRealTimers();
  await world[Symbol.asyncDispose]();
});

/** A run in which the age is this, after a first look that shows something else. */
async function run(age: string, exitCode = 0, settings: Partial<Settings> = {}): Promise<string> {
  let looks = 0;
  // A process has one run in a second; its name says which.
  vi.setSystemTime(Date.now() + 1000);
  world.hits.set("in command", () => ({ stdout: `hello\ntoken: ${token}\n`, exitCode }));
  world.hits.set("in wait", () => {
    looks += 1;
    return { stdout: looks === 1 ? "not yet\n" : `STATE   AGE\nReady   ${age}\n` };
  });
  return (await world.run(settings)).id;
}

async function update(...words: string[]): Promise<string> {
  const written: string[] = [];
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  try {
    const reports = join(world.folder, "reports");
    await guideUpdateOutputCommand(reports).parseAsync([...words, "--guide", file], { from: "user" });
  } finally {
    out.mockRestore();
  }
  // oxlint-disable-next-line no-control-regex
  return written.join("").replaceAll(/\u001B\[[\d;]*m/g, "");
}

const edited = (from: string, to: string): Promise<void> => writeFile(file, guide.replace(from, to));

test(
  "an edited block becomes what green runs printed last, with wildcards where they differ",
  longTimeout,
  async () => {
    const first = await run("5s");
    const second = await run("102s");
    expect(await update()).toBe(
      `No output block is to be rewritten by ${second} and 1 green run before it.\n`,
    );
    await edited("Ready   {{age}}", "Pending");
    expect(await update(first)).toBe(`1/wait  ${file}:17:1
    STATE   AGE
  - Pending
  + Ready   5s
1 of 2 output blocks would be rewritten by ${first}; --write writes it.
`);
    expect(await readFile(file, "utf8")).toContain("Pending");
    expect(await update("--write")).toContain(
      "  + Ready   {{age}}   (proposed)\nRewrote 1 of 2 output blocks by",
    );
    expect(await readFile(file, "utf8")).toBe(guide);
  },
);

test("no secret is written, and the block says so; a program gets it all", longTimeout, async () => {
  const id = await run("5s");
  await edited("{{lines}}", "hello");
  const { runs, written, blocks } = JSON.parse(await update("--write", "--json"));
  expect({ runs, written }).toEqual({ runs: [id], written: false });
  expect(blocks).toMatchObject([
    {
      step: "1/command",
      state: "left",
      left: "a secret is printed there: put a wildcard in its place by hand",
    },
    { step: "1/wait", state: "as printed" },
  ]);
});

test("nothing is taken from a red run, from another text, or from none", longTimeout, async () => {
  await expect(update()).rejects.toThrow("There is no green run of the guide as it is now");
  const red = await run("5s", 1);
  await expect(update()).rejects.toThrow("There is no green run");
  await expect(update(red)).rejects.toThrow(`Nothing can be taken from ${red}: its verdict is guide`);
  const green = await run("5s");
  await edited("greet everybody", "greet nobody");
  await expect(update(green)).rejects.toMatchObject({
    verdict: "usage",
    message: `Nothing can be taken from ${green}: it is of another text: 1/command@t71 is not as it was then`,
  });
  await expect(update()).rejects.toThrow("There is no green run");
});

test(
  "a copy of the guide at another path is the same guide; one with another profile is not",
  longTimeout,
  async () => {
    const first = await run("5s");
    const copy = join(world.folder, "copy");
    await mkdir(copy);
    await giveProfile(copy);
    file = join(copy, "guide.md");
    await writeFile(file, guide);
    expect(await update(first)).toBe(`No output block is to be rewritten by ${first}.\n`);
    await writeFile(join(copy, "profile.yaml"), `${await readFile(join(copy, "profile.yaml"), "utf8")}\n`);
    await expect(update(first)).rejects.toThrow(`it is of another guide: ${join(world.folder, "guide.md")}`);
  },
);

test("nothing is taken from a run on other machines than the guide's", longTimeout, async () => {
  const fewer = await run("5s", 0, { nodes: 1 });
  const own = broughtProviders.get(world.id);
  if (!own) throw new Error("no provider");
  broughtProviders.set(world.id, {
    ...own,
    layout: async (wanted) =>
      wanted.map((one) => ({ ...one, address: one.address.replace("192.168.4.", "10.9.8.") })),
  });
  const elsewhere = await run("5s");
  await edited("STATE   AGE\nReady   {{age}}", "?");
  await expect(update("--write")).rejects.toThrow("There is no green run");
  await expect(update(elsewhere)).rejects.toThrow(
    "it is of other machines than the guide's: t71 10.9.8.71, t72 10.9.8.72, t76 10.9.8.76",
  );
  broughtProviders.set(world.id, own);
  await expect(update(fewer)).rejects.toThrow(
    "it is of other machines than the guide's: t71 192.168.4.71, t72 192.168.4.72",
  );
});

test(
  "a run that ran no step of the guide, such as one of suites alone, is not among its runs",
  longTimeout,
  async () => {
    const suites = await run("5s");
    const record = join(world.folder, "reports", suites, "run.json");
    await writeFile(record, JSON.stringify({ ...JSON.parse(await readFile(record, "utf8")), steps: [] }));
    await expect(update()).rejects.toThrow("There is no green run");
    await expect(update(suites)).rejects.toThrow("it ran no step of the guide");
  },
);
