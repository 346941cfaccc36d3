import type { SyntaxNode, Word, WordPart } from "unbash";
import type { TextLocation } from "../../check/finding.ts";
import type { Around, Arg, Standing, Stream } from "../call.ts";
import type { Part, Shell } from "../host.ts";
import type { Expanded } from "./words.ts";

/** A script that is followed: where its commands stand, and how its words are read. */
export type Follower = {
  readonly shell: Shell;
  readonly source: Part;
  readonly here: () => Standing;
  /** The place of a character of the script. */
  readonly spot: (at: number) => TextLocation;
  /** Does something in other surroundings. */
  readonly within: <T>(change: Partial<Around>, work: () => T) => T;
  readonly words: (word: Word, splits?: boolean) => Arg[];
  readonly inHereDocument: (part: WordPart) => Expanded[];
  /** Follows a part of the script. */
  readonly walk: (node: SyntaxNode) => Stream;
};

/** Commands in a shell within, whose folder is its own. */
export function apart(
  { shell, within, walk }: Follower,
  node: SyntaxNode,
  change: Partial<Around> = {},
): Stream {
  const { cwd } = shell;
  const stream = within({ login: false, ...change }, () => walk(node));
  shell.cwd = cwd;
  return stream;
}

/** What comes of a condition, or of what another command waits for: where nobody is told of a failure, it does not succeed. */
export function attempt({ here, within, walk }: Follower, change: Partial<Around>, node: SyntaxNode): Stream {
  const { story } = here();
  const before = story.failures;
  const stream = within(change, () => walk(node));
  return story.failures > before ? { ...stream, succeeds: false } : stream;
}
