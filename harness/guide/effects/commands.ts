import { posix } from "node:path";
import { type Call, effect, fails, names, nothing, type Programs, type Stream, unknown } from "./call.ts";
import { demandsOf } from "./asks/demands.ts";
import { fetchesOf } from "./asks/fetches.ts";
import { isLastReboot } from "./asks/reboot.ts";
import { basics, elsewhere, reboots, harmless, mayList, silent } from "./known.ts";
import { fileOf, finds, orNearest, packageFor } from "./lookup.ts";
import { checkPairs } from "./programs/certificates.ts";
import { obscure } from "./programs/cluster/kubeconfig.ts";
import { conditions } from "./programs/conditions.ts";
import { files } from "./programs/files.ts";
import { programs } from "./programs/programs.ts";
import { runShell, scripts } from "./programs/scripts.ts";
import { transfers } from "./programs/transfer.ts";
import { unwrapped, wraps } from "./wrappers.ts";

const known: Programs = { ...files, ...conditions, ...scripts, ...transfers, ...programs };

/** More programs than anybody puts before the one that they are to run. */
const mostWrapped = 16;

/** Runs one command as far as its effects are known; of any other nobody knows what it does. */
export function runCommand(outer: Call): Stream {
  let call = outer;
  for (let within = unwrapped(call), left = mostWrapped; within; within = unwrapped(call), left -= 1) {
    if (left === 0) {
      unknown(outer);
      return {};
    }
    call.story.demands.push(...demandsOf(call));
    checkCommand(call);
    effect(call, "runs", posix.basename(call.name), call.spot);
    if (call.name === "exec") replaceShell(call);
    call = within;
  }
  const name = posix.basename(call.name);
  notePrinting(call, name);
  const demands = demandsOf(call);
  call.story.demands.push(...demands);
  call.story.fetches.push(...fetchesOf(call, demands));
  // Who is told to write a file in the place of an editor need not install one.
  if (!demands.some(({ capability }) => capability === "terminal")) checkCommand(call);
  effect(call, "runs", name, call.spot);
  noteWords(call);
  checkPairs(call);
  const output = silent.has(name) ? nothing(call.spot) : {};
  if (Object.hasOwn(known, name)) {
    const printed = known[name]?.(call);
    return printed ? { ...output, ...printed } : output;
  }
  const file = fileOf(call, call.name);
  if (file && file.parts.length > 0) {
    const script = { text: file.path, known: true, spot: call.spot, written: call.name };
    runShell({ ...call, args: [script, ...call.args] });
    return {};
  }
  if (call.name.startsWith("-")) obscure(call);
  if (harmless.has(name) && !wraps(call)) return output;
  unknown(call);
  return {};
}

/** A program takes the place of the shell: what comes after it is not run, neither here nor for a reader. */
function replaceShell(call: Call): void {
  effect(call, "alters", call.name, call.spot);
  if (!call.around.login) return;
  const message = "exec puts a program in the place of the login shell: the commands after it are not run";
  call.fault(
    "shell/exit",
    call.spot,
    message,
    "leave it out, or let it end a shell of its own: `( exec … )`",
  );
}

/** Files and ports that a command's words name, whatever it does with them. */
function noteWords(call: Call): void {
  const { args, shell, name, spot } = call;
  if (name.includes("/")) names(call, name, shell.cwd, spot);
  for (const arg of args) {
    names(call, arg.text, shell.cwd, arg.spot);
    for (const [place] of arg.text.matchAll(/(?<![\w.])(?:\d+\.){3}\d+:\d+\b/g))
      effect(call, "connects", place, arg.spot, false);
  }
}

/** What a command prints is of no interest if it prints nothing: it may be told to (`rm -v`), and some list what there is (`umask`). */
function notePrinting({ story: { step, printing }, around, args }: Call, name: string): void {
  const options = args.map(({ text }) => text).filter((text) => text.startsWith("-"));
  const lists = mayList.has(name) && (args.length === 0 || options.length > 0);
  const quiet = silent.has(name) && !lists && !options.some((option) => /^-(?:\w*v|-verbose)/.test(option));
  if (step === undefined || !around.shown || quiet) return;
  printing.set(step.key, [...(printing.get(step.key) ?? []), [name, ...options].join(" ")]);
}

/** What steps have put where a shell finds it can be called only if it is executable. */
function checkMode(call: Call): void {
  const { name, host, spot } = call;
  const path = basics.has(name) ? undefined : fileOf(call, name)?.path;
  const entry = path === undefined ? undefined : host.files.get(path);
  if (path === undefined || entry?.executable !== false) return;
  // What nobody could follow may have made it so.
  if (call.story.effects.some(({ does, what }) => does === "unknown" && what.includes("chmod"))) return;
  const hint = `chmod +x ${path} before`;
  if (fails(call, { rule: "files/executable", at: spot, message: `${path} is not executable`, hint }))
    host.files.set(path, { ...entry, executable: true });
}

/** One finding for each command that a machine lacks; it is followed all the same, or one slip would bring a hundred. */
function checkCommand(call: Call): void {
  const { name, host, shell, spot, story, fault } = call;
  if (reboots.has(name)) {
    if (isLastReboot(call)) return;
    const hint =
      "a step may end with it: make reboot, or shutdown -r now, the last command of the block, on a line of its own";
    fault("shell/command", spot, `${name} takes the machine down in the middle of a step`, hint);
    return;
  }
  if (finds(call, name) !== false) return checkMode(call);
  if (name.includes("/")) {
    const hint = orNearest(story, host, host.resolve(name, shell), "an earlier step must put it there", true);
    const told = fails(call, { rule: "files/missing", at: spot, message: `there is no ${name} yet`, hint });
    if (told) host.write(host.resolve(name, shell), { parts: [] });
    return;
  }
  const provider = packageFor(host, name);
  if (call.around.guarded) {
    story.failures += 1;
    return;
  }
  if (host.lackedCommands.has(name)) return;
  host.lackedCommands.add(name);
  const written = [...host.files.keys()].findLast((file) => posix.basename(file) === name);
  const hint =
    written !== undefined
      ? `write ${written}, or add ${posix.dirname(written)} to PATH before`
      : provider === undefined
        ? "install it before, or correct its name"
        : `install the package ${provider} first`;
  const message = `the shell does not find ${name}`;
  if (!elsewhere.has(name)) fault("shell/command", spot, message, hint);
  else story.ofCentos.push({ rule: "shell/command", at: spot, message, hint });
  // No system brings it.
  if (name === "docker") story.unported.push({ rule: "shell/command", at: spot, message, hint });
}
