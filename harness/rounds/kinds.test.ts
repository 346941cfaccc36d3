import { expect, test } from "vitest";
import { processRedactor } from "../secrets/redact.ts";
import { defaultSettings, planOf } from "../settings/settings.ts";
import { kinds } from "./kinds.ts";
import { loadMutants } from "./mutants/catalogue.ts";
import { loadEntries } from "./repro/catalogue/catalogue.ts";

test("no case has a name that the redactor takes for a secret: a result is known by it", async () => {
  const { groups } = await planOf(defaultSettings);
  const cases = [await loadMutants(), await loadEntries(), groups].flat().map(({ id }) => ({ id, step: id }));
  expect(processRedactor.value(cases)).toEqual(cases);
});

test("kinds have names of their own", () => {
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
});
