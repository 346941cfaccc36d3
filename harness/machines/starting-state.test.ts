import { expect, test } from "vitest";
import {
  askedClaims,
  type StartingState,
  startingStateIn,
  stillToAsk,
  unprovableFrom,
} from "./starting-state.ts";

const centos: StartingState = {
  os: "CentOS Linux release 7.5.1804 (Core)",
  kernel: "3.10.0-862.2.3.el7.x86_64",
  selinux: "enforcing",
  firewalld: "active, enabled",
};
const claims = (...states: StartingState[]): string[] =>
  unprovableFrom(Object.fromEntries(states.map((state, index) => [`t7${index + 1}`, state]))).map(
    ({ claim }) => claim,
  );

test("machines that are all that the guide starts from leave nothing open", () => {
  expect(claims(centos, centos, centos)).toEqual([]);
});

test.each<[string, Partial<StartingState>]>([
  ["CentOS 7.5.1804", { os: "CentOS Linux release 7.9.2009 (Core)" }],
  ["CentOS 7.5.1804", { os: "Debian GNU/Linux 12 (bookworm)" }],
  ["kernel", { kernel: "3.10.0-1160.el7.x86_64" }],
  ["SELinux", { selinux: "permissive" }],
  ["SELinux", { selinux: "off" }],
  ["firewalld", { firewalld: "inactive, disabled" }],
  ["firewalld", { firewalld: "active, disabled" }],
  ["firewalld", { firewalld: "absent" }],
])("%s is not proved by one machine that has %o", (claim, found) => {
  expect(claims(centos, { ...centos, ...found })).toEqual([claim]);
});

test("the reason says what was found where", () => {
  const box = { ...centos, firewalld: "inactive, disabled" };
  expect(unprovableFrom({ t71: box, t72: box, t76: { ...centos, firewalld: "absent" } })).toEqual([
    {
      claim: "firewalld",
      reason:
        "before the guide began: inactive, disabled on t71 and t72; absent on t76. The guide starts from active, enabled",
    },
  ]);
});

test("before there are machines, what is known of none of them is still to be asked", () => {
  expect(stillToAsk([{ claim: "kernel", reason: "shared" }])).toEqual([
    "proved only if the machines have them when the guide begins: CentOS 7.5.1804, SELinux, firewalld",
  ]);
  expect(stillToAsk(askedClaims.map((claim) => ({ claim, reason: "" })))).toEqual([]);
});

test("nothing is proved of machines that nobody looked at before the guide began", () => {
  expect(unprovableFrom(undefined)).toEqual(
    ["CentOS 7.5.1804", "kernel", "SELinux", "firewalld"].map((claim) => ({
      claim,
      reason: "nobody looked at the machines before the guide began",
    })),
  );
});

test.each<[string, string, StartingState]>([
  [
    "the box of CentOS, whose firewalld is disabled",
    "os CentOS Linux release 7.5.1804 (Core) \nkernel 3.10.0-862.2.3.el7.x86_64\nselinux 1\nactive inactive\nenabled disabled\n",
    { ...centos, firewalld: "inactive, disabled" },
  ],
  [
    "systemd 219 without the unit",
    "os CentOS Linux release 7.5.1804 (Core)\nkernel 3.10.0-862.el7.x86_64\nselinux 0\nactive unknown\nenabled \n",
    { ...centos, kernel: "3.10.0-862.el7.x86_64", selinux: "permissive", firewalld: "absent" },
  ],
  [
    "systemd 252 without the unit or SELinux",
    "os Debian GNU/Linux 12 (bookworm)\nkernel 6.1.0-28-cloud-amd64\nselinux \nactive inactive\nenabled \n",
    {
      os: "Debian GNU/Linux 12 (bookworm)",
      kernel: "6.1.0-28-cloud-amd64",
      selinux: "off",
      firewalld: "absent",
    },
  ],
])("is read of %s", (_, printed, state) => {
  expect(startingStateIn(printed)).toEqual(state);
});
