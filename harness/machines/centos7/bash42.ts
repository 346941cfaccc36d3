import { forEachChild, type Command, type SyntaxNode } from "unbash";
import { literalOf, wordsOf } from "./shell-words.ts";

const newVariables: ReadonlyMap<string, string> = new Map([
  ["EPOCHREALTIME", "5.0"],
  ["EPOCHSECONDS", "5.0"],
  ["BASH_ARGV0", "5.0"],
  ["SRANDOM", "5.1"],
  ["BASH_MONOSECONDS", "5.3"],
]);

/** Options of builtins that bash 4.2 lacks: the builtin, the letter, the version that has it. */
const newLetters: readonly (readonly [builtins: RegExp, letter: string, version: string])[] = [
  [/^(?:declare|typeset|local)$/, "n", "4.3"],
  [/^(?:declare|typeset|local)$/, "I", "5.1"],
  [/^unset$/, "n", "4.3"],
  [/^wait$/, "n", "4.3"],
  [/^wait$/, "f", "5.0"],
  [/^wait$/, "p", "5.1"],
  [/^(?:mapfile|readarray)$/, "d", "4.4"],
  [/^read$/, "E", "5.3"],
  [/^compgen$/, "V", "5.3"],
];

const newShellOptions =
  /^(?:globasciiranges|inherit_errexit|assoc_expand_once|localvar_(?:inherit|unset)|progcomp_alias|array_expand_once|bash_source_fullpath|globskipdots|noexpand_translation|patsub_replacement|varredir_close)$/;

/** What of a part of a script bash 4.2, which CentOS 7 has, does not know; undefined if it knows it all. */
export function newerThanBash42(node: SyntaxNode): string | undefined {
  if (node.type === "ParameterExpansion") {
    return node.operation?.type === "Transform" ? `${node.text} needs bash 4.4` : variable(node.parameter);
  }
  if (node.type === "SimpleExpansion") return variable(node.text.slice(1));
  if (node.type === "Assignment" && node.index?.text.startsWith("-"))
    return `${node.text}: an index below 0 needs bash 4.3`;
  if (node.type === "TestUnary") return test(node.operator, node.operand.text);
  if (node.type === "CommandExpansion" && /^\$\{[\s|]/.test(node.text)) return `${node.text} needs bash 5.3`;
  return node.type === "Command" ? builtin(node) : undefined;
}

function variable(name: string): string | undefined {
  const version = newVariables.get(name);
  return version && `$${name} needs bash ${version}`;
}

function test(operator: string, operand: string): string | undefined {
  if (operator === "-R") return "[[ -R ]] needs bash 4.3";
  return operator === "-v" && operand.includes("[") ? "[[ -v ]] of an element needs bash 4.3" : undefined;
}

function builtin(command: Command): string | undefined {
  const name = command.name && literalOf(command.name).text;
  if (name === undefined) return undefined;
  const args = wordsOf(command).map((word) => literalOf(word).text);
  const options = args.filter((arg) => /^-[A-Za-z]+$/.test(arg));
  const [, letter, version] =
    newLetters.find(
      ([builtins, one]) => builtins.test(name) && options.some((option) => option.includes(one)),
    ) ?? [];
  if (letter !== undefined) return `${name} -${letter} needs bash ${version}`;
  if (name === "local" && args.includes("-")) return "local - needs bash 4.4";
  if (name === "unset" && args.some((arg) => arg.includes("[-")))
    return "unset of an index below 0 needs bash 4.3";
  const tested = name === "[" || name === "test" ? args.findIndex((arg) => /^-[vR]$/.test(arg)) : -1;
  if (tested !== -1) return test(args[tested] ?? "", args[tested + 1] ?? "");
  const option = name === "shopt" ? args.find((arg) => newShellOptions.test(arg)) : undefined;
  return option && `shopt ${option} needs a later bash than 4.2`;
}

/** Whether a command is `set -u`, or `set -o nounset`. */
export function setsNounset(command: Command): boolean {
  if (!command.name || literalOf(command.name).text !== "set") return false;
  const args = wordsOf(command).map((word) => literalOf(word).text);
  return args.some(
    (arg, index) => /^-[a-zA-Z]*u/.test(arg) || (arg === "nounset" && args[index - 1] === "-o"),
  );
}

/** Elements of arrays that may be empty, which bash 4.2 takes for unset; `${all[@]+"${all[@]}"}` holds in all versions. */
export function emptyArraysIn(node: SyntaxNode): string[] {
  if (node.type === "ParameterExpansion") {
    if (node.operation?.type === "Default") return [];
    const all = node.prefix === undefined && node.index !== undefined && /^[@*]$/.test(node.index.text);
    if (all) return [`${node.text} of an empty array needs bash 4.4 under set -u`];
  }
  const found: string[] = [];
  forEachChild(node, (child) => void found.push(...emptyArraysIn(child)));
  return found;
}
