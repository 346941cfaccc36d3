import { expect, test } from "vitest";
import { sampleRoundPage } from "../sample.ts";

const text = sampleRoundPage()
  .replaceAll(/<style>[^]*<\/style>|<script>[^]*<\/script>|<[^>]*>/gu, " ")
  .replaceAll(/\s+/gu, " ");

test("the page of a round begins with what it came to, then what differs from before, then the cases", () => {
  expect(text).toMatch(
    /Suites on trial: failed 1 survived, 1 not judged, 2 killed [^]*Since the cases were last judged 2 cases judged before, too: 1 min 20 s in total then, 2 min 50 s now/u,
  );
  expect(text).toMatch(
    /result mutant-1 killed → survived 2019-03-31 02:00 UTC at 0123456789ab with source on nspawn duration mutant-1 40\.0 s → 1 min 25 s/u,
  );
  expect(text).toMatch(
    /Cases 4 cases, by result failed survived 1 case [^]* failed mutant-1 was killed 3\.3\.1 1 min 25 s was 40\.0 s link to this fixtures\/guide\/mutants\/mutant-1\.yaml:1 etcd is failed, not active to be noticed by etcd error not judged 1 case/u,
  );
});

test("what failed is open, and what is good is folded", () => {
  const open = [...sampleRoundPage().matchAll(/<details[^>]* id="([^"]+)"[^>]*?(open)?\s*>/gu)];
  expect(open.filter(([, , isOpen]) => isOpen).map(([, id]) => id)).toEqual([
    "result/survived",
    "case/mutant-1",
    "result/not-judged",
    "case/mutant-2",
  ]);
});
