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
  ['{"Authorization":["Bearer abcdefgh1.ijkl"]}', '{"Authorization":["Bearer [redacted]"]}'],
  ['WWW-Authenticate: Bearer realm1234="x"', 'WWW-Authenticate: Bearer realm1234="x"'],
  ["password: 'it''s 663eb46f' # new", "password: '[redacted]' # new"],
  [String.raw`TOKEN='it'\''s 663eb46f' kubectl`, "TOKEN='[redacted]' kubectl"],
  ["https://admin:pa@663eb46f@t71/x", "https://admin:[redacted]@t71/x"],
  ['"663eb46fb81c4cf2",kubelet-bootstrap,10001', '"[redacted]",kubelet-bootstrap,10001'],
  [
    "  1\t-----BEGIN PRIVATE KEY-----\n  2\tMIIEabc+/\n  3\tMIIE==\n  4\t-----END PRIVATE KEY-----\n  5\tafter",
    "  1\t[redacted]\n[redacted]\n[redacted]\n[redacted]\n  5\tafter",
  ],
  ["kubectl get nodes", "kubectl get nodes"],
])("%s", (line, redacted) => {
  expect(new Redactor().text(line)).toBe(redacted);
});

test("literal secrets are found anywhere", () => {
  expect(new Redactor(["663eb46fb81c4cf2"]).text('663eb46fb81c4cf2,kubelet-bootstrap,10001,"x"')).toBe(
    '[redacted],kubelet-bootstrap,10001,"x"',
  );
});

test.each([
  "error: invalid token: it has expired",
  "token: invalid",
  "Unable to authenticate the request due to an error: invalid bearer token",
  "--token-auth-file=/k8s/kubernetes/cfg/token.csv \\",
  "--enable-bootstrap-token-auth \\",
  "--service-account-key-file=/k8s/kubernetes/ssl/ca-key.pem \\",
  "# write /k8s/kubernetes/cfg/token.csv",
  "  --token=${BOOTSTRAP_TOKEN} \\",
  "TOKEN=\"$(head -c 16 /dev/urandom | od -An -t x | tr -d ' ')\"",
  'ETCD_INITIAL_CLUSTER_TOKEN="etcd-cluster"',
  "--initial-cluster-token=k8s-etcd-cluster-1",
  "tokenFile: /etc/kubernetes/token1.csv",
  "token: /var/run/secrets/kubernetes.io/serviceaccount/token",
  "automountServiceAccountToken: false",
  "secret/default-token-x7f9k created",
  "type=kubernetes.io/service-account-token --output name",
  "d41d8cd98f00b204e9800998ecf8427e  etcd-v3.3.10-linux-amd64.tar.gz",
  "sha256:8a9f1c7e3c1cbb7b1b1d2f8a3b6f4f6f2a7e9c7f2a7e9c7f2a7e9c7f2a7e9c7f",
  "ssh://root@t72/k8s",
  "http://192.168.4.71:2379 is healthy",
  "docker run --user 1000:1000 busybox",
  "node-csr-Zk3xPHkVLFhLQ8WHtOEbFd_dYwPrCqB9zqY7oSfbWUQ   5m   kubelet-bootstrap   Pending",
  "-----BEGIN CERTIFICATE-----",
  "Volumes:[{default-token-gq7w6 {Secret:(*v1.SecretVolumeSource)(0xc0012f8b40) NFS:nil}}]",
  "-----BEGIN PUBLIC KEY-----",
  "  volumes:\n  - name: tls\n    secret:\n      secretName: web-tls-2019\n      items:\n",
  "tokens:\n- /etc/kubernetes/token1.csv\nusers:\n- node-72-of-the-guide",
  "The token:\nit was not found in 2 of 3 files",
  "  - name: bootstrap-token\n    namespace: kube-system1\n",
  "- name: API_KEY\n  valueFrom:\n    secretKeyRef:\n      name: key12345\n",
  '{"name":"DB_PASSWORD","value":"$(OTHER)"}',
  "priv: see below\n    page 12345678",
  "rpm -Uvh https://a.example.org/b-1.2.rpm",
  "date -u +%Y-%m-%dT%H:%M:%SZ",
  "docker run -u 1000:1000 busybox",
  "--authorization-mode=Node,RBAC --token-auth-file=a",
  "echo Restarting | tee -a /var/log/stdin.log",
  "openssl passwd -1 -stdin",
  "  --secrets [a, b] tokens: []",
  "I1124 17:37:18.916801     759 factory.go:109] Error trying to work out if we can handle /system.slice",
])("stays readable: %s", (line) => expect(new Redactor().text(line)).toBe(line));

const [on, off] = ["\u001B[01;31m\u001B[K", "\u001B[m\u001B[K"];

test.each([
  ["a name", `${on}token${off}: 663eb46fb81c4cf2`, "token: [redacted]"],
  ["a value that is known", `it has s3cret-${on}s3cret${off} in it`, "it has [redacted] in it"],
  [
    "the beginning of a key",
    key.replace("PRIVATE", `${on}PRIVATE${off}`),
    "[redacted]\n[redacted]\n[redacted]",
  ],
  ["a word with another control character", "to\0ken: 663eb46fb81c4cf2", "token: [redacted]"],
  ["the title of a terminal", "a\u001B]0;token: 663eb46fb81c4cf2\u0007b", "a\u001B]0;token: [redacted]"],
  ["no secret", `${on}kubelet${off} is up`, `${on}kubelet${off} is up`],
])("colours do not hide what reports show without them: %s", (_what, text, redacted) => {
  expect(new Redactor(["s3cret-s3cret"]).text(text)).toBe(redacted);
});

test("what was redacted stays as it is", () => {
  const redactor = new Redactor();
  const once = redactor.text(
    'TOKEN=abcdefgh12 --token "abcdefgh12" token: abcdefgh12 {"password":"abcdefgh12"} Bearer abcdefgh12',
  );
  expect(once).not.toContain("abcdefgh");
  expect(redactor.text(once)).toBe(once);
});

test("a key that was cut off hides no more than lines that could be its own", () => {
  const text = ["-----BEGIN RSA PRIVATE KEY-----", "A".repeat(64), "systemctl start etcd", "active"].join(
    "\n",
  );
  expect(new Redactor().text(text)).toBe("[redacted]\n[redacted]\nsystemctl start etcd\nactive");
  const words = ["-----BEGIN RSA PRIVATE KEY-----", ...Array.from({ length: 200 }, () => "word")].join("\n");
  expect(
    new Redactor()
      .text(words)
      .split("\n")
      .filter((line) => line === "word"),
  ).toHaveLength(72);
});

test("what is met in its form is known afterwards, in other streams, too", () => {
  const redactor = new Redactor();
  const stream = redactor.fresh();
  expect(stream.push("663eb46fb81c4cf2a9bedb84bea03582,kubelet-bootstrap,10001\n")).toBe(
    "[redacted],kubelet-bootstrap,10001\n",
  );
  expect(redactor.text("unknown: 663eb46fb81c4cf2a9bedb84bea03582")).toBe("unknown: [redacted]");
});

test("values are redacted after they are parsed: text, lists, names of fields, fields by their name", () => {
  const redactor = new Redactor(["s3cret-s3cret"]);
  const value = {
    message: 'TOKEN="abc\\"defgh"\nnext',
    nested: { list: ["kubectl", "--token", "abcdefgh", "get"], "s3cret-s3cret": 1 },
    token: "abcdefgh",
    pass: "abcdefgh",
    tokens: ["abcdefgh1", "none"],
    names: ["abcdefgh1"],
    lines: ["-----BEGIN PRIVATE KEY-----", "abc", "-----END PRIVATE KEY-----", "after"],
    count: 3,
    none: null,
    absent: undefined,
  };
  const redacted = redactor.value(JSON.parse(JSON.stringify(value)));
  expect(redacted).toEqual({
    message: 'TOKEN="[redacted]"\nnext',
    nested: { list: ["kubectl", "--token", "[redacted]", "get"], "[redacted]": 1 },
    token: "[redacted]",
    pass: "[redacted]",
    tokens: ["[redacted]", "none"],
    names: ["abcdefgh1"],
    lines: ["[redacted]", "[redacted]", "[redacted]", "after"],
    count: 3,
    none: null,
  });
});

// A tenth of a second on a host with time; what looked back at every character took over a minute.
test.each([
  "n",
  "a-",
  "a:",
  "a:b|",
  "http://a:",
  "token",
  "-u",
  "docker login ",
  "'\"",
  "!",
  " ",
  "\u001B[",
  "\u001B[m",
])("a long text of %j takes no longer for each of its characters", (unit) => {
  const text = unit.repeat(160_000 / unit.length);
  const redactor = new Redactor(["s3cret-s3cret"]);
  expect(redactor.text(`${text}\n-----BEGIN PRIVATE KEY-----\n${text}\n`)).toContain("[redacted]");
});
