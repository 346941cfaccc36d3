import { array, assert, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { Output } from "./output.ts";

test("of a stream so many bytes are kept, half of its beginning and half of its end", () => {
  assert(
    property(array(uint8Array({ maxLength: 40 })), (chunks) => {
      const output = new Output(undefined, 64);
      for (const chunk of chunks) output.push("stdout", Buffer.from(chunk));
      const [all, { stdout, leftOut }] = [Buffer.concat(chunks), output.end()];
      const gap = leftOut === 0 ? "" : `\n… ${leftOut} bytes are left out …\n`;
      expect(stdout.length - Buffer.byteLength(gap)).toBe(all.length - leftOut);
      expect(stdout.subarray(0, 32)).toEqual(all.subarray(0, 32));
      expect(stdout.subarray(-32)).toEqual(all.subarray(-32));
      // A chunk of the end goes as a whole.
      expect(all.length - leftOut).toBeLessThan(64 + 40);
      expect(leftOut === 0 || all.length > 64).toBe(true);
    }),
  );
});

test("whoever listens hears all of it", () => {
  let heard = 0;
  const output = new Output(({ text }) => void (heard += text.length), 1024);
  for (let index = 0; index < 1000; index += 1) output.push("stderr", Buffer.alloc(1000, "x"));
  expect(output.end()).toMatchObject({ leftOut: expect.closeTo(1e6, -4) });
  expect(heard).toBe(1e6);
});
