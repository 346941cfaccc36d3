import { expect, test } from "vitest";
import { defaultSettings } from "../../settings/settings.ts";
import { command } from "../command/command.ts";
import { soakAsked, soakOptions } from "./soak.ts";

const parsed = (...words: string[]) => soakOptions(command("soak", "")).parse(words, { from: "user" }).opts();

test("an hour unless told, and minutes to try it", () => {
  expect(parsed()).toEqual({ hours: 1 });
  expect(parsed("--hours", "0.05", "--seed", "42")).toEqual({ hours: 0.05, seed: 42 });
});

test.each(["0.04", "25", "1h", "", "-1", "Infinity"])("--hours %j is refused", (hours) => {
  expect(() => parsed(`--hours=${hours}`)).toThrow("--hours takes a number from 0.05 to 24");
});

test.each(["x", "0", "1.5", "99999999999999999999"])("--seed %j is refused", (seed) => {
  expect(() => parsed(`--seed=${seed}`)).toThrow("--seed takes a whole number from 1");
});

test("a seed that is given is taken, another one is drawn otherwise", () => {
  expect(soakAsked(defaultSettings, { hours: 1, seed: 42 })).toEqual({ hours: 1, seed: 42 });
  const seeds = Array.from({ length: 5 }, () => soakAsked(defaultSettings, { hours: 1 }).seed);
  expect(new Set(seeds).size).toBeGreaterThan(1);
});

test("a soak that the run's deadline would end is refused, with the deadline that it needs", () => {
  const refused = expect.objectContaining({
    verdict: "usage",
    details: { hint: "--deadline 5h gives it enough time." },
  });
  expect(() => soakAsked(defaultSettings, { hours: 4 })).toThrow(refused);
  expect(soakAsked({ ...defaultSettings, deadline: 5 * 3_600_000 }, { hours: 4, seed: 1 })).toEqual({
    hours: 4,
    seed: 1,
  });
});
