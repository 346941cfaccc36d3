import { expect, test } from "vitest";
import type { Fetch } from "./call.ts";
import { effectsOfScript } from "./effects.ts";
import { endsItself, partsOf } from "./parts.ts";

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

test.each([
  ["cd /opt\nsystemctl start docker && systemctl enable docker\nls", 2],
  ["cp a b && chmod +x b\nsudo mkdir c && cd c\nls", 3],
  ["cp a b && chmod +x b", 1],
  ["test -f a && rm a\nls", 1],
  ["cp a b && grep -q x b || true\nls", 1],
  ["ip link show a && ip link delete a\nls", 1],
  ["pushd /opt && docker load -i a\nls", 2],
  ["cp a b >/dev/null && rm -f a >/dev/null 2>&1 && echo b\nls", 2],
  ["curl -sf http://127.0.0.1:8080/healthz && echo up\nls", 1],
  ["curl -so /dev/null http://127.0.0.1:8080 && echo up\nls", 1],
  ["wget -q --spider http://127.0.0.1:8080/a && echo up\nls", 1],
  ["grep -c x a > count && echo found\nls", 1],
  ["grep -q x a 2>/dev/null && echo found\nls", 1],
  ["kubectl apply -f a.yaml && kubectl get pods\nls", 2],
  ["cp a $X/ && sudo systemctl enable --now $Y && ls\nls", 2],
  ["kubectl get pods && echo up\nls", 1],
  ["grep -q x a && exit 0\ncp a b\nexit 0", 2],
  ["cp a b\nexit 0", 1],
  ["set +e; false || exit 1\nls\nexit 0", 1],
])("%j is typed in %d parts, so that a failure within is one", (script, count) => {
  const parts = partsOf(script, effectsOfScript(script), []);
  expect(parts.map((part) => part.script).join("")).toBe(script);
  expect(parts).toHaveLength(count);
});

test.each([
  ["exit", true],
  ["ls\nexec bash -l # anew", true],
  ["[ -e f ] || { ls; exit 1; }", true],
  ["kubectl exec a -- ls", false],
  ["echo then exit", false],
  ["exit &", false],
])("whether %j ends its shell with its last command: %j", (script, ends) => {
  expect(endsItself(script)).toBe(ends);
});
