import { mkdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { readJson, replaceFile } from "../persisted.ts";
import { shownAddress } from "./address.ts";

const stateSchema = z.object({ address: z.string(), validator: z.string() });

/** A file that is being downloaded, kept from call to call, with what tells whether it is still the same file upstream. */
export class PartFile {
  readonly path: string;
  readonly #statePath: string;

  constructor(path: string) {
    this.path = path;
    this.#statePath = `${path}.json`;
  }

  async bytes(): Promise<number> {
    return (await stat(this.path).catch(() => undefined))?.size ?? 0;
  }

  /** What is there of this address, if the rest can be asked for. */
  async resumable(
    address: string,
  ): Promise<{ readonly bytes: number; readonly validator: string } | undefined> {
    const bytes = await this.bytes();
    if (bytes === 0) return undefined;
    // What is damaged is downloaded from the beginning.
    const { value: state } = await readJson(this.#statePath, stateSchema);
    return state?.address === shownAddress(address) ? { bytes, validator: state.validator } : undefined;
  }

  /** Forgets what was there, and remembers where the new bytes come from. */
  async begin(address: string, validator: string | undefined): Promise<void> {
    await this.discard();
    await mkdir(dirname(this.path), { recursive: true });
    if (validator === undefined) return;
    await replaceFile(this.#statePath, JSON.stringify({ address: shownAddress(address), validator }));
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true, recursive: true });
    await rm(this.#statePath, { force: true, recursive: true });
  }
}
