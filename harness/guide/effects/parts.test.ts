import { expect, test } from "vitest";
import type { Fetch } from "./call.ts";
import { effectsOfScript } from "./effects.ts";
import { partsOf } from "./parts.ts";

const get = "wget https://dl.example.org/a.tgz";
const cut = (script: string): string[] => {
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is read of a download
  const fetch = {
    program: "wget",
    plain: true,
    quiet: false,
    spot: { offset: script.indexOf(get) },
  } as Fetch;
  return partsOf(script, effectsOfScript(script), [fetch]).map((part) => part.script);
};

test("a download that is a command of its own is cut out, and no text is lost", () => {
  expect(cut(`cd /opt\n${get}\ntar xf a.tgz`)).toEqual(["cd /opt\n", `${get}\n`, "tar xf a.tgz"]);
  const named = `kubectl config set-cluster a\n${get}\nkubectl set image a b=c`;
  expect(cut(named)).toHaveLength(3);
});

test.each(["set +e", "set -u", "true; set +o pipefail", "shopt -s extglob", "trap date EXIT", "exit 1"])(
  "a script with `%s` is typed in one piece: its parts would not know of it",
  (line) => {
    const script = `${line}\n${get}\nrmdir /nowhere`;
    expect(cut(script)).toEqual([script]);
  },
);
