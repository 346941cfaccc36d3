import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Argument, type Command, type Option } from "commander";
import { command } from "../command/base.ts";
import { wordsFor } from "../command/completes.ts";
import { shellQuote } from "../../machines/ssh/quote.ts";
import type { LazyCommands } from "../command/lazy.ts";

/** What each shell has to do before it can read the script, which is bash's. */
const beginnings = { bash: "", zsh: "autoload -U +X bashcompinit && bashcompinit\n" };

/** `completion SHELL`: a script by which a shell completes all commands, made of the commands themselves. */
export const completionCommand = (commands: LazyCommands, scripts: readonly string[]): Command =>
  command("completion", "print a script with which a shell completes these commands after pnpm and npm")
    .addArgument(new Argument("<shell>", "which shell").choices(Object.keys(beginnings)))
    .addHelpText(
      "after",
      `
Examples, from the project's folder:
  source <(pnpm -s guide-conformance completion bash)           for this shell; with a file of it in ~/.bashrc for all
  pnpm -s guide-conformance completion zsh > ~/.guide.zsh       for zsh: source it in ~/.zshrc, after compinit`,
    )
    .action(async (shell: keyof typeof beginnings, _options, self: Command) => {
      const others = await Promise.all(Object.values(commands).map((make) => make()));
      process.stdout.write(beginnings[shell] + (await completionScript([...others, self], scripts)));
    });

/** What a command line can go on with behind the words of a command, such as `guide try`. */
type Node = {
  readonly path: string;
  readonly next: readonly string[];
  readonly options: readonly {
    readonly names: readonly string[];
    readonly words: string;
    readonly many: boolean;
  }[];
};

async function nodesOf(target: Command, above = ""): Promise<Node[]> {
  const path = `${above} ${target.name()}`.trim();
  const shown = target.createHelp().visibleOptions(target);
  const values = await Promise.all(target.registeredArguments.map(wordsFor));
  const words = values.flatMap((own) => (own === "runs" || typeof own !== "string" ? marked(own) : []));
  const next = [...target.commands.map((sub) => sub.name()), ...words, ...shown.flatMap(namesOf)];
  const options = await Promise.all(
    shown
      .filter(({ required, optional }) => required || optional)
      .map(async (option) => ({
        names: namesOf(option),
        words: marked(await wordsFor(option)) || ":none",
        many: option.variadic,
      })),
  );
  const below = await Promise.all(target.commands.map((sub) => nodesOf(sub, path)));
  return [{ path, next, options }, ...below.flat()];
}

/** Words, or the mark of those that the shell looks up itself. */
const marked = (words: readonly string[] | string): string =>
  typeof words === "string" ? `:${words}` : words.join(" ");

const namesOf = ({ short, long }: Option): string[] => [short, long].flatMap((name) => name ?? []);

/** Words that pnpm takes for commands of its own unless `run` stands before them. */
const ofPnpm = new Set(["up", "doctor", "completion"]);

/**
 * The script for bash. `scripts` are the names that a package manager knows, some of which are no command of the tree; the rest
 * of it is behind `guide-conformance`.
 */
export async function completionScript(
  commands: readonly Command[],
  scripts: readonly string[],
): Promise<string> {
  const nodes = (await Promise.all(commands.map((target) => nodesOf(target)))).flat();
  const next = [
    ["run", scripts],
    ["pnpm", scripts.filter((name) => !ofPnpm.has(name))],
    ["guide-conformance", commands.map((target) => target.name())],
    ...nodes.map((node) => [node.path, node.next] as const),
  ] as const;
  const options = nodes.flatMap(({ path, options: own }) =>
    own.flatMap(({ names, words, many }) => names.map((name) => ({ name: `${path} ${name}`, words, many }))),
  );
  const many = options.filter((option) => option.many).map(({ name }) => [name, []] as const);
  const valued = options.map(({ name, words }) => [name, [words]] as const);
  const rest = await readFile(join(import.meta.dirname, "complete.bash"), "utf8");
  return [choice("next", next), choice("value", valued), choice("many", many), rest].join("\n");
}

/** A function that sets REPLY to words by its argument, and fails for any other. */
const choice = (name: string, entries: readonly (readonly [string, readonly string[]])[]): string =>
  [
    `_guide_conformance_${name}() {`,
    "  case $1 in",
    ...entries.map(([key, words]) => `  ${shellQuote(key)}) REPLY=${shellQuote(words.join(" "))} ;;`),
    "  *) return 1 ;;",
    "  esac",
    "}",
  ].join("\n");
