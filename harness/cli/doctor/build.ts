import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { CacheStatus } from "../../artifacts/set.ts";
import type { Context } from "../../context.ts";
import { HarnessError } from "../../errors.ts";
import { debianMirror, releaseAddress } from "../../host/packages/debian-mirror.ts";
import type { Check, Site } from "../../machines/machine.ts";
import { askSites } from "./sites.ts";

/**
 * Whether what is still to be built can be had: Debian's archive answers, and, for parts compiled from Go modules, a module proxy.
 * Nobody is asked if all is built.
 */
export async function checkBuild(
  parts: readonly CacheStatus[],
  context: Context,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Check[]> {
  // A file that has an address is downloaded, not built.
  const left = parts.filter((part) => !part.cached && !part.optional && !URL.canParse(part.source ?? ""));
  if (left.length === 0) return [];
  const [module] = left.flatMap(({ modules = [] }) => modules);
  const ofModules = module === undefined ? [] : await moduleSites(module, env);
  try {
    const archive = await releaseAddress(await debianMirror(env));
    const ofDebian = archive === undefined ? [] : [siteOf("Debian's packages", archive)];
    return await askSites([...ofDebian, ...ofModules], context, env);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    const { hint = "Name a mirror in GUIDE_DEBIAN_MIRROR." } = error.details;
    const { message, verdict } = error;
    const none = { need: "a Debian archive", found: message, remedy: hint, fatal: true, verdict };
    return [none, ...(await askSites(ofModules, context, env))];
  }
}

/** The module, `path@version`, at each proxy that Go would ask; what Go would get `direct`ly is not asked for. */
async function moduleSites(module: string, env: NodeJS.ProcessEnv): Promise<Site[]> {
  const [path = "", version = ""] = module.split("@");
  const proxies = await moduleProxies(env);
  const fatal = !proxies.includes("direct");
  return proxies
    .filter((proxy) => /^https?:/.test(proxy))
    .map((proxy) => siteOf("Go modules", `${proxy.replace(/\/$/, "")}/${path}/@v/${version}.mod`, fatal));
}

const siteOf = (what: string, address: string, fatal = true): Site => ({
  what,
  address,
  fatal,
  verdict: "artifact",
  hostOnly: true,
});

/** What GOPROXY says, in the environment or in the file of `go env -w`; Go's own default (`go help goproxy`) is not asked. */
async function moduleProxies(env: NodeJS.ProcessEnv): Promise<string[]> {
  const file = env["GOENV"] || join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "go/env");
  const kept = await readFile(file, "utf8").catch(() => "");
  const said = env["GOPROXY"] || /^GOPROXY=(.+)$/m.exec(kept)?.[1] || "direct";
  return said.split(/[,|]/).map((proxy) => proxy.trim());
}
