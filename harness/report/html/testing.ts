import axe from "axe-core";
import type { Page } from "playwright-core";
import type { RunRecord } from "../../record/record.ts";
import { sampleBlame, sampleDrift, sampleFailure, sampleRecord, sampleStep, sampleTest } from "../sample.ts";
import type { PageContext } from "./context.ts";

/** A word that does not break by itself. */
export const long = `${"/k8s/kubernetes/ssl/ca-key.pem,".repeat(4)}${"ac829673d2b22824".repeat(12)}`;
const steps = ["t71", "t72", "t76"].flatMap((machine) =>
  ["1.1", "2.4.4", "3.3.2"].map((section, index) =>
    sampleStep({
      key: `${section}/do-something-with-a-long-name@${machine}`,
      id: `${section}/do-something-with-a-long-name`,
      section,
      machine,
      command: `systemctl start etcd ${long}\necho done`,
      output: `${long}\n${"a line of output\n".repeat(60)}`,
      assists: index === 0 ? ["artifact-cache"] : [],
      startMs: 1000 * index,
    }),
  ),
);
const hops = [{ from: "kubectl", to: "apiserver", what: "Deployment", atMs: 12 }];
const tests = [
  sampleTest({ facts: { member: long } }),
  sampleTest({
    milestone: "ping",
    name: `pods on t72 reach those on t76 ${long}`,
    sections: ["3.3.2"],
    hops,
  }),
  sampleTest({ milestone: "soak", name: "does not grow: t72 memory of kubelet", drift: sampleDrift() }),
  sampleTest({
    milestone: "faults",
    name: "t76 without power: > the milestones are green afterwards",
    fault: {
      name: "t76 without power for a moment",
      undone: 1.1,
      wentOn: [
        "API reads",
        "API writes",
        "a new Deployment gets its ReplicaSet",
        "t72 follows changed endpoints",
      ],
      broke: [{ what: "pods of different nodes reach each other", from: 0.3, until: 6 }],
    },
  }),
];
/** Claims that say much and have no reasons, as those of a green run. */
const claims = ["a", "b"].map((id) => ({
  id: `5.1/kube-proxy-balances-${id}`,
  text: "kube-proxy passes a client's connection on to one of the pods behind the service; in its default mode, it picks one at random.",
  result: "proved" as const,
  tests: tests.slice(0, 1).map(({ milestone, outcome }) => ({
    milestone,
    name: "300 requests from t76 by ClusterIP: every backend answers, in equal shares",
    outcome,
  })),
}));
const { units } = sampleBlame();
const green = sampleRecord({ steps, tests, units, claims });

const failure = sampleFailure({
  message: `etcd of t71: is failed, not active\n- ${long}\n+ active`,
  step: steps[4]?.key ?? "",
  outputTail: `${long}\n${"no such file\n".repeat(30)}`,
});
const broken = steps.map((step, index) =>
  index === 4 ? { ...step, outcome: "failed" as const, failure } : step,
);
const red = sampleTest({ name: "etcd is healthy", outcome: "failed", failure });

export const ends: Readonly<Record<"green" | "red" | "infrastructure" | "interrupted", RunRecord>> = {
  green,
  red: {
    ...green,
    verdict: "guide",
    failure,
    steps: broken,
    tests: [red, ...tests],
    blames: ["etcd", "ping"].map((of) => sampleBlame({ of, tests: [red.name] })),
  },
  infrastructure: {
    ...green,
    verdict: "infrastructure",
    failure: { ...failure, verdict: "infrastructure", message: "t72 does not answer" },
    tests: [sampleTest({ outcome: "error", failure: { ...failure, verdict: "infrastructure" } })],
  },
  interrupted: {
    ...green,
    verdict: "interrupted",
    steps: steps.map((step, index) =>
      index < 3 ? step : { ...step, outcome: "skipped", skipped: "interrupted" },
    ),
    tests: [sampleTest({ outcome: "skipped", skipped: "not reached: interrupted" })],
  },
};

export const rich: Partial<PageContext> = {
  addresses: { line: ({ line }) => `guide.md?plain=1#L${line}`, run: (id) => `../${id}/report.html` },
  journals: [
    { machine: "t71", unit: "etcd", lines: [`etcd[1]: ${long}`, "etcd[1]: no leader"], usual: 20 },
    { machine: "t72", unit: "kubelet", lines: [], usual: 3 },
  ],
  green: {
    record: green,
    difference: {
      run: "20190401T091500-e2e-41",
      blocks: [
        {
          id: "2.4.4/do-something-with-a-long-name",
          location: { file: "g.md", line: 1 },
          kind: "changed",
          lines: [`- ${long}`, "+ b"],
        },
      ],
      inputs: [`erratum ${long}`],
      durations: [`${steps[0]?.key ?? ""} 1.2 s → 9.8 s`],
    },
  },
};

/** What of an open page its reader would miss, in light and dark: accessibility, and what is cut or lies beside the screen. */
export async function problemsOf(page: Page): Promise<string[]> {
  await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
  await page.evaluate(axe.source);
  const violations = (options: string): Promise<string[]> =>
    page.evaluate<string[]>(`axe.run(${options}).then(({ violations }) => violations.map(({ id, nodes }) =>
      id + ": " + nodes[0].html.slice(0, 200) + " " + nodes[0].failureSummary))`);
  const found = [...(await violations("")), ...(await page.evaluate<string[]>(cut))];
  await page.emulateMedia({ colorScheme: "dark" });
  return [...found, ...(await violations('{ runOnly: ["color-contrast"] }'))];
}

const cut = `(() => {
  const name = (element) => element.outerHTML.slice(0, 120);
  const shown = [...document.body.querySelectorAll("*")].filter((element) => element.checkVisibility() && !element.closest("svg svg, svg *"))
    // Where there is no room for columns their names are hidden.
    .filter((element) => getComputedStyle(element.closest("thead") ?? element).position !== "absolute");
  const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  const within = (element) => element !== null && (scrolls(element) || within(element.parentElement));
  const lines = (node, from, to) => {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    return new Set([...range.getClientRects()].map(({ top }) => top)).size;
  };
  const broken = (node) => [...node.data.matchAll(/(?<!\\S)[A-Za-z]{2,14}(?!\\S)/g)]
    .filter(({ 0: word, index }) => lines(node, index, index + word.length) > 1);
  const texts = shown.flatMap((element) => [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE));
  const { scrollWidth } = document.documentElement;
  return [
    ...(scrollWidth > innerWidth ? ["the page scrolls sideways: " + scrollWidth + " px"] : []),
    ...texts.flatMap(broken).map(({ 0: word, input }) => "broken: " + word + " in " + input.trim().slice(0, 80)),
    ...shown.filter((element) => getComputedStyle(element).overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1)
      .map((element) => "cut: " + name(element)),
    ...shown.filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !within(element))
      .map((element) => "beside the screen: " + name(element)),
  ];
})()`;
