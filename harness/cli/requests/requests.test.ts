import { expect, test } from "vitest";
import { command, withSettings } from "../command/command.ts";
import { assertE2eWords, e2eOptions } from "./requests.ts";

const e2e = () => e2eOptions(withSettings(command("e2e", "as `pnpm e2e` has it")));

const nightly = command("nightly", "as `pnpm nightly` has it").option("--keep-runs <n>", "reports to keep");

test.each([
  ["--sute etcd", "`pnpm nightly` does not take --sute", /did you mean "--suite"\?/],
  ["--keep-run 5", "`pnpm nightly` does not take --keep-run", /did you mean "--keep-runs"\?/],
  ["etcd", "`pnpm nightly` does not take etcd", /--help/],
  ["--suite all rebot --artifacts source", "There is no suite rebot", /did you mean "reboot"\?/],
  ["--nodes none", '--nodes cannot be "none"', /from 1 to/],
])("a night does not begin with %s", (words, message, hint) => {
  expect(() => assertE2eWords(e2e(), words.split(" "), nightly)).toThrow(
    expect.objectContaining({
      message,
      details: expect.objectContaining({ hint: expect.stringMatching(hint) }),
    }),
  );
});

test.each([
  [],
  ["--suite", "all", "reboot", "--provider", "vagrant", "--artifacts=upstream"],
  ["--guide", "/no/such/guide.md"],
])("a night begins with %j", (...words) => {
  expect(() => assertE2eWords(e2e(), words, nightly)).not.toThrow();
});
