import { expect, test } from "vitest";
import { breaches } from "./testing.ts";

const whole = (cases: string, counts = 'tests="1" failures="0" errors="0" skipped="0"'): string =>
  `<testsuites name="a" ${counts}><testsuite name="a" ${counts} time="1.5">${cases}</testsuite></testsuites>`;

const none = 'tests="0" failures="0" errors="0" skipped="0"';

test("a file as readers take it has no breach", () => {
  const properties = '<properties><property name="a" value="b"/></properties>';
  const xml = `<testcase classname="guide.2-4" name="a" time="0.123" file="a.md" line="3">${properties}<system-out>x</system-out></testcase>`;
  expect(breaches(whole(properties + xml))).toEqual([]);
});

test.each([
  ["<a>", "it is no XML"],
  ["<testsuite/>", "its root is not testsuites"],
  [whole('<testcase name="a"/>'), "testcase has no classname"],
  [whole('<testcase classname="a" name="a" machine="t71"/>'), "testcase has machine"],
  [whole('<properties><property name="a" value=""/></properties>', none), "property a is empty"],
  [whole('<testcase classname="a" name="a"><reason/></testcase>'), "reason in testcase"],
  [whole('<testcase classname="a" name="a">said</testcase>'), "text in testcase"],
  [whole('<testcase classname="a" name="a" time="85.13589999999999"/>'), "testcase takes 85.13589999999999"],
  [whole('<testcase classname="guide.2.4" name="a"/>'), "guide.2.4 falls apart at its last dot"],
  [whole('<testcase classname="a" name="a" line="3"/>'), "a is in line 3 of undefined"],
  [whole('<testcase classname="a" name="a" file="a" line="0"/>'), "a is in line 0 of a"],
])("%s: %s", (xml, breach) => {
  expect(breaches(xml)).toEqual([breach]);
});

test("counts that do not add up, a case that is there twice, two ends, an end without words", () => {
  const twice = '<testcase classname="a" name="a"><failure/><skipped message="b"/></testcase>'.repeat(2);
  expect(breaches(whole(twice, 'tests="2" failures="2" errors="0" skipped="2"'))).toEqual([
    "a is there twice",
    "a has 2 ends",
    "failure of a has no message",
    "a has 2 ends",
    "failure of a has no message",
  ]);
  expect(breaches(whole("", 'tests="0" failures="1" errors="0" skipped="0"'))).toEqual([
    "testsuites says 1 failures, and has 0",
    "testsuite says 1 failures, and has 0",
  ]);
});
