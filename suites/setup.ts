import { aroundEach } from "vitest";
import { Looks, watched } from "./cluster/looks.ts";

/** Keeps with each test what it looked at, also where tests run side by side. */
aroundEach(async (runTest, { task }) => {
  const looks = new Looks();
  try {
    await watched(looks, runTest);
  } finally {
    task.meta.looks = looks.all();
  }
});
