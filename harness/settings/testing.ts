import { resolve } from "node:path";
import * as fc from "fast-check";
import { aboutSetting, type SettingName, settingsSchema } from "./schema.ts";

const path = fc.string({ minLength: 1 }).map((text) => resolve("/", text));

/** Values that a setting can have, found by asking the schema: a new setting is tried without a word here. */
export function valuesOf(name: SettingName): fc.Arbitrary<unknown> {
  const accepts = (value: unknown): boolean => settingsSchema.shape[name].safeParse(value).success;
  const value: fc.Arbitrary<unknown> = accepts(true)
    ? fc.boolean()
    : accepts(1)
      ? fc.integer({ min: 1, max: 50 })
      : accepts("any")
        ? name === "cluster"
          ? fc.stringMatching(/^[a-z\d][a-z\d-]{0,19}$/)
          : fc.string()
        : accepts("/any")
          ? path
          : fc.array(accepts(["any"]) ? fc.string() : path, { maxLength: 4 });
  return aboutSetting(name).initial === undefined ? fc.option(value, { nil: undefined }) : value;
}
