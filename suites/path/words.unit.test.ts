import { expect, test } from "vitest";
import { inWords } from "./words.ts";

const inner = { from: "10.254.10.3", to: "10.254.58.4", macFrom: "02:42:0a:fe:0a:03", macTo: "", ttl: 63 };
const outer = {
  from: "192.168.4.76",
  to: "192.168.4.72",
  macFrom: "52:54:00:00:00:76",
  macTo: "",
  ttl: 64,
  port: 8472,
  vni: 1,
};
const told = "from 10.254.10.3 (02:42:0a:fe:0a:03) to 10.254.58.4 () with TTL 63";

test("a frame without a tunnel", () => expect(inWords(inner)).toBe(told));

test("a frame in a tunnel", () => {
  expect(inWords({ ...inner, outer })).toBe(
    `${told}, in vxlan 1 to port 8472, from 192.168.4.76 (52:54:00:00:00:76) to 192.168.4.72 () with TTL 64`,
  );
});

test("what is open is any, but only if it is one of its kind", () => {
  expect(inWords({ ...inner, outer }, ["macFrom", "macTo", "ttl"])).toBe(
    `${told}, in vxlan 1 to port 8472, from 192.168.4.76 (any) to 192.168.4.72 () with TTL any`,
  );
});
