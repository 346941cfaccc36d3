import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished, TestRunner } from "vitest";
import type { Context } from "./context.ts";
import { Deadlines } from "./deadlines.ts";
import type { LoadSample } from "./host/load.ts";
import { type Progress, silent } from "./progress.ts";

/** For tests: a context that nothing aborts unless a signal is given, with the usual deadlines or those. */
export const testContext = ({
  signal = new AbortController().signal,
  deadlines = new Deadlines(),
}: Partial<Context> = {}): Context => ({ signal, deadlines });

/** What the kernel of a host that has time has counted. */
export const loadSample = (changes: Partial<LoadSample> = {}): LoadSample => ({
  at: 0,
  cores: 2,
  load: 1,
  runnable: 2,
  waited: { cpu: 0 },
  stolen: 0,
  throttled: 0,
  ...changes,
});

/** A folder that goes away with the test that asks for it, or beside tests and hooks, with the last test there. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "guide-test-"));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  if (TestRunner.getCurrentTest()) onTestFinished(remove);
  else afterAll(remove);
  return path;
}

export const listening = (notes: string[]): Progress => ({
  ...silent,
  note: (text) => void notes.push(text),
});
