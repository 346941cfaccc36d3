import { z } from "zod";
import type { Connection } from "../../machines/ssh/connection.ts";
import { InfrastructureError } from "../../errors.ts";

export const observedSchema = z.object({
  /** Services that are active and that somebody installed or enabled. */
  units: z.array(z.string()),
  /** Addresses and ports on which something listens, ephemeral ports left out: `*:6443`. */
  listening: z.array(z.string()),
  /** IPv4 addresses by interface: `docker0 10.254.7.1/24`; those of containers left out. */
  addresses: z.array(z.string()),
});

/** What is up on a machine, as far as it ought to be up again after a boot. */
export type Observed = z.infer<typeof observedSchema>;

/** systemctl(1), ss(8) and ip(8) of CentOS 7 and later; each part begins with a line of its own. */
const look = `
echo == units
systemctl show '*.service' --property=Id,ActiveState,UnitFileState,FragmentPath
echo == failed
systemctl list-units --type=service --state=failed --plain --no-legend --no-pager | cut -d' ' -f1
echo == range
cat /proc/sys/net/ipv4/ip_local_port_range
echo == listening
ss -tln
echo == addresses
ip -o -4 addr show
`;

/** Asks a machine what is up. `failed` are the services that systemd has given up. */
export async function observe(connection: Connection): Promise<Observed & { readonly failed: string[] }> {
  const result = await connection.exec(look, { deadline: 30_000 });
  if (result.exitCode === 0) return parseObserved(result.stdout);
  throw new InfrastructureError(`${connection.machine} does not say what is up on it`, {
    machine: connection.machine,
    exitCode: result.exitCode,
    outputTail: result.stderr.slice(-2000),
  });
}

/** Reads what the commands of `look` print. */
export function parseObserved(printed: string): Observed & { readonly failed: string[] } {
  const part = (name: string): string[] => {
    const [, after = ""] = printed.split(`== ${name}\n`);
    return (after.split(/^== /m)[0] ?? "").split("\n").filter(Boolean);
  };
  const unitsPart = printed.split("== units\n")[1]?.split(/^== /m)[0] ?? "";
  const [low = 32_768, high = 60_999] = (part("range")[0] ?? "").split(/\s+/).filter(Boolean).map(Number);
  return {
    units: unitsPart.split("\n\n").flatMap(unitIn).toSorted(),
    failed: part("failed"),
    listening: [
      ...new Set(
        part("listening").flatMap((line) => {
          const address = line.split(/\s+/)[3] ?? "";
          const port = Number(address.slice(address.lastIndexOf(":") + 1));
          return !(port > 0) || (port >= low && port <= high) ? [] : [address];
        }),
      ),
    ].toSorted(),
    addresses: part("addresses").flatMap((line) => {
      const [, name = "", , address = ""] = line.split(/\s+/);
      return /^(lo|veth.*)$/.test(name) ? [] : [`${name} ${address}`];
    }),
  };
}

/** A service that is active because somebody installed or enabled it, not because another asked for it once. */
function unitIn(properties: string): string[] {
  const value = (name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(properties)?.[1] ?? "";
  const wanted = value("UnitFileState").startsWith("enabled") || value("FragmentPath").startsWith("/etc/");
  return value("ActiveState") === "active" && wanted && value("Id") !== "" ? [value("Id")] : [];
}

/** What was up and is not, in words; nothing if all is up again. `final` if no waiting will bring it. */
export function missing(before: Observed, now: Observed & { readonly failed: readonly string[] }) {
  const gone = (name: "units" | "listening" | "addresses"): string[] =>
    before[name].filter((one) => !now[name].includes(one));
  const failed = gone("units").filter((unit) => now.failed.includes(unit));
  return {
    what: [
      ...gone("units").map((unit) => `${unit} is ${failed.includes(unit) ? "failed" : "not active"}`),
      ...gone("listening").map((address) => `nothing listens on ${address}`),
      ...gone("addresses").map((address) => `no address ${address}`),
    ],
    final: failed.length > 0,
  };
}
