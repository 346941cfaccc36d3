import { aroundEach, beforeAll, beforeEach } from "vitest";
import { foreignContainers, restartedContainer } from "./components/kubelet.ts";
import { boundByHand } from "./components/control.ts";
import { controllersAct } from "./components/controllers.ts";
import { kubectlAlone } from "./components/kubectl-alone.ts";
import { deleted } from "./workflow/deleted.ts";
import { begun } from "./workflow/rollout.ts";
import { AccessTrace, watched } from "./cluster/trace/access-trace.ts";
import { beginAhead } from "./cluster/fixture.ts";
import { barrierReleased, barrierTimeout } from "./start-barrier.ts";
import { HarnessDefect } from "../harness/cluster.ts";

beginAhead("components", {
  oncePodsRun: [boundByHand, foreignContainers, restartedContainer, controllersAct, kubectlAlone],
});
beginAhead("workflow", { whilePodsStart: [begun], oncePodsRun: [deleted] });

beforeAll(barrierReleased, barrierTimeout);

beforeEach(({ task, skip }) => {
  if (task.meta.limit !== undefined) skip(task.meta.limit);
});

/**
 * Keeps with each test what it looked at and what was done of it before its turn, also where tests run side by side. One that came to its end without having held anything
 * against what is wanted, as a loop over an empty list does, has not passed: HarnessDefect.
 */
aroundEach(async (runTest, { task }) => {
  const looks = new AccessTrace();
  const turn = performance.now();
  try {
    await watched(looks, runTest);
  } finally {
    task.meta.looks = looks.all();
    const ahead = looks.ahead(turn);
    if (ahead) task.meta.ahead = ahead;
  }
  if (task.result?.state !== "pass" || looks.proofs > 0) return;
  throw new HarnessDefect("The test has proved nothing: it came to its end without an assertion or a wait", {
    hint: "See what it goes through one by one: there may have been none. Assert how many there are.",
  });
});
