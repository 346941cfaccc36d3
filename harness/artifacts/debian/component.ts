import type { Job } from "../job.ts";
import type { InputName } from "./inputs.ts";

/** What a component's recipe works with. */
export type BuildContext = {
  /** Empty folder that receives the component's files. */
  readonly out: string;
  /** Empty folder for what is not kept. */
  readonly scratch: string;
  /** Folder kept between builds: source trees, compilers, Go's build cache. */
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
};

/** A part of the set that is built and cached by itself. */
export type Component = {
  readonly name: string;
  /** Files it makes, under the guide's names. */
  readonly files: readonly string[];
  readonly inputs: readonly InputName[];
  /** Debian packages that the host needs for the build. */
  readonly hostPackages: readonly string[];
  /** Source files of the project whose text decides the result. */
  readonly recipe: readonly string[];
  build(context: BuildContext): Promise<void>;
};
