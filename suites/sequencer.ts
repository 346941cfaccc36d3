import { basename, dirname } from "node:path";
import type { TestSequencer, TestSpecification } from "vitest/node";

/** The milestone that a suite file belongs to: its folder's name. */
export const milestoneOf = (file: string): string => basename(dirname(file));

/**
 * A heartbeat, which comes every 10 s where no pods show that the kubelets live; what is left of a deployment that was deleted;
 * a crash that the others are not to notice, while the kubelets remove the deployment's containers, for which they need nobody;
 * and boots and faults, after which nothing is as the guide has left it.
 */
const last = [
  "nodes/heartbeat.test.ts",
  "workflow/deletion.test.ts",
  "etcd/crash.test.ts",
  "workflow/leftovers.test.ts",
  "reboot/reboot.test.ts",
  "faults/faults.test.ts",
  "soak/soak.test.ts",
];

/** Milestones in the order in which somebody wants to know of them. */
const order: readonly string[] = (process.env["GUIDE_ORDER"] ?? "").split(",");

/**
 * Runs suite files in the order that the run asks for, but some at the end.
 */
export class MilestoneSequencer implements TestSequencer {
  shard(files: TestSpecification[]): TestSpecification[] {
    return files;
  }

  /** Tells the workers the milestones, and whether tests are chosen, too: a worker loads one file after the other. */
  sort(files: TestSpecification[]): TestSpecification[] {
    const sorted = files.toSorted(
      (a, b) => rank(a.moduleId) - rank(b.moduleId) || (a.moduleId < b.moduleId ? -1 : 1),
    );
    const milestones = [...new Set(sorted.map(({ moduleId }) => milestoneOf(moduleId)))];
    for (const project of new Set(sorted.map((file) => file.project))) {
      project.provide("milestones", milestones);
      project.provide("areTestsChosen", project.config.testNamePattern !== undefined);
    }
    return sorted;
  }
}

/** Later than all others if nobody has asked for the milestone, so that a new folder is never left out. */
function rank(file: string): number {
  const late = last.findIndex((name) => file.endsWith(`/${name}`));
  const index = order.indexOf(milestoneOf(file));
  return late >= 0 ? order.length + 1 + late : index < 0 ? order.length : index;
}
