import { expect, test } from "vitest";
import { failedDownload, type Fetched } from "./download.ts";

export const fetched = (
  fetcher: string,
  script: string,
  output: string,
  more: Partial<Fetched> = {},
): Fetched => ({
  fetchers: [fetcher],
  alone: true,
  script,
  exitCode: 1,
  output,
  ...more,
});
export const wget = (output: string, more: Partial<Fetched> = {}): Fetched =>
  fetched("wget", "wget https://dl.k8s.io/v1.14.0/a.tar.gz", output, { exitCode: 4, ...more });
export const curl = (output: string, more: Partial<Fetched> = {}): Fetched =>
  fetched("curl", "curl -fsSLO https://dl.k8s.io/v1.14.0/a.tar.gz", output, more);
export const yum = (output: string, more: Partial<Fetched> = {}): Fetched =>
  fetched("yum", "yum install -y wget yum-utils", output, more);

export const asked = "--2026-11-28 20:06:12--  https://dl.k8s.io/v1.14.0/a.tar.gz\n";
export const repomd = "http://vault.centos.org/centos/7/os/x86_64/repodata/repomd.xml";
export const key =
  "Retrieving key from https://download.docker.com/linux/centos/gpg\n\n\nGPG key retrieval failed: ";
export const noMoreMirrors = "failure: repodata/repomd.xml from base: [Errno 256] No more mirrors to try.";

/** Downloads that fail for the network's sake, and what is said of it. */
export const assertNetwork = (cases: readonly (readonly [string, Fetched, string])[]): void =>
  test.for(cases)("%s: the network", ([, failed, said]) => {
    expect(failedDownload(failed)).toMatchObject({ fault: "network", said });
  });

/** Those for whose failure the guide's address is to blame, and what the hint says. */
export const assertAddress = (cases: readonly (readonly [string, Fetched, RegExp])[]): void =>
  test.for(cases)("%s: the guide", ([, failed, hint]) => {
    expect(failedDownload(failed)).toMatchObject({ fault: "address", hint: expect.stringMatching(hint) });
  });

/** Failures of which nothing is said. */
export const assertNothing = (cases: readonly (readonly [string, Fetched])[]): void =>
  test.for(cases)("%s says nothing of the kind", ([, failed]) => {
    expect(failedDownload(failed)).toBeUndefined();
  });

/** Words of programs that mean the network. */
export const assertOfNetwork = (cases: readonly Fetched[]): void =>
  test.each(cases)("$fetchers: $output (exit code $exitCode) is the network's", (one) => {
    expect(failedDownload(one)?.fault).toBe("network");
  });

/** Words of programs that do not. */
export const assertNotOfNetwork = (cases: readonly Fetched[]): void =>
  test.each(cases)("$fetchers: $output (exit code $exitCode) is not the network's", (one) => {
    expect(failedDownload(one)?.fault).not.toBe("network");
  });
