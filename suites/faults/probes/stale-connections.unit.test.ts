import { expect, test } from "vitest";
import { lostWords, unansweredIn } from "./stale-connections.ts";

const ip = "10.254.248.85";
const tracked = `120
ipv4     2 tcp      6 86398 ESTABLISHED src=192.168.4.72 dst=192.168.4.71 sport=35394 dport=6443 src=192.168.4.71 dst=192.168.4.72 sport=6443 dport=35394 [ASSURED] mark=0 zone=0 use=2
ipv4     2 tcp      6 117 SYN_SENT src=10.254.52.3 dst=10.254.248.85 sport=55350 dport=80 [UNREPLIED] src=10.254.53.4 dst=10.254.52.3 sport=8080 dport=55350 mark=0 zone=0 use=2
ipv4     2 tcp      6 80 SYN_SENT src=10.254.52.3 dst=10.254.248.85 sport=55352 dport=80 [UNREPLIED] src=10.254.53.5 dst=10.254.52.3 sport=8080 dport=55352 mark=0 zone=0 use=2
ipv4     2 tcp      6 118 SYN_SENT src=10.254.52.3 dst=10.254.9.9 sport=55354 dport=80 [UNREPLIED] src=10.254.53.6 dst=10.254.52.3 sport=8080 dport=55354 mark=0 zone=0 use=2
`;
const rule = (to: string): string =>
  `-A KUBE-SEP-LUTRN3U6TD7YVZWQ -p tcp -m tcp -j DNAT --to-destination ${to}:8080\n`;

const service = `-A KUBE-SERVICES -d ${ip}/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-TCOU7JCQXEZGVUNU\n`;

const to = "10.254.53.4";

test.each([
  [
    "no rule sends there, so another connection had gone there before",
    service + rule("10.254.53.2"),
    3,
    [{ to, stale: true }],
  ],
  ["a rule still sends there", service + rule("10.254.53.2") + rule(to), 3, [{ to, stale: false }]],
  ["no rule knows the Service any more", rule("10.254.53.2"), 3, [{ to, stale: false }]],
  ["there are no rules of that kind", "", 3, [{ to, stale: false }]],
  ["nobody has tried it in that time", service + rule("10.254.53.2"), 2, []],
])("a connection without an answer: %s", (_, rules, seconds, found) => {
  expect(unansweredIn(tracked + rules, ip, seconds)).toEqual(found);
});

test("a Service's own address, to which its connection went while there were no rules, is as stale once there are some", () => {
  const astray = tracked.replace(`src=${to} `, `src=${ip} `);
  const found = (rules: string) => unansweredIn(astray + rules, ip, 3);
  expect(found(service + rule(to))).toEqual([{ to: ip, stale: true }]);
  expect(found(rule(to))).toEqual([{ to: ip, stale: false }]);
});

test("a machine that shows nothing has none", () => {
  expect(unansweredIn("", ip, 3)).toEqual([]);
});

const stale = { to, stale: true };
const lost = { to: "10.254.53.2", stale: false };

test.each([
  ["all of them were stale", 2, [stale, stale], ""],
  [
    "a rule sent one of them",
    2,
    [stale, lost],
    "2 of 4 requests had no answer, sent to 10.254.53.4, 10.254.53.2",
  ],
  ["fewer are stale than had no answer", 2, [stale], "2 of 4 requests had no answer, sent to 10.254.53.4"],
  ["nobody knows where they went", 1, [], "1 of 4 requests had no answer"],
])("requests without an answer count unless all are stale: %s", (_, missing, all, words) => {
  expect(lostWords(missing, 4, all)).toBe(words);
});
