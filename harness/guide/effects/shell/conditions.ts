import type { TestExpression, Word } from "unbash";
import type { Host, Shell } from "../host.ts";
import { type Expanded, plain } from "./words.ts";

/** Whether both hold, one after the other; undefined if nobody knows beforehand. */
export const both = (one: boolean | undefined, other: boolean | undefined): boolean | undefined =>
  one === false || other === false ? false : one && other;

/** Whether one of two holds; undefined if nobody knows beforehand. */
export const either = (one: boolean | undefined, other: boolean | undefined): boolean | undefined =>
  one === true || other === true ? true : (one ?? other);

const not = (known: boolean | undefined): boolean | undefined => (known === undefined ? undefined : !known);

/** What `[ … ]` says of these words, as far as steps before determine it. */
export function judge(words: readonly Expanded[], host: Host, shell: Shell): boolean | undefined {
  const [first, second, third] = words;
  if (first?.text === "!" && words.length > 1) return not(judge(words.slice(1), host, shell));
  if (words.some(({ known }) => !known) || words.length > 3) return undefined;
  if (first === undefined || second === undefined) return first !== undefined && first.text !== "";
  if (third === undefined) return judgeOne(first.text, second.text, host, shell);
  if (/^==?$/.test(second.text)) return first.text === third.text;
  return second.text === "!=" ? first.text !== third.text : undefined;
}

function judgeOne(operator: string, operand: string, host: Host, shell: Shell): boolean | undefined {
  if (operator === "-n") return operand !== "";
  if (operator === "-z") return operand === "";
  if (!/^-[abcdefghkLprsSuwxOGN]$/.test(operator)) return undefined;
  const path = host.resolve(operand, shell);
  if (operand === "" || host.lacks(path)) return false;
  if (/^-[aef]$/.test(operator) && host.files.has(path)) return true;
  return /^-[aed]$/.test(operator) && host.folders.has(path) ? true : undefined;
}

/** What `[[ … ]]` says. */
export function holds(
  expression: TestExpression,
  expand: (word: Word) => readonly Expanded[],
  judged: (words: readonly Expanded[]) => boolean | undefined,
): boolean | undefined {
  const within = (inner: TestExpression): boolean | undefined => holds(inner, expand, judged);
  switch (expression.type) {
    case "TestUnary":
      return judged([plain(expression.operator), ...expand(expression.operand)]);
    case "TestBinary":
      // What stands on the right may be a pattern.
      return undefined;
    case "TestNot":
      return expression.negations.length % 2 === 0
        ? within(expression.operand)
        : not(within(expression.operand));
    case "TestGroup":
      return within(expression.expression);
    case "TestLogical":
      return expression.operands.map(within).reduce(expression.operator === "&&" ? both : either);
  }
  return expression satisfies never;
}
