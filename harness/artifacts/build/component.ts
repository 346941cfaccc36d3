import type { Job } from "../job.ts";
import type { InputName } from "./inputs.ts";

/** What a component's recipe works with. */
export type BuildContext = {
  /** Empty folder that receives the component's files. */
  readonly out: string;
  /** Empty folder for what is not kept. */
  readonly scratch: string;
  /** Folder kept between builds: source trees, compilers, Go's build cache and modules. */
  readonly work: string;
  /** Downloads an input, verified, and returns the paths of its files. */
  fetch(name: InputName): Promise<string[]>;
  /** Version of an input, as Debian writes it. */
  version(name: InputName): string;
  /** Key of an input's content, for folders in `work` that depend on it. */
  inputKey(...names: InputName[]): string;
  /** Runs a command, its output going to the build log. */
  run(job: Job): Promise<void>;
  note(message: string): void;
  /** A program said this of its version. */
  says(program: string, words: string): void;
};

/** A part of a set that is built and cached by itself; sets may share it. */
export type Component = {
  /** Unique among the components of all sets: its entries lie below it in the cache. */
  readonly name: string;
  /** Files it makes, under the guide's names. */
  readonly files: readonly string[];
  readonly inputs: readonly InputName[];
  /** Go modules it is compiled from, `path@version`; what these need is pinned by a go.sum. */
  readonly modules?: readonly string[];
  /** Debian packages that the host needs for the build. */
  readonly hostPackages: readonly string[];
  /** Files of the project whose text decides the result. */
  readonly recipe: readonly string[];
  /** What a first build takes, if that is much, for a person: time, disk, memory. */
  readonly takes?: string;
  /** The set is complete without it. */
  readonly optional?: true;
  build(context: BuildContext): Promise<void>;
};
