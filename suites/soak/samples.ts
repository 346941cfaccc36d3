import { z } from "zod";
import { type Cluster, GuideFailure, profile, sh, shapedJson, type SuiteMachine } from "../cluster/index.ts";
import { Watch } from "../faults/watch.ts";
import { machinesOf } from "../reboot/scenarios.ts";
import type { Sample } from "./drift.ts";
import { kinds, type KindName, nameOf, type Series } from "./series.ts";

/** Milliseconds from one look to the next. */
const interval = 15_000;

/**
 * Prints `KIND OF VALUE LIFE` for each thing that can be measured now; what a program cannot say it leaves out. Docker may be frozen.
 */
const ask = sh`boot=$(cat /proc/sys/kernel/random/boot_id)
for unit in ${profile.units.join(" ")}; do
  pid=$(systemctl show --property=MainPID "$unit" | cut -d= -f2)
  resident=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null)
  [ -n "$resident" ] || continue
  echo "memory $unit $resident $boot/$pid"
  echo "descriptors $unit $(ls "/proc/$pid/fd" | wc -l) $boot/$pid"
done
count() {
  name=$1 life=$2 pattern=$3
  shift 3
  lines=$(timeout 5 "$@" 2>/dev/null) || return
  echo "$name $(printf '%s\n' "$lines" | grep -c "$pattern") $life"
}
count 'rules iptables' "$boot" '^-A' iptables-save
# The kernel's own buffer forgets what is older, so that a flood is as flat as silence; the journal does not.
if dmesg >/dev/null 2>&1; then
  count 'warnings kernel' "$boot" . journalctl --quiet --no-pager --dmesg --boot --priority=warning -o cat
fi
count 'leftovers containers' - . docker ps -aq --filter status=created --filter status=exited --filter status=dead
count 'leftovers networks' - . docker network ls -q --filter type=custom
count 'leftovers volumes' - . docker volume ls -q --filter dangling=true
true`;

/** A value as it was measured, in its kind's unit; memory comes in KiB. */
type Measured = {
  readonly kind: KindName;
  readonly of: string;
  readonly value: number;
  readonly life: string;
};

const isKind = (text: string): text is KindName => Object.hasOwn(kinds, text);

export const measuredIn = (text: string): Measured[] =>
  text.split("\n").flatMap((line) => {
    const [kind = "", of = "", value = "", life = ""] = line.split(" ");
    if (!isKind(kind) || !/^\d+$/.test(value)) return [];
    return [{ kind, of, life, value: kind === "memory" ? Number(value) / 1024 : Number(value) }];
  });

const statusSchema = z.tuple([z.object({ Status: z.object({ dbSize: z.number() }) })]);

/** The size of etcd's database; nothing while it does not answer. */
async function database({ etcd, master }: Cluster): Promise<Measured[]> {
  try {
    const text = await etcd.v3("endpoint status -w json");
    const [{ Status }] = shapedJson(statusSchema, text, "etcd's status", { machine: master.name });
    return [{ kind: "database", of: "etcd", value: Status.dbSize / 2 ** 20, life: "" }];
  } catch (thrown) {
    if (thrown instanceof GuideFailure) return [];
    throw thrown;
  }
}

/** What a machine has of all that is measured; a part of it where not all can be asked. */
async function measure(cluster: Cluster, machine: SuiteMachine): Promise<Measured[]> {
  const own = measuredIn((await machine.result(ask)).stdout);
  return machine === cluster.master ? [...own, ...(await database(cluster))] : own;
}

/** Tells the run what a machine has; `values` by their names. */
type Tell = (machine: string, values: Readonly<Record<string, number>>) => unknown;

/** All that was measured, by what it is of. Times are seconds since the first look. */
export class Samples {
  readonly #all = new Map<string, Sample[]>();
  readonly #began = performance.now();

  of({ machine, kind, of }: Series): readonly Sample[] {
    return this.#all.get(`${machine} ${kind} ${of}`) ?? [];
  }

  /** Measures everything again and again while some work is done. */
  async during<T>(cluster: Cluster, tell: Tell, work: () => Promise<T>): Promise<T> {
    const watches = machinesOf(cluster).map(
      (machine) =>
        new Watch({
          name: machine.name,
          late: Infinity,
          interval,
          ask: () => this.#look(cluster, machine, tell),
        }),
    );
    try {
      return await work();
    } finally {
      await Promise.all(watches.map((watch) => watch.end()));
    }
  }

  async #look(cluster: Cluster, machine: SuiteMachine, tell: Tell): Promise<string> {
    const at = (performance.now() - this.#began) / 1000;
    const measured = await measure(cluster, machine);
    for (const { kind, of, value, life } of measured) {
      const name = `${machine.name} ${kind} ${of}`;
      const known = this.#all.get(name) ?? [];
      known.push({ at, value, life });
      this.#all.set(name, known);
    }
    await tell(machine.name, Object.fromEntries(measured.map((one) => [nameOf(one), one.value])));
    return "";
  }
}
