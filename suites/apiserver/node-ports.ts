import { GuideFailure } from "../cluster/index.ts";

/** In words, whether a node port is one that the apiserver gives to services, by how it answers who asks for it. */
export async function placeOf(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return "in the range";
  } catch (thrown) {
    if (!(thrown instanceof GuideFailure)) throw thrown;
    // The apiserver looks at the range first (pkg/registry/core/service/portallocator).
    if (/port is already allocated/.test(thrown.message)) return "in the range";
    if (/not in the valid range/.test(thrown.message)) return "outside of the range";
    return thrown.message;
  }
}
