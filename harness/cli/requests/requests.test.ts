import { expect, test } from "vitest";
import { command, withSettings } from "../command/command.ts";
import { assertE2eWords, e2eOptions } from "./requests.ts";

const e2e = () => e2eOptions(withSettings(command("e2e", "as `pnpm e2e` has it")));

test.each([
  ["--sute etcd", "`pnpm e2e` does not take --sute", /did you mean "--suite"\?/],
  ["etcd", "`pnpm e2e` does not take etcd", /--help/],
  ["--suite all rebot --artifacts source", "There is no suite rebot", /did you mean "reboot"\?/],
  ["--nodes none", '--nodes cannot be "none"', /from 1 to/],
])("a night does not begin with %s", (words, message, hint) => {
  expect(() => assertE2eWords(e2e(), words.split(" "))).toThrow(
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
  expect(() => assertE2eWords(e2e(), words)).not.toThrow();
});
