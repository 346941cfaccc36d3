import { relative } from "node:path";
import { shortPath } from "../../host/paths.ts";
import type { Addresses } from "./context.ts";

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
