import { expect, test } from "vitest";
import { encodedObject } from "./protobuf.ts";

// The same ConfigMap as etcd 3.3.10 has it, and as the apiserver of Kubernetes 1.14.0 hands it out.
const stored = Buffer.from(
  "azhzAAoPCgJ2MRIJQ29uZmlnTWFwEkwKQgoCY20SABoCdHQiACokOGYxMTU3ZGEtZWJiMS0xMWYxLTk0MjEtMDIwMGMwYTgwNDQ3MgA4AEIICIbirtgGEAB6ABIGCgFhEgFiGgAiAA==",
  "base64",
);
const sent = Buffer.concat([
  stored.subarray(0, 21),
  Buffer.from([0x12, 0x72, 0x0a, 0x68]),
  stored.subarray(25, 35),
  Buffer.from('"#/api/v1/namespaces/tt/configmaps/cm'),
  stored.subarray(37, 75),
  Buffer.from([0x32, 3, 0x35, 0x37, 0x33]),
  stored.subarray(77),
]);

test("what is stored and what is sent are the same, but for what the apiserver fills in", () => {
  const [one, other] = [encodedObject(stored, "etcd"), encodedObject(sent, "API")];
  expect(other.fields).toEqual(one.fields);
  expect(one).toMatchObject({ name: "cm", uid: "8f1157da-ebb1-11f1-9421-0200c0a80447", resourceVersion: "" });
  expect(other.resourceVersion).toBe("573");
});

test("another byte is another object", () => {
  const changed = Buffer.from(stored);
  const at = changed.lastIndexOf("b");
  changed.write("c", at);
  expect(encodedObject(changed, "etcd").fields).not.toEqual(encodedObject(stored, "etcd").fields);
});

test("JSON is refused", () => {
  expect(() => encodedObject(Buffer.from('{"kind":"ConfigMap"}'), "What etcd has")).toThrow(
    'What etcd has is not in protobuf: it begins with "{\\"kind\\":\\"ConfigMap\\"}"',
  );
});
