import type { ArithmeticExpression } from "unbash";

/** What arithmetic needs of its shell. */
export type Numbers = {
  readonly variables: Map<string, string>;
  /** The text of a word with expansions in it; undefined if it is not known beforehand. */
  readonly text: (word: Extract<ArithmeticExpression, { type: "ArithmeticWord" }>) => string | undefined;
};

const binary: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => Math.trunc(left / right),
  "%": (left, right) => left % right,
  "<": (left, right) => Number(left < right),
  "<=": (left, right) => Number(left <= right),
  ">": (left, right) => Number(left > right),
  ">=": (left, right) => Number(left >= right),
  "==": (left, right) => Number(left === right),
  "!=": (left, right) => Number(left !== right),
  "&&": (left, right) => Number(left !== 0 && right !== 0),
  "||": (left, right) => Number(left !== 0 || right !== 0),
};

const unary: Readonly<Record<string, (value: number) => number>> = {
  "+": (value) => value,
  "-": (value) => -value,
  "!": (value) => Number(value === 0),
};

/**
 * What bash computes between `((` and `))` (bash(1), ARITHMETIC EVALUATION); sets the variables that are assigned there. Undefined
 * if it is not known beforehand.
 */
export function compute(node: ArithmeticExpression, numbers: Numbers): number | undefined {
  const { type } = node;
  if (type === "ArithmeticGroup") return compute(node.expression, numbers);
  if (type === "ArithmeticWord") return valueOf(numbers.text(node), numbers.variables);
  if (type === "ArithmeticUnary") {
    const { operator, operand, prefix } = node;
    const value = compute(operand, numbers);
    if (operator !== "++" && operator !== "--")
      return value === undefined ? undefined : unary[operator]?.(value);
    const next = value === undefined ? undefined : value + (operator === "++" ? 1 : -1);
    set(operand, next, numbers);
    return prefix ? next : value;
  }
  if (type !== "ArithmeticBinary") return undefined;
  const { operator, left, right } = node;
  // `a = b`, `a += b`
  const [, change] = /^([-+*/%]?)=$/.exec(operator) ?? [];
  const [one, other] = [change === "" ? 0 : compute(left, numbers), compute(right, numbers)];
  const known = one !== undefined && other !== undefined;
  if (change === undefined) return known ? finite(binary[operator]?.(one, other)) : undefined;
  const value = change === "" ? other : known ? finite(binary[change]?.(one, other)) : undefined;
  set(left, value, numbers);
  return value;
}

/** A division by zero is an error of the shell. */
const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isSafeInteger(value) ? value : undefined;

function set(target: ArithmeticExpression, value: number | undefined, { variables }: Numbers): void {
  if (target.type === "ArithmeticWord")
    variables.set(target.value, value === undefined ? "\0" : String(value));
}

/** A number, or the value of a variable that has one; what is not set is 0. */
export function valueOf(
  text: string | undefined,
  variables: ReadonlyMap<string, string>,
): number | undefined {
  const named = text !== undefined && /^[A-Za-z_]\w*$/.test(text) ? (variables.get(text) ?? "0") : text;
  return named !== undefined && /^-?(?:0|[1-9]\d{0,9})$/.test(named) ? Number(named) : undefined;
}
