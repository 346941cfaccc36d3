import type { Call, Programs, Stream } from "../call.ts";
import { operands } from "../shell/args.ts";
import { judge } from "../shell/conditions.ts";
import { finds } from "../lookup.ts";

const answer = (succeeds: boolean | undefined): Stream => (succeeds === undefined ? {} : { succeeds });

const test = ({ args, host, shell }: Call): Stream => answer(judge(args, host, shell));

/** Programs that only tell where another one is. */
const find = (call: Call): Stream => {
  const names = operands(call.args);
  const found = new Set(names.map(({ text, known }) => (known ? finds(call, text) : undefined)));
  return answer(found.has(false) ? false : found.has(undefined) ? undefined : true);
};

/** Programs that are there for their exit code. */
export const conditions: Programs = {
  test,
  "[": (call) => test({ ...call, args: call.args.slice(0, -1) }),
  true: () => answer(true),
  ":": () => answer(true),
  false: () => answer(false),
  command: find,
  type: find,
  hash: find,
  which: find,
};
