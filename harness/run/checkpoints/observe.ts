import type { Step } from "../../guide/types.ts";
import { shownUnits } from "../../blame/units/units.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { sh } from "../../machines/ssh/sh.ts";
import { succeed } from "../../machines/ssh/succeed.ts";

/** systemctl(1), ss(8) and ip(8) of CentOS 7 and later; each part begins with a line of its own. */
const look = sh`
echo '== units'
systemctl show '*.service' --property=Id,ActiveState,SubState,UnitFileState,FragmentPath
echo '== range'
cat /proc/sys/net/ipv4/ip_local_port_range
echo '== listening'
ss -tln
echo '== addresses'
ip -o -4 addr show
`;

/** What a machine has, as far as it ought to have it again after a boot. */
export type Observed = {
  /** `unit etcd.service`, `port *:6443`, `address docker0 10.1.7.1/24`. */
  readonly up: readonly string[];
  /** Of the same form: units that systemd has given up. */
  readonly failed: readonly string[];
  /** These, and units that systemd is about to start again because they ended badly. */
  readonly failing: readonly string[];
};

/** Asks a machine what is up. InfrastructureError if it does not say. */
export async function observe(connection: Connection): Promise<Observed> {
  return parseObserved(
    await succeed(connection, look, "it does not say what is up on it", { limit: "question" }),
  );
}

/** Reads what the commands of `look` print. */
export function parseObserved(printed: string): Observed {
  const part = (name: string): string => printed.split(`== ${name}\n`)[1]?.split(/^== /m)[0] ?? "";
  const lines = (name: string): string[][] =>
    part(name)
      .split("\n")
      .filter(Boolean)
      .map((line) => line.trim().split(/\s+/));
  const units = shownUnits(part("units"));
  const named = (state: string): string[] =>
    units.filter((unit) => unit.get("ActiveState") === state).map(nameOf);
  const wanted = new Set(units.filter(isWanted).map(nameOf));
  const [low = 0, high = 0] = (lines("range")[0] ?? []).map(Number);
  // The first line of ss names the columns.
  const ports = lines("listening")
    .slice(1)
    .map(([, , , address = ""]) => address)
    .filter((address) => {
      const port = Number(address.slice(address.lastIndexOf(":") + 1));
      return port < low || port > high;
    });
  const addresses = lines("addresses").filter(([, name = ""]) => !/^(lo|veth.*)$/.test(name));
  return {
    up: [
      ...named("active").filter((unit) => wanted.has(unit)),
      ...new Set(ports.map((address) => `port ${address}`)),
      ...addresses.map(([, name, , address]) => `address ${name} ${address}`),
    ],
    failed: named("failed"),
    failing: units
      .filter((unit) => unit.get("ActiveState") === "failed" || unit.get("SubState") === "auto-restart")
      .map(nameOf),
  };
}

type Unit = ReturnType<typeof shownUnits>[number];

const nameOf = (unit: Unit): string => `unit ${unit.get("Id")}`;

/** Whether somebody enabled a service, or installed it; not what a socket starts for each connection (systemd.socket(5), `Accept=`). */
const isWanted = (unit: Unit): boolean =>
  !/@\d+-/.test(unit.get("Id") ?? "") &&
  (/^(enabled|disabled)/.test(unit.get("UnitFileState") ?? "") ||
    unit.get("FragmentPath")?.startsWith("/etc/") === true);

/** Units of a machine that steps have started and that do not stay up. */
export function failingOf(
  { machine, failing }: { readonly machine: string } & Pick<Observed, "failing">,
  steps: readonly Pick<Step, "effects">[],
): string[] {
  const started = steps.flatMap(({ effects }) =>
    effects.filter((effect) => effect.machine === machine && effect.does === "starts"),
  );
  const names = new Set(started.map(({ what }) => what));
  return failing
    .map((unit) => unit.replace(/^unit (.*?)(?:\.service)?$/, "$1"))
    .filter((unit) => names.has(unit))
    .map((unit) => `${unit} of ${machine}`);
}
