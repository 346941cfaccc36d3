import { expect, test } from "vitest";
import { z } from "zod";
import { certificateOf, shaped, shapedJson } from "./shape.ts";

const schema = z.object({ Network: z.string() });

test("what has the shape is handed on, without what is not asked for", () => {
  expect(shapedJson(schema, '{"Network": "10.254.0.0/16", "Backend": {}}', "The network")).toEqual({
    Network: "10.254.0.0/16",
  });
});

test.for([
  [
    "another shape",
    () => shaped(schema, { Network: 1 }, "The network"),
    /^The network is not as expected:\n.*Network/s,
  ],
  [
    "no JSON",
    () => shapedJson(schema, "{'Network'}", "The network"),
    /^The network is not JSON: \{'Network'\}$/,
  ],
  ["no certificate", () => certificateOf("-----BEGIN", "ca.pem"), /^ca\.pem is no certificate$/],
] as const)("the guide is to blame for %s", ([, read, message]) => {
  expect(read).toThrow(
    expect.objectContaining({ verdict: "guide", message: expect.stringMatching(message) }),
  );
});
