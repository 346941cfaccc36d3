/**
 * As setpriv(1) tells the kernel before it becomes the command: whoever was dead by then is no parent any more, and its
 * end sends no signal.
 */
const script = '[ "$PPID" = "$1" ] || exit 1; shift; exec "$@"';

/**
 * A command that does not outlive this process: when this one ends, also by SIGKILL, the kernel sends it `signal` at
 * once (PR_SET_PDEATHSIG). TERM is for runs, whose machines have to be removed; KILL for what has nothing to undo.
 * What the command starts in its turn is its own business. TERM may come several times, once for each thread of ours that
 * ends.
 *
 * The kernel watches the thread that starts the child, not the process: start it from one that lives as long as the
 * work, as Node's main thread does.
 */
export const owned = (signal: "TERM" | "KILL", command: readonly string[]): [string, string[]] => [
  "setpriv",
  ["--pdeathsig", signal, "/bin/sh", "-c", script, "sh", String(process.pid), ...command],
];
