import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";

/**
 * Whether this user may use the host's KVM, and it runs on the processor itself. There are hosts whose KVM works by
 * software, without the processor's help (no `vmx` or `svm` among its flags): the kernel of a box does not boot there.
 */
export async function canUseKvm(device = "/dev/kvm", cpuinfo = "/proc/cpuinfo"): Promise<boolean> {
  try {
    await (await open(device, constants.O_RDWR)).close();
  } catch {
    return false;
  }
  const flags = /^flags\s*:(.*)$/m.exec(await readFile(cpuinfo, "utf8"))?.[1];
  return flags === undefined || /\b(vmx|svm)\b/.test(flags);
}
