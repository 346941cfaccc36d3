import { expect, test } from "vitest";
import type { Shortfall } from "../../machines/machine.ts";
import { exitCodeOf } from "./exit-code.ts";

const short = (verdict?: Shortfall["verdict"], fatal = true): Shortfall => ({
  need: "it",
  found: "missing",
  remedy: "bring it",
  fatal,
  ...(verdict && { verdict }),
});

test.each([
  [0, []],
  [0, [{ need: "it", found: "here" }, short("artifact", false)]],
  [3, [short("artifact"), short("usage")]],
  // A run looks at its host before it takes an artifact.
  [4, [short("artifact"), short()]],
])("a run would end with %d", (code, checks) => {
  expect(exitCodeOf(checks)).toBe(code);
});
