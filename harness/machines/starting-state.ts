import { z } from "zod";
import type { Unprovable } from "../record/record.ts";
import type { Connection } from "./ssh/connection.ts";
import { sh } from "./ssh/sh.ts";
import { succeed } from "./ssh/succeed.ts";

/** What a machine was before the guide began, as far as it decides what a run proves. */
const stateSchema = z.object({
  /** As `/etc/centos-release` has it, or the system's own name. */
  os: z.string(),
  /** Its release, as `uname -r` prints it. */
  kernel: z.string(),
  /** `enforcing`, `permissive`, or `off` where the kernel has no policy. */
  selinux: z.string(),
  /** What systemd says of it: whether it runs, and whether it starts at boot; `absent` without its unit. */
  firewalld: z.string(),
});
export type StartingState = z.infer<typeof stateSchema>;

export const startingStatesSchema = z.record(z.string(), stateSchema);
export type StartingStates = z.infer<typeof startingStatesSchema>;

type Claim = {
  readonly claim: string;
  readonly fact: keyof StartingState;
  readonly starts: RegExp;
  readonly from: string;
};

/** What the guide starts from, and so what a machine must have been for its steps to prove anything of it. */
const claims: readonly Claim[] = [
  {
    claim: "CentOS 7.5.1804",
    fact: "os",
    starts: /^CentOS Linux release 7\.5\.1804\b/,
    from: "CentOS Linux release 7.5.1804",
  },
  { claim: "kernel", fact: "kernel", starts: /^3\.10\.0-862\..*el7/, from: "CentOS's 3.10.0-862" },
  { claim: "SELinux", fact: "selinux", starts: /^enforcing$/, from: "enforcing" },
  { claim: "firewalld", fact: "firewalld", starts: /^active, enabled$/, from: "active, enabled" },
];

export const askedClaims: readonly string[] = claims.map(({ claim }) => claim);

/** What is not known before there are machines, in a line; none if `cannotProve` has it all. */
export function stillToAsk(cannotProve: readonly Unprovable[]): string[] {
  const open = askedClaims.filter((claim) => !cannotProve.some((known) => known.claim === claim));
  if (open.length === 0) return [];
  return [`proved only if the machines have them when the guide begins: ${open.join(", ")}`];
}

/** What runs under systemd 219 and later, bash 4.2 and later; nothing in it fails. */
const script = sh`
echo "os $(cat /etc/centos-release 2>/dev/null || (. /etc/os-release && echo "$PRETTY_NAME"))"
echo "kernel $(uname -r)"
echo "selinux $(cat /sys/fs/selinux/enforce 2>/dev/null)"
echo "active $(systemctl is-active firewalld 2>/dev/null)"
echo "enabled $(systemctl is-enabled firewalld 2>/dev/null)"
`;

/**
 * Asks machines what they are, all at once; to be done before the guide's first step. InfrastructureError for one that
 * does not answer.
 */
export async function startingStates(connections: readonly Connection[]): Promise<StartingStates> {
  const asked = connections.map(async (connection): Promise<[string, StartingState]> => {
    const printed = await succeed(connection, script, "it does not say what it is", { limit: "question" });
    return [connection.machine, startingStateIn(printed)];
  });
  return Object.fromEntries(await Promise.all(asked));
}

export function startingStateIn(printed: string): StartingState {
  const lines = printed.split("\n").map((line): [string, string] => {
    const [word = "", ...rest] = line.split(" ");
    return [word, rest.join(" ").trim()];
  });
  const { os = "", kernel = "", selinux = "", active = "", enabled = "" } = Object.fromEntries(lines);
  return {
    os,
    kernel,
    selinux: selinux === "" ? "off" : selinux === "1" ? "enforcing" : "permissive",
    firewalld: enabled === "" || enabled === "not-found" ? "absent" : `${active}, ${enabled}`,
  };
}

/** What machines that were like this cannot prove; undefined for those that nobody looked at in time. */
export function unprovableFrom(states: StartingStates | undefined): Unprovable[] {
  if (!states) {
    const reason = "nobody looked at the machines before the guide began";
    return claims.map(({ claim }) => ({ claim, reason }));
  }
  return claims.flatMap(({ claim, fact, starts, from }) => {
    const others = Object.entries(states).filter(([, state]) => !starts.test(state[fact]));
    if (others.length === 0) return [];
    const found = [...Map.groupBy(others, ([, state]) => state[fact])].map(
      ([value, of]) => `${value} on ${conjunction.format(of.map(([machine]) => machine))}`,
    );
    return { claim, reason: `before the guide began: ${found.join("; ")}. The guide starts from ${from}` };
  });
}

const conjunction = new Intl.ListFormat("en-GB");
