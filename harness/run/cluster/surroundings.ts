import { tmpdir } from "node:os";
import type { Context } from "../../context.ts";
import { GuideFailure, type HarnessError, InfrastructureError, toHarnessError } from "../../errors.ts";
import { freeBytes } from "../../host/files.ts";
import { parseLoad, parsePressure } from "../../host/load.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { cacheRoot, projectRoot, stateRoot } from "../../host/paths.ts";
import {
  type EnvironmentEvidence,
  type Disk,
  isOfLoad,
  judge,
  type MachineEvidence,
} from "../../blame/judge.ts";
import { killer } from "../../blame/kill.ts";
import { sh } from "../../machines/ssh/sh.ts";
import { ask } from "../../machines/ssh/succeed.ts";
import { kubeletRoom, kubeletScript, linesOf } from "./kubelet-room.ts";
import type { LoadWatch } from "./load-watch.ts";

/** Milliseconds that are looked at where nobody says how long was waited. */
const lastMinute = 60 * 1000;

/** What of a machine changes only if something happens to it; what it did not say is absent. */
type Baseline = { readonly boot?: string; readonly oomKills?: number; readonly carrier?: number };

type Watched = {
  readonly connections: readonly Connection[];
  readonly machines: readonly MachineSpec[];
  readonly context: Context;
  readonly load: LoadWatch;
  /** Whether the machines are other hosts, whose load nobody watches. */
  readonly isRemote?: boolean;
};

/** Machines, network, disks and load around the guide: what is looked at before the guide is blamed. */
export class Surroundings {
  readonly #watched: Watched;
  readonly #before = new Map<string, Baseline>();
  /** How often the links of machines have changed until somebody changed them on purpose. */
  readonly #linkChanges = new Map<string, number>();
  readonly #away = new Set<string>();
  readonly #begun = performance.now();

  private constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** Looks at the machines as they are before anything is done to them. */
  static async of(watched: Watched): Promise<Surroundings> {
    const surroundings = new Surroundings(watched);
    await surroundings.rebase(watched.machines.map(({ name }) => name));
    return surroundings;
  }

  /** Compares machines with how they are now, for they were booted on purpose; what ran out of memory before still counts. */
  async rebase(machines: readonly string[]): Promise<void> {
    const booted = this.#watched.connections.filter(({ machine }) => machines.includes(machine));
    const looks = booted.map(async (connection) => {
      const now = await this.#now(connection);
      const { oomKills = Infinity } = this.#before.get(connection.machine) ?? {};
      // A kernel that was booted counts from nothing; one that machines share goes on.
      const least = Math.min(oomKills, now.oomKills ?? Infinity);
      this.#before.set(connection.machine, { ...now, ...(least < Infinity && { oomKills: least }) });
    });
    await Promise.all(looks);
  }

  async #now(connection: Connection): Promise<Baseline> {
    return baselineIn(await ask(connection, baselineScript(addressOf(connection, this.#watched.machines))));
  }

  /** Keeps how often links have changed so far: what becomes of them from here on is done on purpose. */
  async remember(): Promise<void> {
    const looks = this.#watched.connections.map(async (connection) => {
      const now = await this.#now(connection);
      const before = this.#before.get(connection.machine);
      if (!before || now.boot !== before.boot || now.carrier === undefined) return;
      this.#before.set(connection.machine, { ...before, carrier: now.carrier });
      const earlier = this.#linkChanges.get(connection.machine) ?? 0;
      this.#linkChanges.set(connection.machine, earlier + since(before.carrier, now.carrier));
    });
    await Promise.allSettled(looks);
  }

  /** Looks no more at a machine of which it is known why it does not answer. */
  leave(machine: string): void {
    this.#away.add(machine);
  }

  /** A failure of the guide as what it is; `refused` where a unit refuses to run for a reason of its own. */
  async judged(failure: HarnessError, refused = false): Promise<HarnessError> {
    if (!(failure instanceof GuideFailure)) return failure;
    const { message, details } = failure;
    const { late, outputTail = "", unitJournal = "", machine = "" } = details;
    const text = `${message}\n${outputTail}`;
    const failed = { late: late !== undefined, text, journal: unitJournal, refused, machine };
    const evidence = await this.look(this.#watched.context, late);
    const reasons = judge(failed, evidence);
    if (reasons.length === 0) return failure;
    const unjudged = isOfLoad(failed, evidence);
    return new InfrastructureError(`${message}; ${reasons.join("; ")}`, {
      ...details,
      cause: failure,
      ...(unjudged && { unjudged }),
      hint: unjudged
        ? "The guide may be to blame all the same: try again when there is time."
        : "This says nothing about the guide. Put that right, or try again when it is over.",
    });
  }

  /** What all around the guide is like now; of the host's load, that of the last milliseconds. Fails by the signal alone. */
  async look(context = this.#watched.context, milliseconds = lastMinute): Promise<EnvironmentEvidence> {
    // First, for what follows makes load of its own.
    const load = this.#watched.load.between(milliseconds);
    const [disks, machines] = await Promise.all([
      hostDisks(),
      Promise.all(
        this.#watched.connections
          .filter(({ machine }) => !this.#away.has(machine))
          .map((connection) => this.#look(connection.with(context), context)),
      ),
    ]);
    return { host: { load, disks }, machines };
  }

  get #age(): number {
    return performance.now() - this.#begun;
  }

  async #look(connection: Connection, { signal }: Context): Promise<MachineEvidence> {
    const { machine } = connection;
    const others = this.#watched.machines.filter(({ name }) => name !== machine && !this.#away.has(name));
    try {
      const address = addressOf(connection, this.#watched.machines);
      const stdout = await ask(
        connection,
        sh`${baselineScript(address)}${killedScript(this.#age)}${kubeletScript(this.#age)}${lookScript(others)}`,
      );
      const evidence = evidenceIn(stdout, machine, this.#before.get(machine), others);
      const linkChanges = (evidence.linkChanges ?? 0) + (this.#linkChanges.get(machine) ?? 0);
      return { ...evidence, address, linkChanges, ...(this.#watched.isRemote && { isRemote: true }) };
    } catch (error) {
      signal.throwIfAborted();
      return { machine, silent: toHarnessError(error).message };
    }
  }
}

const addressOf = ({ machine }: Connection, machines: readonly MachineSpec[]): string =>
  machines.find(({ name }) => name === machine)?.address ?? "";

/** A kernel older than 4.13 does not count its kills, one older than 3.15 not the changes of a link. */
const baselineScript = (address: string): string => sh`
echo "boot $(cat /proc/sys/kernel/random/boot_id)"
grep '^oom_kill ' /proc/vmstat
device=$(ip -o -4 address show | awk '$4 ~ "^${address}/" { sub("@.*", "", $2); print $2; exit }')
echo "carrier $(cat "/sys/class/net/$device/carrier_changes" 2>/dev/null)"
`;

/**
 * Units one of whose processes was killed in the last milliseconds, and by no suite, and which of them have a limit of memory, in
 * the words of systemd 219, where none is 2^64 - 1, and later ones.
 */
export const killedScript = (milliseconds: number): string => sh`
said() { journalctl --quiet --no-pager -o cat --since=-${Math.ceil(milliseconds / 1000)}s "$@" 2>/dev/null; }
{ said -t ${killer}; said _PID=1; } |
  awk '$1 == "kills" { own[$2 ".service:"] += 1 }
    /^[^ ]+\.service: .*status=9\/KILL/ && own[$1]-- > 0 { next }
    /^[^ ]+\.service: .*(status=9\/KILL|killed by the OOM killer)/ { sub(/\.service:$/, "", $1); print $1 }' | sort -u |
  while read -r unit; do
    echo "killed $unit"
    if systemctl show --property=MemoryMax,MemoryLimit "$unit" | grep -qE '=[0-9]{1,18}$'; then
      echo "limited $unit"
    fi
  done
`;

/** Who answers neither a ping nor SSH, but at the link layer, is there: the guide's own packet filter may be in the way. */
const lookScript = (others: readonly MachineSpec[]): string => sh`
echo "load $(nproc) $(cat /proc/loadavg)"
for resource in cpu memory io; do
  sed "s/^/pressure $resource /" /proc/pressure/$resource 2>/dev/null
done
ss -ltn | awk 'NR > 1 { print "listens", $4 }'
df -Pk / /var /var/lib/docker /tmp 2>/dev/null | awk 'NR > 1 && !seen[$6]++ { print "disk", $4, $6 }'
for address in ${others.map(({ address }) => address).join(" ")}; do
  { ping -c 1 -W 2 $address || timeout 2 bash -c "</dev/tcp/$address/22"; } >/dev/null 2>&1 && continue
  ip neigh show $address | grep -v -e FAILED -e INCOMPLETE | grep -q lladdr || echo "unreached $address"
done
`;

function baselineIn(text: string): Baseline {
  const said = (word: string): string | undefined => linesOf(text, word)[0] || undefined;
  const [boot, oomKills, carrier] = [said("boot"), said("oom_kill"), said("carrier")];
  return {
    ...(boot !== undefined && { boot }),
    ...(oomKills !== undefined && { oomKills: Number(oomKills) }),
    ...(carrier !== undefined && { carrier: Number(carrier) }),
  };
}

/** By how much a count has grown; of one that was not said at one of the two times, nobody knows. */
const since = (before: number | undefined, now: number | undefined): number =>
  before === undefined || now === undefined ? 0 : now - before;

function evidenceIn(
  text: string,
  machine: string,
  before: Baseline | undefined,
  others: readonly MachineSpec[],
): MachineEvidence {
  const now = baselineIn(text);
  const [cores, ...load] = linesOf(text, "load")[0]?.split(" ") ?? [];
  const unreached = linesOf(text, "unreached");
  return {
    machine,
    ...(cores !== undefined && {
      load: {
        ...parseLoad(load.join(" "), Number(cores)),
        stalled: parsePressure(linesOf(text, "pressure").join("\n")),
      },
    }),
    disks: linesOf(text, "disk").map((line): Disk => {
      const [kibibytes = "", ...path] = line.split(" ");
      return { path: path.join(" "), available: Number(kibibytes) * 1024 };
    }),
    unreached: others.filter(({ address }) => unreached.includes(address)).map(({ name }) => name),
    listens: linesOf(text, "listens"),
    ...kubeletRoom(text),
    ...(before && {
      rebooted: now.boot !== undefined && before.boot !== undefined && now.boot !== before.boot,
      oomKills: since(before.oomKills, now.oomKills),
      killed: linesOf(text, "killed"),
      limited: linesOf(text, "limited"),
      linkChanges: since(before.carrier, now.carrier),
    }),
  };
}

/** Where this host keeps what a run needs. */
async function hostDisks(): Promise<Disk[]> {
  const disks = [stateRoot(), cacheRoot(), projectRoot, tmpdir()].map(async (path) => {
    const available = await freeBytes(path).catch(() => undefined);
    return available === undefined ? [] : [{ path, available }];
  });
  return (await Promise.all(disks)).flat();
}
