import { aroundEach, beforeAll } from "vitest";
import { Looks, watched } from "./cluster/access-trace.ts";
import { gateOpen, gateTimeout } from "./start-barrier.ts";

beforeAll(gateOpen, gateTimeout);

/** Keeps with each test what it looked at, also where tests run side by side. */
aroundEach(async (runTest, { task }) => {
  const looks = new Looks();
  try {
    await watched(looks, runTest);
  } finally {
    task.meta.looks = looks.all();
  }
});
