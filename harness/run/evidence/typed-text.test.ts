import { expect, test } from "vitest";
import { processRedactor } from "../../secrets/redact.ts";
import { typedText } from "./typed-text.ts";

const token = "663eb46fb81c4cf2a9bedb84bea03582";
processRedactor.learn([token]);

test.for([
  [
    "a zero-width space before a secret",
    `\u200B${token},kubelet-bootstrap,10001`,
    "<U+200B>[redacted],kubelet-bootstrap,10001",
  ],
  [
    "full-width commas behind one",
    `${token}\uFF0Ckubelet\uFF0C10001`,
    "[redacted]\uFF0C<U+FF0C>kubelet\uFF0C<U+FF0C>10001",
  ],
  [
    "an odd character within one",
    "BOOTSTRAP_TOKEN=663eb46f\u200Bb81c4cf2a9bedb84",
    "BOOTSTRAP_TOKEN=[redacted] (a secret with U+200B zero-width space)",
  ],
  ["what a terminal obeys", "echo \u001B]0;title\u0007 \u0000", "echo <U+001B>]0;title<U+0007> <U+0000>"],
  [
    "a line separator",
    "systemctl daemon-reload\u2028systemctl enable etcd",
    "systemctl daemon-reload<U+2028>systemctl enable etcd",
  ],
  ["a look-alike", "kubectl get n\u043Edes", "kubectl get n\u043E<U+043E>des"],
  ["nothing", "kubectl get nodes\n\ttab", "kubectl get nodes\n\ttab"],
] as const)("%s is seen", ([, text, seen]) => {
  expect(typedText(text)).toBe(seen);
});
