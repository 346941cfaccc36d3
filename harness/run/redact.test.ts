import { array, assert, nat, property } from "fast-check";
import { expect, test } from "vitest";
import { Redactor } from "./redact.ts";

const key = ["-----BEGIN RSA PRIVATE KEY-----", "MIIEabc", "-----END RSA PRIVATE KEY-----"].join("\n");

test("a private key never passes, whatever the chunks", () => {
  const text = `before\n${key}\nafter\n`;
  assert(
    property(array(nat(text.length)), (cuts) => {
      const redactor = new Redactor();
      const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const out =
        places
          .slice(1)
          .map((end, i) => redactor.push(text.slice(places[i], end)))
          .join("") + redactor.end();
      expect(out).toBe("before\n[redacted]\n[redacted]\n[redacted]\nafter\n");
    }),
  );
});

test.each([
  ["token: 663eb46fb81c4cf2", "token: [redacted]"],
  ["    client-key-data: LS0tLS1CRUdJTiBS", "    client-key-data: [redacted]"],
  ["--token=663eb46fb81c4cf2a9bedb84bea03582 \\", "--token=[redacted] \\"],
  ["BOOTSTRAP_TOKEN=663eb46f", "BOOTSTRAP_TOKEN=[redacted]"],
  ["Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer [redacted]"],
  ["kubectl get nodes", "kubectl get nodes"],
])("%s", (line, redacted) => {
  expect(new Redactor().text(line)).toBe(redacted);
});

test("literal secrets are found anywhere", () => {
  expect(new Redactor(["663eb46fb81c4cf2"]).text('663eb46fb81c4cf2,kubelet-bootstrap,10001,"x"')).toBe(
    '[redacted],kubelet-bootstrap,10001,"x"',
  );
});
