import { relative } from "node:path";
import type { SourceLocation } from "../../errors.ts";
import { shortPath } from "../../host/paths.ts";
import type { Difference } from "../../record/blame.ts";
import type { RunRecord } from "../../record/record.ts";
import type { Anchors } from "../anchors.ts";

/** The run that this one is compared with, such as the last green one like it, and how it differs from that. */
export type Green = { readonly record: RunRecord; readonly difference: Difference };

/** Finds the run that one is compared with, among those beside its folder; undefined if there is none. */
export type FindGreen = (record: RunRecord, folder: string) => Promise<Green | undefined>;

export type Journal = {
  readonly machine: string;
  readonly unit: string;
  /** The lines that the last green run has nothing like; all of them if there is none. */
  readonly lines: readonly string[];
  /** How many lines are of a kind that the green run has, too. */
  readonly usual: number;
};

/** Addresses of what lies outside of the page; undefined for what its readers do not have. */
export type Addresses = {
  readonly line: (location: SourceLocation) => string | undefined;
  readonly run: (id: string) => string | undefined;
};

export type PageContext = {
  readonly anchors: Anchors;
  readonly addresses: Addresses;
  readonly journals: readonly Journal[];
  readonly green?: Green;
};

/**
 * Addresses from a run's folder: on CI the repository at the job's commit, where its readers look, else the files of this host.
 * https://docs.github.com/actions/reference/variables-reference, https://docs.gitlab.com/ci/variables/predefined_variables
 */
export function addressesFrom(folder: string, env: NodeJS.ProcessEnv = process.env): Addresses {
  const repository = repositoryOf(env);
  return {
    line({ file, line }) {
      if (repository === undefined) return encodeURI(relative(folder, file));
      const path = shortPath(file);
      return path === file ? undefined : `${repository}${encodeURI(path)}?plain=1#L${line}`;
    },
    // A job publishes its own run's folder alone.
    run: (id) => (repository === undefined ? `../${encodeURI(id)}/report.html` : undefined),
  };
}

function repositoryOf(env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, GITHUB_SHA: sha } = env;
  if (server && name && sha) return `${server}/${name}/blob/${sha}/`;
  const { CI_PROJECT_URL: project, CI_COMMIT_SHA: commit } = env;
  return project && commit ? `${project}/-/blob/${commit}/` : undefined;
}

/** The page of the CI job that this is, with what it publishes; undefined elsewhere. */
export function jobAddress(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, GITHUB_RUN_ID: run } = env;
  return server && name && run
    ? `${server}/${name}/actions/runs/${run}`
    : (env["CI_JOB_URL"] ?? env["BUILD_URL"]);
}
