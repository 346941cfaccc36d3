import { markTaken } from "../run/cluster/state.ts";

/** In the place of vitest, for tests of the run loop: fake-suites.ts MODE TOKEN MILESTONE… */
const [mode = "green", , ...all] = process.argv.slice(2);
const milestones = mode === "absent" ? all.slice(1) : all;
const tests = milestones.flatMap((milestone) =>
  ["first", "second"].map((name) => ({ id: `${milestone}/${name}`, milestone, name })),
);

const say = (message: object): Promise<void> =>
  new Promise((said) => void process.send?.(message, undefined, undefined, () => said(undefined)));
const die = (): void => void process.kill(process.pid, "SIGKILL");

const started = new Promise((open) => process.once("message", open));
if (mode === "deaf") process.on("SIGTERM", () => undefined);
await say({ type: "collected", tests });
if (mode === "killed before the start") die();
await started;

let sent = 0;
if (mode === "ended in a fault") {
  await markTaken(process.env["GUIDE_CLUSTER"] ?? "", [{ what: "power", machine: "t72" }]);
  await say({ type: "begun", id: tests[0]?.id });
  setInterval(() => undefined, 1000);
  await new Promise(() => undefined);
}
if (!["silent", "hangs", "deaf"].includes(mode)) {
  for (const { id, milestone, name } of tests) {
    if (mode === "killed between tests" && sent === 1) die();
    if (mode === "no result" && name === "second") continue;
    await say({ type: "begun", id });
    const red = mode.startsWith("red") && name === "second";
    const outcome = mode === "all skipped" && milestone === "etcd" ? "skipped" : red ? "failed" : "passed";
    // Of a machine that a boot has taken away.
    const away = mode === "red and away" ? { machine: "t72", isAway: true } : {};
    const failure = red ? { failure: { verdict: "guide", message: "not as the guide says", ...away } } : {};
    const record = { milestone, name, sections: ["1.1"], durationMs: 1, outcome, facts: {}, ...failure };
    await say({ type: "record", id, record: mode === "garbage" ? { milestone } : record });
    sent += 1;
  }
  if (mode === "killed before its end mark") die();
  if (mode !== "no end mark") await say({ type: "end", records: sent + (mode === "lost a record" ? 1 : 0) });
  if (mode === "killed after its end mark") die();
}
if (["hangs", "deaf", "hangs after its end mark"].includes(mode)) {
  process.on("disconnect", () => process.exit(1));
  setInterval(() => undefined, 1000);
} else {
  const red = ["red", "red and away", "green but exit code 1"];
  process.exit(red.includes(mode) ? 1 : mode === "exit code 3" ? 3 : 0);
}
