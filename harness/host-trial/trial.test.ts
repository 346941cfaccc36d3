import { expect, it } from "vitest";
import { endsIn } from "./trial.ts";

it("reads how each command ended, and passes over a line that was cut", () => {
  expect(endsIn("0 1234 npm run e2e -- --timeout-factor=10\n1 60 npm test\n0 1")).toEqual([
    { command: "npm run e2e -- --timeout-factor=10", exitCode: 0, seconds: 1234 },
    { command: "npm test", exitCode: 1, seconds: 60 },
  ]);
});
