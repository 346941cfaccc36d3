import { readFileSync } from "node:fs";
import { join } from "node:path";
import { forEachChild, parse, type SyntaxNode } from "unbash";
import { tools } from "../tools.ts";
import { emptyArraysIn, newerThanBash42, setsNounset } from "./bash42.ts";
import { minimalPrograms, words } from "../../centos7/minimal.ts";
import { type Literal, literalOf, wordsOf } from "./shell-words.ts";

const builtins: ReadonlySet<string> = new Set(
  words(`. : [ alias bg bind break builtin caller cd command compgen complete continue declare dirs disown echo enable
    eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd
    read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias
    unset wait`),
);

/** Programs that the guide brings, whose options are its own versions'. */
const guidePrograms: ReadonlySet<string> = new Set(words("cfssl cfssljson docker etcdctl kubectl runc"));

/** Called on Debian alone, where scripts have found them. */
const debianPrograms: ReadonlySet<string> = new Set(words("apt-get dpkg-query"));

/** Options that a script may try, for it goes on without: systemd 219's journal is in step by itself. */
const tried: ReadonlySet<string> = new Set(["journalctl --sync"]);

/** Programs that run the command after their own options and so many operands. */
const wrappers: ReadonlyMap<string, number> = new Map([
  ...words(
    "builtin command env exec ionice nice nohup nsenter runuser setsid stdbuf sudo systemd-run unshare xargs",
  ).map((name) => [name, 0] as const),
  ...words("chroot chrt flock timeout").map((name) => [name, 1] as const),
]);

type Options = {
  /** By letter: whether it takes a value, as getopt(3) has it. */
  readonly letters: ReadonlyMap<string, "" | ":" | "::">;
  /** By word: whether what follows may be its value. */
  readonly words: ReadonlyMap<string, boolean>;
  readonly stops: boolean;
};

/** Takes apart lines of `program: letters | words`; a line that begins with `#` is a remark. */
function parseOptions(text: string): Map<string, Options> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line): [string, Options] => {
      const [, program = "", letters = "", long = ""] = /^(\S+): ?(\S*)(?: ?\| (.*))?$/.exec(line) ?? [];
      const known = [...letters.replace(/^\+/, "").matchAll(/([^:])(:{0,2})/g)];
      return [
        program,
        {
          letters: new Map(known.map(([, letter = "", value]) => [letter, isValue(value) ? value : ""])),
          words: new Map(long.split(" ").map((word) => [word.replace(/=$/, ""), word.endsWith("=")])),
          stops: letters.startsWith("+"),
        },
      ];
    }),
  );
}

const isValue = (text: string | undefined): text is ":" | "::" => text === ":" || text === "::";

/** What programs of CentOS 7.5 know: options.txt, which names its source. */
const centosOptions: ReadonlyMap<string, Options> = parseOptions(
  readFileSync(join(import.meta.dirname, "options.txt"), "utf8"),
);

export type Fault = string;

/** What of a script CentOS 7.5 lacks: programs, their options, syntax of bash; `nounset` if it runs under `set -u`. */
export function faultsIn(script: string, nounset = false): Fault[] {
  const parsed = parse(script);
  const faults = (parsed.errors ?? []).map(
    ({ message, pos }) => `${message} at ${script.slice(pos, pos + 20)}`,
  );
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(script))
    faults.push("bash 4.2 drops a backslash at the end of a script");
  // The kept shell's own, which its first script defines (ssh/shell-code.ts).
  const functions = new Set(["__harness_report"]);
  const visit = (node: SyntaxNode, see: (node: SyntaxNode) => void): void => {
    see(node);
    forEachChild(node, (child) => visit(child, see));
  };
  let strict = nounset;
  visit(parsed, (node) => {
    if (node.type === "Function") functions.add(literalOf(node.name).text);
    strict ||= node.type === "Command" && setsNounset(node);
  });
  visit(parsed, (node) => {
    const newer = newerThanBash42(node);
    if (newer !== undefined) faults.push(newer);
    if (node.type === "Command" && node.name)
      faults.push(...call([node.name, ...wordsOf(node)].map(literalOf), functions));
  });
  if (strict) faults.push(...emptyArraysIn(parsed));
  return faults;
}

/** What is wrong with one call: of its program, its options, and the command or script that it is given to run. */
function call([called, ...args]: readonly Literal[], functions: ReadonlySet<string>): Fault[] {
  if (!called?.whole) return [];
  const program = called.text.replace(/^\/(?:usr\/)?s?bin\//, "");
  if (program.includes("/") || guidePrograms.has(program) || debianPrograms.has(program)) return [];
  if (functions.has(program)) {
    // It may run its arguments.
    return centosOptions.has(args[0]?.text ?? "") ? call(args, functions) : [];
  }
  if (program === "command" && /^-[vV]$/.test(args[0]?.text ?? "")) return [];
  // `trap -p` shows what is set, and `trap - SIGNAL` takes it away.
  if (program === "trap" && /^-[lp]?$/.test(args[0]?.text ?? "")) return [];
  if (program === "eval" || program === "trap") {
    const given = args[0]?.text === "--" ? args.slice(1) : args;
    const script = program === "eval" ? given : given.slice(0, 1);
    return script.every(({ whole }) => whole) ? faultsIn(script.map(({ text }) => text).join(" ")) : [];
  }
  const isBuiltin = builtins.has(program);
  if (!isBuiltin && !minimalPrograms.has(program) && tools.every((tool) => tool.program !== program))
    return [
      `${program} is neither in CentOS 7's minimal installation nor a declared tool (harness/machines/tools.ts)`,
    ];
  const known = isBuiltin && !wrappers.has(program) ? undefined : centosOptions.get(program);
  const given = optionsIn(args, known);
  return [
    ...(isBuiltin && !known ? [] : given.options.flatMap((option) => unknown(program, option, known) ?? [])),
    ...(program.startsWith("ip") ? seconds(program, args) : []),
    ...ofWhatItRuns(program, args, given.operands, functions),
  ];
}

/** The command of a wrapper, of `find -exec`, or the script of `sh -c`. */
function ofWhatItRuns(
  program: string,
  args: readonly Literal[],
  operands: readonly Literal[],
  functions: ReadonlySet<string>,
): Fault[] {
  if (/^(?:ba)?sh$/.test(program)) {
    const at = args.findIndex(({ text }) => /^-[a-z]*c[a-z]*$/.test(text));
    const script = at === -1 ? undefined : args[at + 1];
    const nounset = args.slice(0, at + 1).some(({ text }) => /^-[a-z]*u/.test(text));
    return script?.whole ? faultsIn(script.text, nounset) : [];
  }
  if (program === "find") {
    return args.flatMap(({ text }, index) =>
      /^-(?:exec|ok)(?:dir)?$/.test(text) ? call(args.slice(index + 1), functions) : [],
    );
  }
  const skipped = wrappers.get(program);
  if (skipped === undefined) return [];
  const rest =
    program === "env" ? operands.slice(operands.findIndex(({ text }) => !text.includes("="))) : operands;
  return call(rest.slice(skipped), functions);
}

/** The options among arguments, and what is none. Of a cluster each letter is one; what begins with a dash and is not known whole is up to it. */
function optionsIn(
  args: readonly Literal[],
  known: Options | undefined,
): { readonly options: string[]; readonly operands: readonly Literal[] } {
  const options: string[] = [];
  const operands: Literal[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (!arg) break;
    const { text } = arg;
    if (text === "--") return { options, operands: [...operands, ...args.slice(index + 1)] };
    const word = text.replace(/^--?/, "").split("=")[0] ?? "";
    if (text.startsWith("--") || (text.startsWith("-") && known?.words.has(word))) {
      options.push(text.split("=")[0] ?? text);
      if (!text.includes("=") && known?.words.get(word) === true) index += 1;
    } else if (/^-./.test(text)) {
      const cluster = lettersOf(text.slice(1), known);
      options.push(...cluster.letters.map((letter) => `-${letter}`));
      if (cluster.takesNext) index += 1;
    } else {
      operands.push(arg);
      if (known?.stops) return { options, operands: [...operands, ...args.slice(index + 1)] };
    }
  }
  return { options, operands };
}

/** The letters of a cluster, up to one that has the rest for its value; a negative number is no cluster. */
function lettersOf(cluster: string, known: Options | undefined): { letters: string[]; takesNext: boolean } {
  if (/^\d+$/.test(cluster) && !known?.letters.has(cluster[0] ?? ""))
    return { letters: [], takesNext: false };
  if (known && known.letters.size === 0) return { letters: [cluster], takesNext: false };
  const letters: string[] = [];
  for (const [index, letter] of cluster.split("").entries()) {
    letters.push(letter);
    const value = known?.letters.get(letter) ?? "";
    if (value !== "") return { letters, takesNext: value === ":" && index === cluster.length - 1 };
  }
  return { letters, takesNext: false };
}

function unknown(program: string, option: string, known: Options | undefined): Fault | undefined {
  if (tried.has(`${program} ${option}`)) return undefined;
  if (!known)
    return `what options ${program} knows is not in harness/machines/centos7/options.txt (${option})`;
  const name = option.replace(/^--?/, "");
  const isKnown = known.words.has(name) || (!option.startsWith("--") && known.letters.has(name));
  return isKnown ? undefined : `${program} of CentOS 7.5 has no ${option}`;
}

/** iptables 1.4.21 waits for its lock without a limit. */
function seconds(program: string, args: readonly Literal[]): Fault[] {
  const limited = args.some(
    ({ text }, index) =>
      /^(?:-w|--wait)[= ]?\d+$/.test(text) ||
      (/^(?:-w|--wait)$/.test(text) && /^\d+$/.test(args[index + 1]?.text ?? "")),
  );
  return limited && /^ip6?tables/.test(program) ? [`${program} of CentOS 7.5 takes no seconds for -w`] : [];
}
