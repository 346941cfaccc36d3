import { EventEmitter } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { useStateFolder } from "../../../faults/run-with-fault.ts";
import { longTimeout, FaultTestbed } from "../../../faults/world.ts";
import { parseGuide } from "../../../guide/parse/parse.ts";
import { profile } from "../../../profile/testing.ts";
import { consoleReporter } from "../../../report/console/console.ts";
import { type KeyInput, Keys } from "./keys.ts";
import { proseOf } from "./prose.ts";
import { Walk } from "../../../run/walk/walk.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import { TerminalReader } from "./reader.ts";

useStateFolder();

const guide = `# A guide

Read it all.

## 1 Look

Are they there?

\`\`\`bash run id=command on=all
greet everybody
\`\`\`

### 1.1 Wait

\`\`\`bash run id=wait on=t71
show-state
\`\`\`

### 1.2 More

\`\`\`bash run id=more on=t72
more
\`\`\`

That is all.
`;

/** A terminal at which the keys are pressed one by one, each when it is asked for one. */
async function typed(presses: readonly string[], hit: (world: FaultTestbed) => void): Promise<string> {
  await using world = await FaultTestbed.make();
  const file = join(world.folder, "guide.md");
  await writeFile(file, guide);
  hit(world);
  const left = [...presses];
  let text = "";
  const stdout = new PassThrough();
  const input = Object.assign(new EventEmitter(), {
    setRawMode: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
  });
  stdout.on("data", (data) => {
    text += String(data);
    // A question ends with a blank, for its line stays open.
    if (/(?:keys|stay)  $/.test(text))
      setImmediate(() => input.emit("data", Buffer.from(left.shift() ?? "q")));
  });
  const colours = new Chalk({ level: 0 });
  const screen = consoleReporter({ json: false, loudness: "walked", stdout, colours });
  world.reporters.push(screen);
  await world.run({}, async (run) => {
    const plan = await run.plan();
    await run.request({ plan });
    await run.up(await run.prepare());
    // oxlint-disable-next-line no-unsafe-type-assertion -- only what keys ask of a terminal
    using keys = new Keys(input as unknown as KeyInput);
    const { context } = run;
    const prose = proseOf(guide, parseGuide(guide, file, profile), plan);
    const reader = new TerminalReader({
      keys,
      screen,
      prose,
      redactor: processRedactor,
      context,
      columns: () => 80,
    });
    await new Walk(run, plan, reader).goes();
  });
  expect(left).toEqual([]);
  return text.replaceAll(/\[ *[\d.]+ s\] /g, "").replaceAll(/(?:\d+ ms|[\d.]+ s)$/gm, "N ms");
}

test(
  "a walk as it looks: prose, blocks, output as it comes, a failure with its blame, what was skipped",
  longTimeout,
  async () => {
    let times = 0;
    const shown = await typed(["?", "b", "\r", "x", "\r", "s", "\r"], (world) => {
      world.hits.set("in command", () => ({ stdout: "hello\nthere\n" }));
      world.hits.set("in wait", () =>
        (times += 1) === 1 ? { exitCode: 3, stdout: "cannot: no state\n" } : {},
      );
    });
    const question = " Enter runs it · s skip · ! shell · c save · b back · q end · ? keys  ";
    expect(shown).toContain(`
# A guide

Read it all.

## 1 Look

Are they there?

1/command  on t71, t72, t76  `);
    expect(shown).toContain(`
  │ greet everybody

${question}

  Enter  runs the block that is shown, or tries a failed block again
`);
    expect(shown).toContain("There is no checkpoint on the way to here; `c` saves one.");
    for (const machine of ["t71", "t72", "t76"]) {
      expect(shown).toContain(`  ${machine} │ hello\n  ${machine} │ there\n✓ 1/command@${machine}  N ms`);
    }
    expect(shown).toContain(
      "  │ cannot: no state\n✗ 1.1/wait@t71  N ms\n\n✗ The guide failed: 1.1/wait@t71: ended with exit code 3",
    );
    expect(shown).toContain("This key does nothing here; ? shows those that do.");
    expect(shown.match(/⌕ Blame: 1\.1\/wait@t71/g)).toHaveLength(1);
    expect(shown).toContain(question.replace("runs it", "tries it again"));
    expect(shown).toContain("The reader skipped section 1.1 from 1.1/wait.");
    expect(shown).toContain("\n1.2/more  on t72  ");
    expect(shown).toContain("\nThat is all.\n");
  },
);

test("a walk that is ended says how it goes on", longTimeout, async () => {
  const shown = await typed(["\r", "q"], (world) => {
    world.hits.set("in command", () => ({ stdout: "hello\n" }));
  });
  expect(shown).toContain("The same command with `--from 1.1/wait` goes on there.");
});

test("where the machines are gone only the way back and the end are offered", longTimeout, async () => {
  const shown = await typed(["\r", "\r", "\r", "b", "q"], (world) => world.hits.set("in wait", world.cut));
  expect(shown).toContain(" No block can be run here any more: b back · q end · ? keys  ");
  expect(shown).toContain("This key does nothing here; ? shows those that do.");
  expect(shown).toContain("There is no checkpoint on the way to here.\n");
});
