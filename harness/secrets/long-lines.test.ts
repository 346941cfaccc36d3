import { assert, array, integer, nat, property, string } from "fast-check";
import { expect, test } from "vitest";
import { RecordedStream } from "./recorded-stream.ts";
import { Redactor } from "./redact.ts";

const secret = "663eb46fb81c4cf2a9bedb84bea03582";

/** A text in pieces, as it comes over a wire. */
function inPieces(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}

const through = (stream: Redactor | RecordedStream, pieces: readonly string[]): string =>
  pieces.map((piece) => stream.push(piece)).join("") + stream.end();

test("of a line that is too long the beginning is kept, with no part of a secret that was cut, whatever the chunks", () => {
  assert(
    property(integer({ min: 16_330, max: 16_400 }), nat(30_000), array(nat()), (before, after, cuts) => {
      const text = `first\n${"x".repeat(before)} ${secret} ${"y".repeat(after)}\nlast\n`;
      const out = through(new Redactor([secret]), inPieces(text, cuts));
      expect(out).not.toContain(secret.slice(0, 4));
      expect(out).toMatch(/^first\nx{11000}[^\n]*\nlast\n$/);
      expect(out.length).toBeLessThan(17_000);
      expect(out).toBe(new Redactor([secret]).text(text));
    }),
  );
});

test("what is short is as it was, whatever the chunks", () => {
  assert(
    property(array(string()), array(nat()), (lines, cuts) => {
      const text = lines.join("\n");
      expect(through(new Redactor(), inPieces(text, cuts))).toBe(new Redactor().text(text));
    }),
  );
});

test("200 MB on one line are read, and a few kilobytes are left of them", () => {
  const chunk = "token=a1 Ab1+/usr/a-b.c ".repeat(2048);
  const redactor = new Redactor([secret]);
  for (let length = 0; length < 200e6; length += chunk.length) expect(redactor.push(chunk)).toBe("");
  const out = redactor.end();
  expect(out.length).toBeLessThan(16_384);
  expect(out).toMatch(/… \d+ more characters of this line are left out$/);
});

test("of a stream the beginning and the end are recorded", () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} has ${secret}`);
  assert(
    property(array(nat(), { maxLength: 3 }), (cuts) => {
      const out = through(
        new RecordedStream(new Redactor([secret])),
        inPieces(`${lines.join("\n")}\n`, cuts),
      );
      expect(out.startsWith("line 0 has [redacted]\nline 1 has")).toBe(true);
      expect(out.endsWith("line 19999 has [redacted]\n")).toBe(true);
      expect(out).toMatch(/\n… \d+ characters are left out …\nline \d+ has/);
      expect(out).not.toContain(secret.slice(0, 4));
      expect(out.length).toBeLessThan(330_000);
    }),
    { numRuns: 3 },
  );
  expect(through(new RecordedStream(new Redactor()), ["a\n", "b"])).toBe("a\nb");
});

/** Lines that a stream is filled up with. */
const filler = `${"x".repeat(79)}\n`;

test("of a secret that stands where the record of a stream is cut off nothing is recorded", () => {
  const beginning = filler.repeat(3276);
  for (const part of [1, 16, 31]) {
    const before = "y".repeat(256 * 1024 - beginning.length - part);
    const text = `${beginning}${before}${secret}\n${filler.repeat(2000)}`;
    const out = through(new RecordedStream(new Redactor([secret])), [text]);
    const left = before.length + part;
    expect(out.includes(`y${secret.slice(0, part)}`)).toBe(false);
    expect(out).toContain(`${filler}… ${left} more characters of this line are left out\n… `);
  }
});

test("of a key whose beginning is left out nothing is recorded", () => {
  const lines = "MHcCAQEEIIabcd0123456789MHcCAQEEIIabcd0123456789MHcCAQEEIIabcd01\n".repeat(50);
  const key = `-----BEGIN RSA PRIVATE KEY-----\n${lines}bGFzdCBsaW5l\n-----END RSA PRIVATE KEY-----\n`;
  const text = `${filler.repeat(4000)}${key}after the key\n${filler.repeat(800)}`;
  const out = through(new RecordedStream(new Redactor()), [text]);
  expect(/MHcC|bGFz/.test(out)).toBe(false);
  expect(/\n… \d+ characters are left out …\nafter the key\nx/.test(out)).toBe(true);
});
