import type { Context } from "../../../context.ts";
import { HarnessError } from "../../../errors.ts";
import { fillCache, isOffline } from "../../../host/offline.ts";
import type { Check, Site } from "../../machine.ts";
import { debianBox, hasBox } from "./box.ts";
import { boxName, boxVersion } from "../command/settings.ts";
import { assertChecksumOfFile, type Box, addedBox, checkSource, recordedDigest } from "./add.ts";
import { carryBox, isElsewhere } from "./source.ts";

const source = (): string | undefined => process.env["GUIDE_BOX_URL"] || undefined;

/** Whether the box is here, and whether it is the one that was used first. Looks, and changes nothing. */
export async function checkBox(context: Context): Promise<Check> {
  const need = `box ${[boxName(), boxVersion()].filter(Boolean).join(" ")}`;
  if (boxName() === debianBox) {
    if (await hasBox()) return { need, found: "built" };
    return {
      need,
      found: "not built yet",
      ...(isOffline()
        ? { remedy: fillCache(), fatal: true, verdict: "artifact" as const }
        : { remedy: "Nothing to do: the next run builds it; or type `pnpm run box`.", fatal: false }),
    };
  }
  try {
    const from = source();
    assertChecksumOfFile();
    if (from !== undefined && !(await isElsewhere(from))) {
      const { sha256 } = await checkSource(from, context, "libvirt");
      return { need, found: `${from}, sha256 ${sha256}` };
    }
    const box = await addedBox();
    return box ? await checkAdded(need, box) : notHere(need, from);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    context.signal.throwIfAborted();
    const { message, details, verdict } = error;
    return { need, found: message, remedy: details.hint ?? "Give another box.", fatal: true, verdict };
  }
}

async function checkAdded(need: string, box: Box): Promise<Check> {
  if (box.sha256 === undefined) {
    return {
      need,
      found: "added by somebody else, so the digest of its file is not known",
      remedy: "To record its digest, add it again from its file: `pnpm run box FILE`.",
      fatal: false,
    };
  }
  const recorded = await recordedDigest(box);
  if (recorded === box.sha256) return { need, found: `added, sha256 ${box.sha256}, as recorded` };
  return {
    need,
    found: `added, sha256 ${box.sha256}; recorded is ${recorded ?? "none"}`,
    remedy: "Add the right one again from its file: `pnpm run box FILE`.",
    fatal: recorded !== undefined,
    verdict: "artifact",
  };
}

const notHere = (need: string, from: string | undefined): Check => ({
  need,
  found: "not here",
  ...(isOffline()
    ? { remedy: carryBox, fatal: true, verdict: "artifact" as const }
    : {
        remedy: `Nothing to do where ${from ?? "Vagrant's catalogue"} answers: the next run fetches it; without a network carry its file over: \`pnpm run box FILE\`.`,
        fatal: false,
      }),
});

/** What CentOS 7 asks for while it is set up, and where the box comes from if it is not here. */
export const centosSites = async (): Promise<Site[]> => [
  ...((await addedBox()) ? [] : boxSites(source())),
  {
    what: "CentOS's packages (1)",
    address: "http://vault.centos.org/centos/7/os/x86_64/repodata/repomd.xml",
    fatal: true,
    ofYum: "here",
  },
  {
    what: "CentOS's packages (1)",
    address: "https://archive.kernel.org/centos-vault/7.9.2009/os/x86_64/repodata/repomd.xml",
    fatal: true,
    ofYum: "elsewhere",
  },
  {
    what: "Docker's packages (3.1)",
    address: "https://download.docker.com/linux/centos/7/x86_64/stable/repodata/repomd.xml",
    fatal: true,
    ofYum: "here",
  },
];

const boxSites = (from = "https://vagrantcloud.com/api/v2/vagrant/centos/7"): Site[] =>
  /^https?:/i.test(from) && URL.canParse(from) ? [{ what: "the box", address: from, fatal: true }] : [];
