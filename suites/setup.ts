import { aroundEach, beforeAll, beforeEach } from "vitest";
import { foreignContainers, restartedContainer } from "./components/kubelet.ts";
import { boundByHand } from "./components/control.ts";
import { deleted } from "./workflow/rollout.ts";
import { AccessTrace, watched } from "./cluster/trace/access-trace.ts";
import { beginAhead } from "./cluster/fixture.ts";
import { barrierReleased, barrierTimeout } from "./start-barrier.ts";

beginAhead("components", [boundByHand, foreignContainers, restartedContainer]);
beginAhead("workflow", [deleted]);

beforeAll(barrierReleased, barrierTimeout);

beforeEach(({ task, skip }) => {
  if (task.meta.limit !== undefined) skip(task.meta.limit);
});

/** Keeps with each test what it looked at, also where tests run side by side. */
aroundEach(async (runTest, { task }) => {
  const looks = new AccessTrace();
  try {
    await watched(looks, runTest);
  } finally {
    task.meta.looks = looks.all();
  }
});
