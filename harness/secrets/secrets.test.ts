import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Redactor } from "./redact.ts";
import { forms, planOf, plans, stepOf, traces } from "./sample.ts";
import { secretsOf } from "./secrets.ts";

test.each(Object.entries(plans))("a secret of the guide is known: %s", (_way, write) => {
  const secret = "abcdefgh1jklmnop";
  expect(secretsOf(planOf(stepOf(write(secret))))).toContain(secret);
});

test.each(Object.entries(forms))("%s is taken out wherever it stands", (_name, arbitrary) => {
  fc.assert(
    fc.property(arbitrary, fc.array(fc.nat()), (one, cuts) => {
      const text = `before it\n${one.text}\nafter that\n`;
      const redactor = new Redactor();
      const places = [...cuts.map((cut) => cut % text.length).toSorted((a, b) => a - b), text.length];
      const out =
        places
          .map((place, index) => redactor.push(text.slice(index === 0 ? 0 : places[index - 1], place)))
          .join("") + redactor.end();
      expect(traces(one).filter((trace) => out.includes(trace))).toEqual([]);
      expect(new Redactor().text(out)).toBe(out);
      expect(out).toMatch(/^before it\n[^]*\nafter that\n$/);
    }),
    { numRuns: 30 },
  );
});
