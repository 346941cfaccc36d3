import type { TextProblem } from "../../origin.ts";
import { execWords, type UnitEntry } from "../files/systemd-unit.ts";
import type { RuleId } from "../rules.ts";

/** What a shell acts on; systemd hands it to the program. */
const ofShells = /^(?:[12&]?>{1,2}(?:&[12]|[\w./-]*)|<|\|\|?|&&?)$/;

/** The command of an `Exec…=`, which no shell reads. */
export function checkExec(value: string, valueOffset: number): (readonly [RuleId, TextProblem])[] {
  const { words, problem } = execWords(value);
  const [program, ...args] = words;
  const found: (readonly [RuleId, TextProblem])[] = [];
  const add = (offset: number, message: string, hint: string, rule: RuleId = "units/exec"): void =>
    void found.push([rule, { offset: valueOffset + offset, message, hint }]);
  if (problem !== undefined) add(problem.offset, problem.message, problem.hint);
  if (program !== undefined && !program.text.startsWith("/")) {
    const hint = "systemd 219, which CentOS 7 has, takes absolute paths only";
    add(program.offset, `${program.text} is not an absolute path`, hint);
  }
  if (program !== undefined && /\s/.test(program.text))
    add(program.offset, "the quotes make one word of a program and its options", "take the quotes out");
  const odd = args.find(({ text, offset }) => value[offset] === text[0] && ofShells.test(text));
  if (odd !== undefined) {
    const message = `systemd knows no ${odd.text}: it is handed to the program as an option`;
    add(odd.offset, message, 'leave it out (the journal has what is printed), or call /bin/sh -c "…"');
  }
  const isShells = words.some(({ text }) => /(?:^|\/)(?:ba|da|z|k)?sh$/.test(text));
  const substituted = args.find(({ text }) => /\$\(|`|\$\{\w+[^\w}]/.test(text));
  if (substituted !== undefined && !isShells) {
    const message = `systemd is no shell: ${substituted.text} is handed to the program as it is written`;
    add(substituted.offset, message, 'write the value itself, or call /bin/sh -c "…"');
  }
  const escaped = isShells ? null : /(?<![\w$\\])[$\\]\$\{?\w+\}?/.exec(value);
  if (escaped !== null) {
    const message = `${escaped[0]} is no variable: systemd hands the text to the program`;
    const hint = `write ${escaped[0].slice(1)}; only a shell's here-document needs a backslash`;
    add(escaped.index, message, hint, "units/variable");
  }
  const remark = args.find(({ text, offset }) => value[offset] === "#" && text.startsWith("#"));
  if (remark !== undefined) {
    const message = "a remark is no comment here: it is handed to the program as options";
    add(remark.offset, message, "write it on a line of its own", "files/comment");
  }
  return found;
}

/** What is wrong with the number of programs that a service starts. */
export function programOf(entries: readonly UnitEntry[]): TextProblem | undefined {
  const own = entries.filter(({ section }) => section === "Service");
  const started = own.filter(({ key }) => key === "ExecStart");
  if (started.length === 0) {
    const hint = "write ExecStart=/path/of/the/program in [Service]";
    return { offset: 0, message: "a service without ExecStart", hint };
  }
  const type = own.findLast(({ key }) => key === "Type");
  const post = own.find(({ key, value }) => key === "ExecStartPost" && value.includes("mk-docker-opts.sh"));
  if (
    post &&
    /\/flanneld(?:\s|$)/.test(started.at(-1)?.value ?? "") &&
    /^(?:simple|idle|exec)$/.test(type?.value ?? "simple")
  ) {
    const message =
      "mk-docker-opts.sh reads what flanneld has not written yet: nothing waits until it is ready";
    return { offset: post.offset, message, hint: "write Type=notify" };
  }
  // An empty one takes back those before it.
  const reset = started.findLastIndex(({ value }) => value === "");
  const second = started[reset + 2];
  if (second === undefined || type?.value === "oneshot") return wrongType(started.at(-1)?.value ?? "", type);
  const message = "a second ExecStart: systemd refuses the unit, unless it is of Type=oneshot";
  return { offset: second.offset, message, hint: "keep one of them" };
}

/** Programs that tell systemd when they are ready, and some that never do; none of them leaves its place to a child. */
const notifying = /\/(?:etcd|flanneld|dockerd|containerd|kube-apiserver|kubelet)$/;
const others = /\/(?:kube-proxy|kube-scheduler|kube-controller-manager)$/;

/** A type that a program does not keep to: systemd waits for it, and ends it. */
function wrongType(command: string, type: UnitEntry | undefined): TextProblem | undefined {
  const program = execWords(command).words[0]?.text ?? "";
  const silent = type?.value === "notify" && others.test(program);
  const stays =
    /^(?:forking|oneshot)$/.test(type?.value ?? "") && (others.test(program) || notifying.test(program));
  if (type === undefined || (!silent && !stays)) return undefined;
  const name = program.replace(/^.*\//, "");
  const message = silent
    ? `${name} never tells systemd that it is ready: its start does not end`
    : `${name} goes on in the process that systemd has started: its start does not end`;
  return { offset: type.valueOffset, message, hint: "write Type=simple, or leave it out" };
}
