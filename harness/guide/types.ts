import type { SourceLocation } from "../errors.ts";
import type { Capability } from "../machines/machine.ts";
import type { Accounting } from "../record/record.ts";
import type { RebootAtEnd } from "./effects/asks/reboot.ts";
import type { OriginSpan } from "./origin.ts";
import type { Answer } from "./parse/answers/answers.ts";
import type { Directive, DirectiveKind } from "./parse/directives.ts";

type BlockCommon = {
  /** Section number as printed, such as `2.4.4`. */
  readonly section: string;
  readonly location: SourceLocation;
  readonly endLine: number;
  /** The text between the fences, without a final newline; placeholders unresolved. */
  readonly text: string;
  /** Where the parts of the text were written, if an edit changed it. */
  readonly pieces?: readonly OriginSpan[];
};

type Of<Kind extends DirectiveKind> = BlockCommon & Extract<Directive, { kind: Kind }>;

/** Commands that the reader types. `id` is `<section>/<name>`; `on` names machines and groups as written. */
export type CommandBlock = Of<"run">;

/** A file that the reader writes or appends to; `id` and `on` as of a command block. */
export type FileBlock = Of<"file">;

/** What the command block `of` that id prints; typed wildcards stand for what varies. */
export type OutputBlock = Of<"output"> & { readonly of: string };

/** What the reader answers where the command block `of` that id asks: `readAnswers`. */
export type AnswersBlock = Of<"answers"> & { readonly of: string };

/** One fence of the guide; those of other directives are shown, and nothing comes of them. */
export type Block =
  | CommandBlock
  | FileBlock
  | OutputBlock
  | AnswersBlock
  | Of<Exclude<DirectiveKind, "run" | "file" | "output" | "answers">>;

/** A block of which steps are made, one for each of its machines. */
export type StepBlock = Extract<Block, { readonly id: string }>;

/** A statement that a suite is to prove. */
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

/**
 * What a step does, or asks for, as far as the shell's text says it (`effects`). Of files and folders `what` is the absolute
 * path, of units the name without `.service`; what is downloaded is an address, what `connects` names is ADDRESS:PORT.
 */
export type Effect = {
  /** Where: `ssh`, `scp` and `systemctl -H` lead to another machine than the step's. */
  readonly machine: string;
  /**
   * To files and folders, then to units (`asks` for their state or journal). Images are loaded from a file, or from `-`. `trusts`
   * is a download's own authority, `runs` a program by its bare name; `alters` changes the shell itself, its options, traps or
   * end. `unknown` is a command that nobody could follow.
   */
  readonly does:
    | ("reads" | "writes" | "removes" | "enters")
    | ("starts" | "stops" | "enables" | "disables" | "asks")
    | ("loads" | "installs" | "downloads" | "trusts" | "connects")
    | ("runs" | "alters" | "unknown");
  readonly what: string;
  /** Whether it happens for sure if the step passes: not so behind a condition, and of words that only look like a path. */
  readonly sure: boolean;
  /** Key of the step whose text says it, if that is another one. */
  readonly by?: string;
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
    | {
        readonly kind: "run";
        readonly script: string;
        /** Set if it is typed at a terminal: what is answered there, in this order. */
        readonly tty?: readonly Answer[];
      }
    | {
        readonly kind: "file";
        readonly path: string;
        readonly mode: number;
        readonly append: boolean;
        /** Without the newline that ends the file's last line, as the block's text. */
        readonly content: string;
      };
  /** Lines of the guide in which its answers stand, if no edit changed them. */
  readonly answerLines?: readonly number[];
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
  readonly asks?: readonly Ask[];
  /** Set if its script ends with a reboot of its machine. */
  readonly reboots?: RebootAtEnd;
  /** Its script up to a reboot, if something in it downloads: in parts, as its reader types it line by line. */
  readonly parts?: readonly ScriptPart[];
  readonly effects: readonly Effect[];
  /** Ports, errata (as written) or mutants that changed this step. */
  readonly changedBy: readonly { readonly id: string; readonly reason: string }[];
};

/** Steps of one block, for all its machines: run at once. */
export type StepGroup = { readonly id: string; readonly steps: readonly Step[] };

export type Plan = {
  readonly guide: Guide;
  readonly accounting: Accounting;
  readonly groups: readonly StepGroup[];
  /** Blocks that a port or an erratum dropped, each with its reason. */
  readonly dropped: readonly { readonly id: string; readonly by: string; readonly reason: string }[];
  /** Ids of the errata that are in it as originally written. */
  readonly errata: readonly string[];
  readonly edits: readonly string[];
};
