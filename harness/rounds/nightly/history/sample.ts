import { type NightlyRun, nightSchema } from "./history.ts";

/** A green night, for tests; `day` counts from 1 April 2019. */
export const sampleNightlyRun = (day: number, changes: Partial<NightlyRun> = {}): NightlyRun =>
  nightSchema.parse({
    startedAt: new Date(Date.UTC(2019, 3, day, 2)).toISOString(),
    verdict: "passed",
    durationMs: 60_000,
    run: `201904${String(day).padStart(2, "0")}T020003-e2e-42`,
    attempts: [{ verdict: "passed", durationMs: 60_000 }],
    commit: "0123456789ab",
    provider: "nspawn",
    artifactSet: "debian",
    inputs: { guide: "aa", circumstances: "bb" },
    key: "same",
    phases: { up: 2000, apply: 30_000, suites: 20_000 },
    milestones: { etcd: "passed", ping: "passed" },
    tests: { "etcd: leads": "passed", "ping: t72 to t76": "passed" },
    steps: { "2.4.4/start-etcd@t71": "passed" },
    ...changes,
  });
