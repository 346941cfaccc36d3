import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorExit, parseRecords, spoken, type VagrantRecord } from "./machine-readable.ts";

/** As vagrant 2.3.4 writes a record: lib/vagrant/ui.rb. */
const written = ({ time, target, type, data }: VagrantRecord): string =>
  `${time},${target},${type},${data
    .map((field) =>
      field.replaceAll(",", "%!(VAGRANT_COMMA)").replaceAll("\n", "\\n").replaceAll("\r", "\\r"),
    )
    .join(",")}\n`;

const word = fc.stringMatching(/^[a-z-]{1,12}$/);
// A backslash before an n cannot be told from a line end: vagrant does not write it otherwise.
const field = fc.string().filter((text) => !text.includes("\\") && !text.includes("%!(VAGRANT_COMMA)"));
const anyRecord: fc.Arbitrary<VagrantRecord> = fc.record({
  time: fc.nat(),
  target: fc.oneof(fc.constant(""), word),
  type: word,
  data: fc.array(field, { minLength: 1 }),
});

describe("vagrant's machine-readable output", () => {
  it("is read as it was written, commas and line ends included", () => {
    fc.assert(
      fc.property(fc.array(anyRecord), (records) => {
        expect(parseRecords(records.map(written).join(""))).toEqual(records);
      }),
    );
  });

  it("never fails, whatever else is between its lines", () => {
    fc.assert(
      fc.property(fc.array(anyRecord), fc.array(fc.stringMatching(/^[^\d\n][^\n]*$/)), (records, noise) => {
        const text = records.map((record, index) => `${noise[index] ?? "warning: x"}\n${written(record)}`);
        expect(parseRecords(text.join(""))).toEqual(records);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void parseRecords(text)));
  });

  it("ends with the error that ended vagrant", () => {
    const records = parseRecords(
      "1795517983,t71,action,up,start\n1795517983,,error-exit,Vagrant::Errors::ProviderNotFound,The provider 'x' could not be found%!(VAGRANT_COMMA) but was requested to\\nback the machine 't71'.\n",
    );
    expect(errorExit(records)).toEqual({
      name: "Vagrant::Errors::ProviderNotFound",
      message: "The provider 'x' could not be found, but was requested to\nback the machine 't71'.",
    });
    expect(errorExit(parseRecords("1,t71,action,up,end\n"))).toBeUndefined();
  });

  it("tells a person what vagrant told", () => {
    const text =
      "1,t71,ui,info,==> t71: Starting domain.\n1,t71,action,up,end\n2,,ui,error,Bad%!(VAGRANT_COMMA) bad\n";
    expect(spoken(parseRecords(text))).toBe("==> t71: Starting domain.\nBad, bad");
  });
});
