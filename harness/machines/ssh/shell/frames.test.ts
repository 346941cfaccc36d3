import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader, newNonce, type OutputPiece } from "./frames.ts";

const nonce = newNonce();

function readAll(chunks: readonly Buffer[]): { text: string; frames: OutputPiece[] } {
  const reader = new FrameReader(nonce);
  const pieces = chunks.flatMap((chunk) => reader.push(chunk));
  const text = pieces.flatMap((piece) => ("text" in piece ? [piece.text] : []));
  return {
    text: Buffer.concat([...text, reader.rest()]).toString("latin1"),
    frames: pieces.filter((piece) => "frame" in piece),
  };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

test("finds frames and leaves every other byte alone, however the stream is cut", () => {
  // Beginnings of the nonce are what a careless reader would hold back or lose.
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.nat(nonce.bytes.length - 1).map((length) => nonce.bytes.subarray(0, length)),
  );
  fc.assert(
    fc.property(text, text, fc.nat(255), fc.array(fc.nat(500)), (before, after, code, places) => {
      // One nonce in 16 ends as it begins: all but its end, then the nonce, is the nonce one byte earlier.
      fc.pre(Buffer.concat([before, nonce.bytes]).indexOf(nonce.bytes) === before.length);
      const frame = Buffer.concat([
        nonce.bytes,
        Buffer.from(`ready ${code}\0/tmp/ä\n\0declare -x A="1\n2"\n\0[1]+ 7 Running a &\n\0`),
      ]);
      const { text: rest, frames } = readAll(cut(Buffer.concat([before, frame, after]), places));
      expect(rest).toBe(Buffer.concat([before, after]).toString("latin1"));
      expect(frames).toEqual([
        {
          frame: {
            kind: "ready",
            value: code,
            cwd: "/tmp/ä",
            environment: 'declare -x A="1\n2"\n',
            jobs: "[1]+ 7 Running a &\n",
          },
        },
      ]);
    }),
  );
});

test("hands text on at once unless it may be the beginning of a frame", () => {
  const reader = new FrameReader(nonce);
  expect(reader.push(Buffer.from("Password: "))).toEqual([{ text: Buffer.from("Password: ") }]);
  expect(reader.push(nonce.bytes.subarray(0, 5))).toEqual([]);
  expect(reader.push(Buffer.from("!"))).toEqual([
    { text: Buffer.concat([nonce.bytes.subarray(0, 5), Buffer.from("!")]) },
  ]);
});
