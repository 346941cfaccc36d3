import { expect, test } from "vitest";
import { processRedactor } from "../../secrets/redact.ts";
import { shownKey } from "./checkpoints.ts";

test("the key of a checkpoint that is shown is not taken for a secret", () => {
  const key = shownKey("026e3d2914c7f05ab1d2e3f405162738");
  expect(processRedactor.value({ key })).toEqual({ key: "026e3d29" });
});
