import type { SourceLocation } from "../errors.ts";
import type { Capability } from "../machines/machine.ts";
import type { Piece } from "./origin.ts";

type BlockCommon = {
  /** Section number as printed, such as `2.4.4`. */
  readonly section: string;
  /** The fence's first line. */
  readonly location: SourceLocation;
  /** The fence's last line. */
  readonly endLine: number;
  readonly language: string;
  /** The text between the fences, without a final newline; placeholders unresolved. */
  readonly text: string;
  /** Where the parts of the text were written, if an edit changed it. */
  readonly pieces?: readonly Piece[];
};

/** Commands that the reader types. */
export type CommandBlock = BlockCommon & {
  readonly kind: "run";
  /** `<section>/<name>`. */
  readonly id: string;
  /** Names and groups (`master`, `nodes`, `all`), as written. */
  readonly on: readonly string[];
  /** Whether `{{` stands for itself. */
  readonly literal?: true;
};

/** A file that the reader writes or appends to. */
export type FileBlock = BlockCommon & {
  readonly kind: "file";
  readonly id: string;
  readonly on: readonly string[];
  readonly literal?: true;
  readonly path: string;
  readonly mode: number;
  readonly append: boolean;
};

/** What the command block before it prints; typed wildcards stand for what varies. */
export type OutputBlock = BlockCommon & {
  readonly kind: "output";
  /** Id of the command block. */
  readonly of: string;
  /** Milliseconds in which the reader repeats the command until it prints this; without it, one run. */
  readonly within?: number;
};

type SkippedBlock = BlockCommon & { readonly kind: "skip"; readonly reason: string };

export type Block = CommandBlock | FileBlock | OutputBlock | SkippedBlock;

/** A statement of section 5 that a suite is to prove. */
export type Claim = { readonly id: string; readonly text: string; readonly location: SourceLocation };

export type Guide = {
  readonly file: string;
  readonly title: string;
  readonly sections: readonly {
    readonly number: string;
    readonly title: string;
    readonly location: SourceLocation;
  }[];
  readonly blocks: readonly Block[];
  readonly claims: readonly Claim[];
};

/** What a step asks of its machine, or of the artifact set, that not every stand-in for the reader's machine has. */
export type Ask = {
  readonly capability: Capability;
  /** Of a download the address, of a kernel module or setting its name; otherwise the command. */
  readonly what: string;
  /** Where it is written. */
  readonly location: SourceLocation;
  /** Whether the step goes on where it cannot be had. */
  readonly optional: boolean;
};

/** Whole lines of a script that downloads something. */
export type ScriptPart = {
  readonly script: string;
  /** Programs in it that download, such as wget and yum; empty if none does. */
  readonly fetchers: readonly string[];
  /** Whether it is one command, and that downloads: if it fails, the download has failed. */
  readonly alone: boolean;
  /** Whether a download in it is told to print nothing while it goes on. */
  readonly quiet: boolean;
};

/** One call of systemctl(1). */
export type UnitCall = {
  /** Where it does something: `-H`, or ssh before it, may name another machine. */
  readonly machine: string;
  readonly verb: string;
  /** Services without `.service`. */
  readonly units: readonly string[];
  /** Whether it has `--now`. */
  readonly now: boolean;
};

/** A block bound to one machine; all placeholders are resolved. */
export type Step = {
  /** `<section>/<name>@<machine>`. */
  readonly key: string;
  /** `<section>/<name>`. */
  readonly id: string;
  readonly section: string;
  readonly machine: string;
  readonly location: SourceLocation;
  readonly endLine: number;
  readonly action:
    | { readonly kind: "run"; readonly script: string }
    | {
        readonly kind: "file";
        readonly path: string;
        readonly mode: number;
        readonly append: boolean;
        /** Without the newline that ends the file's last line, as the block's text. */
        readonly content: string;
      };
  /** Text of the output block that follows, wildcards included; `within` as in the block. */
  readonly expect?: {
    readonly text: string;
    readonly location: SourceLocation;
    readonly within?: number;
    /** Whether a terminal shows the output in columns, as that of `ls`. */
    readonly columns?: true;
  };
  /** URLs that it hands to wget and curl. */
  readonly downloads: readonly string[];
  /** Absent if there is nothing. */
  readonly asks?: readonly Ask[];
  /** Its script, if something in it downloads: in parts, as its reader types it line by line. */
  readonly parts?: readonly ScriptPart[];
  /** The calls of systemctl in it, its loops and variables followed; absent if nobody has followed them. */
  readonly unitCalls?: readonly UnitCall[];
  /** Ports, errata (as written) or mutants that changed this step. */
  readonly changedBy: readonly { readonly id: string; readonly reason: string }[];
};

/** Steps of one block, for all its machines: run at once. */
export type StepGroup = { readonly id: string; readonly steps: readonly Step[] };

/** How many blocks of each kind; `total` is always their sum. */
export type Accounting = Readonly<Record<Block["kind"] | "total", number>>;

export type Plan = {
  readonly guide: Guide;
  readonly accounting: Accounting;
  readonly groups: readonly StepGroup[];
  /** Blocks that a port or an erratum dropped, each with its reason. */
  readonly dropped: readonly { readonly id: string; readonly by: string; readonly reason: string }[];
  /** Ids of the errata that are in it as originally written. */
  readonly errata: readonly string[];
  /** Files of further edits that are in it. */
  readonly edits: readonly string[];
};
