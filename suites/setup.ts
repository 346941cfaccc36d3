import { aroundEach, beforeAll, beforeEach } from "vitest";
import { AccessTrace, watched } from "./cluster/access-trace.ts";
import { barrierReleased, barrierTimeout } from "./start-barrier.ts";

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
