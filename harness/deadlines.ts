/**
 * How long each kind of work may take, in milliseconds, on machines that are not slow. These are all the figures there are:
 * code asks `Deadlines`, which knows how slow this run's machines are.
 */
const limits = {
  /** A whole run; `--deadline` sets another. */
  run: 4 * 3_600_000,
  /** Until a machine lets us in over SSH, or a download site accepts. */
  connect: 10_000,
  /** A machine's answer to a goodbye. */
  goodbye: 1000,
  /** For output that is still on its way when the process that wrote it is known to be gone. */
  drain: 500,
  /** Until a login shell is ready: a profile that takes longer hangs. */
  shell: 30_000,
  /** Until a command is gone that was ended; it has two seconds to go by itself. */
  end: 5000,
  /** One file of the artifacts, sent to a machine and checked there. */
  deliver: 600_000,
  /** Between two questions whether a machine is still there. */
  keepalive: 5000,
  /** Until an end that was asked for has come: what goes on then is left behind. */
  windDown: 30_000,
  /** A run of a nightly that was told to end: it tears three machines down, in a second or two, more on a busy host. */
  childEnd: 120_000,
  /** One reporter's files. */
  report: 60_000,
  /** Without a word of the suites' process, which says nothing during a test; the longest one has 20 minutes. */
  suiteSilence: 1_500_000,
  /** A question to a machine: the state of a unit, a small file. */
  question: 20_000,
  /** Until another process gives a lock back: it may be building all artifacts. */
  lock: 3_600_000,
  /** Between two notes that a lock is still waited for. */
  lockReminder: 60_000,
  /** A script beside the guide: a fault, a remedy, a probe. */
  script: 120_000,
  /** A command that helps the guide, or collects what is known of a failure. */
  help: 60_000,
  /** A step of the guide, from its first command to its last. */
  step: 1_800_000,
  /** A step that prints nothing meanwhile. */
  stepSilence: 300_000,
  /** Until it is known, after a failure, whether a unit comes up or is started again and again. */
  unitSettles: 10_000,
  /** A line on a terminal that ends as a prompt does, and nothing after it: nobody answers. */
  prompt: 60_000,
  /** Until a unit is up that is still being started; systemd itself gives it 90 s unless told. */
  unitStarts: 100_000,
  /** A unit that systemd does not start again for so long stays as it is. */
  unitRests: 2500,
  /** The first byte of a download, and the next one. */
  headers: 60_000,
  idle: 30_000,
  /** Another apt at work on this host. */
  apt: 600_000,
  /** A command on this host. */
  host: 60_000,
  /** A download site that the doctor asks: its first answer. */
  site: 8000,
  /** Upstream, asked whether it has the guide's files before a run takes others: its answer. */
  upstream: 4000,
  /** A root file system, a box, packages of the host: read, built or fetched. */
  build: 3_600_000,
  /** One look at all of a host of an inventory: its files, too. */
  look: 600_000,
  /** One deed of giving a host back. */
  deed: 300_000,
  /** Until a host is back after a reboot; bare metal tests its memory first. */
  reboot: 600_000,
  /** A command of vagrant; bringing machines up downloads a box the first time. */
  vagrant: 3_600_000,
  /** What vagrant itself may wait for a machine to boot, and to be switched off. */
  vmBoot: 300_000,
  vmHalt: 60_000,
  /** A halt and a boot by vagrant. */
  vmReload: 540_000,
  /** Until a machine that was taken back to a snapshot lets us in. */
  return: 60_000,
  /** A stock host's way through the project's commands, emulated. */
  hostTrial: 3 * 3_600_000,
  /** Until a libvirt of our own answers. */
  libvirt: 60_000,
  /** What is done in the pool: saving machines, deleting what they wrote. */
  pool: 300_000,
  /** Until the pool with the machines' disks is mounted. */
  mount: 30_000,
  /** Until an embedded machine answers SSH. */
  boot: 30_000,
  /** The first bytes of an sshd that accepted. */
  greeting: 2000,
  /** A clean way down, Docker and the kubelet included. */
  shutdown: 60_000,
  /** Until processes are gone that were killed. */
  kill: 10_000,
  /** Until the kernel has taken away what ended processes held. */
  kernel: 1000,
  /** The images, loaded into Docker. */
  images: 180_000,
  /** Until all is up again after the boot from a checkpoint: on two cores a control plane needs ten seconds. */
  revival: 90_000,
  /** All that is asked of the machines once the run is over. */
  evidence: 300_000,
  /** The removal of all that a run made. */
  teardown: 600_000,
} as const;

/** A kind of work with a limit of its own. */
export type Limit = keyof typeof limits;

/** The deadlines of one run: every limit times `--timeout-factor`. */
export class Deadlines {
  readonly factor: number;
  readonly #others: Partial<Record<Limit, number>>;

  /** `others` are limits, in milliseconds, that a person set: they are not multiplied. */
  constructor(factor = 1, others: Partial<Record<Limit, number>> = {}) {
    this.factor = factor;
    this.#others = others;
  }

  /** Milliseconds for a kind of work. */
  for(limit: Limit): number {
    return this.#others[limit] ?? this.scaled(limits[limit]);
  }

  /** Milliseconds for what has a limit of its own, such as the guide's `within`. */
  scaled(milliseconds: number): number {
    return milliseconds * this.factor;
  }
}
