import type { Component } from "../component.ts";

/**
 * What a first build takes, measured since the component's recipe was written: its own `takes` is part of the recipe's text,
 * a change of which builds everything anew.
 */
const measured: Readonly<Record<string, string>> = {
  flannel: "about 2 min of two quiet cores",
  "kubernetes-1.14.0": "about 5 min of two quiet cores, 4 GB of disk and 4 GB of memory",
};

/** What a first build of a component takes, as a person says it; undefined if that is little. */
export const firstBuild = ({ name, takes }: Component): string | undefined => measured[name] ?? takes;
