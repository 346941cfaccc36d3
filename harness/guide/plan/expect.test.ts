import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchOutput } from "./expect.ts";

const matches = (expected: string, actual: string): boolean => matchOutput(expected, actual).matches;

describe("wildcards", () => {
  test.each<[string, string[], string[]]>([
    [
      "{{age}}",
      ["102s", "5m13s", "2d3h", "0s", "3h20m", "47h", "400d", "2y100d", "9y"],
      ["", "5", "s", "5m13", "13s5m", "1h5s", "2d3m", "1.5s", "-3s", "<invalid>"],
    ],
    [
      "{{hash}}",
      [
        "ac829673d2b22824",
        "ij3py9j-yi-eoa8sOHMDs7VeTQtMv0N3Efj3ByZLMdc",
        "663eb46fb81c4cf2a9bedb84bea03582",
        "_csrNameOfNoDigits-",
      ],
      [
        "ac829673d2b2282",
        "kubelet-bootstrap",
        "kubelet-bootstrap 1",
        "ac829673 d2b22824",
        "ac829673d2b22824=",
      ],
    ],
    [
      "{{ip}}",
      ["192.168.4.71", "0.0.0.0", "255.255.255.255"],
      ["256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "::1", "1.2.3.4:80"],
    ],
    [
      "{{time}}",
      ["2019-04-01T12:00:00Z", "2019-04-01 12:00:00.123+08:00", "Nov 23 12:11:00", "Nov  3 02:11:59"],
      [
        "2019-13-01T12:00:00Z",
        "2019-04-01T24:00:00Z",
        "2019-04-01",
        "2019-04-01T12:00:00",
        "Foo 23 12:11:00",
        "12:11:00",
      ],
    ],
    ["{{word}}", ["x", "a-b/c:d", "é"], ["", "a b", "a\tb"]],
    [
      "node-csr-{{hash}} {{age}} kubelet-bootstrap",
      ["node-csr-ij3py9j-yi-eoa8sOHMDs7VeTQtMv 102s   kubelet-bootstrap"],
      ["node-csr- 102s kubelet-bootstrap"],
    ],
    ["a.b*{{word}}(c)", ["a.b*x(c)"], ["aXb*x(c)", "a.bbx(c)"]],
  ])("%s", (expected, good, bad) => {
    expect(good.filter((actual) => !matches(expected, actual))).toEqual([]);
    expect(bad.filter((actual) => matches(expected, actual))).toEqual([]);
  });
});

describe("lines", () => {
  test.each<[string, string, boolean]>([
    ["a\nb", "a\nb\n", true],
    ["a\nb", "a\r\nb\r\n\r\n", true],
    ["a  b", "a\t   b  ", true],
    ["a b", "ab", false],
    ["a", " a", false],
    ["a\nb", "a", false],
    ["a", "a\nb", false],
    ["a\nb", "b\na", false],
    ["", "\n", true],
    ["", "x", false],
    ["{{lines}}", "", true],
    ["{{lines}}", "x\ny", true],
    ["a\n{{lines}}", "a\nx\ny", true],
    ["a\n{{lines}}", "a", true],
    ["a\n{{lines}}", "x\na", false],
    ["{{lines}}\nb", "x\nb", true],
    ["{{lines}}\nb", "b\nx", false],
    ["a\n{{lines}}\na", "a", false],
    ["a\n{{lines}}\nb\nc\n{{lines}}\nd", "a\nb\nx\nb\nc\nd", true],
    ["a\n{{lines}}\nb\nc\n{{lines}}\nd", "a\nb\nx\nc\nd", false],
    ["{{lines}}\n{{lines}}", "x", true],
  ])("%j and %j: %j", (expected, actual, same) => {
    expect(matches(expected, actual)).toBe(same);
  });
});

describe("difference", () => {
  test.each<[string, string, number, string, string]>([
    ["a\nb\nc", "a\nx\nc", 2, "b", "x"],
    ["a\nb", "a\n", 2, "b", "(end of the output)"],
    ["a", "a\nb", 2, "(end of the output)", "b"],
    ["a", "", 1, "a", "(no output)"],
    ["a\nb", "a\n\nb", 2, "b", "(an empty line)"],
    ["a {{ip}}", "a 1.2.3", 1, "a {{ip}}", "a 1.2.3"],
    ["a\n{{lines}}\nb\nc", "a\nx\nb\nd", 4, "c", "d"],
    ["a\n{{lines}}\nb\nc\n{{lines}}\nz", "a\nx\nb\nd\nz", 4, "c", "d"],
    ["a\n{{lines}}\nb\nc\n{{lines}}\nz", "a\nb\nd\nb\ne\nz", 3, "c", "d"],
  ])("%j and %j: line %i", (expected, actual, line, wanted, found) => {
    expect(matchOutput(expected, actual)).toEqual({
      matches: false,
      difference: `line ${line} of the output\n  expected: ${wanted}\n  actual:   ${found}`,
    });
  });
});

const plain = fc.array(fc.string().filter((line) => !line.includes("{{"))).map((lines) => lines.join("\n"));

test("a text without wildcards matches itself, and a line more only where the guide allows it", () => {
  fc.assert(
    fc.property(plain, (text) => {
      expect(matchOutput(text, text)).toEqual({ matches: true });
      expect(matches(text, `${text}\nmore`)).toBe(false);
      expect(matches(`${text}\n{{lines}}`, `${text}\nmore`)).toBe(true);
    }),
  );
});

test("names of several folders stay below the folder that they were printed for", () => {
  const shown = "/a:\nca.pem  server.pem\n\n/b:\nca.pem  proxy.pem";
  const right = "/a:\nca.pem\nserver.pem\n\n/b:\nca.pem\nproxy.pem\n";
  const swapped = "/a:\nca.pem\nproxy.pem\n\n/b:\nca.pem\nserver.pem\n";
  expect(matchOutput(shown, right, { columns: true }).matches).toBe(true);
  expect(matchOutput(shown, swapped, { columns: true }).matches).toBe(false);
});
