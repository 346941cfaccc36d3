import type { ShellState } from "../connection.ts";
import { bareFrame, type Nonce } from "./frames.ts";
import { shellQuote } from "../quote.ts";
import { sh } from "../sh.ts";

// High numbers, out of the way of scripts that use descriptors of their own, so that a script may redirect
// the shell's output for good and we are still heard.
const stdout = 218;
const stderr = 219;

/**
 * What the channel runs: a login shell that reads its commands from the channel, under a shell that says the
 * exit code when it is gone, however it went. The first frame is the process group of all of them.
 */
export const shellCommand = (nonce: Nonce): string => {
  const supervisor = sh`exec ${stdout}>&1 ${stderr}>&2 2>/dev/null
printf ${bareFrame(nonce, "start")} $$
bash --login 2>&${stderr}
code=$?
printf ${bareFrame(nonce, "exit")} $code
printf ${bareFrame(nonce, "exit")} $code >&${stderr}`;
  return sh`exec bash -c ${shellQuote(supervisor)}`;
};

/** Makes a new shell what an earlier one was, and ready to say when a run is over. */
export const shellPreamble = (nonce: Nonce, cwd: string | undefined, state: string): string =>
  sh`eval -- ${shellQuote(state)} 2>/dev/null
__harness_failed() {
  case $- in *e*) printf '%s%sfailed %s\0%s\0\0\0' ${nonce.halves.join(" ")} "$1" "$2" >&${stdout} ;; esac
}
__harness_report() {
  set +exv
  {
    printf '%s%sready %s\0' ${nonce.halves.join(" ")} "$1"
    pwd
    printf '\0'
    (unset -f __harness_report __harness_failed; unset -v BASH_EXECUTION_STRING FUNCNAME; ${wholeState})
    printf '\0'
    builtin jobs -lr
    printf '\0'
  } >&${stdout}
  printf ${bareFrame(nonce, "ready")} "$1" >&${stderr}
}
{
${cwd === undefined ? "" : `cd -- ${shellQuote(cwd)} 2>/dev/null ||`} cd || exit
__harness_report 0
}
`;

/**
 * Says which command ends the script, by its line in it, which begins on the next line. Scripts that set or show traps, and
 * shells that have one, are left alone.
 */
const tellFailed = sh`# shellcheck disable=SC2064
[ -n "$(trap -p ERR)" ] || trap "{ __harness_failed \$((LINENO - $LINENO)) \"\$BASH_COMMAND\"; } 2>/dev/null" ERR`;

// In a function there is no such trap to be seen.
const tellNoMore = sh`case $(trap -p ERR) in *__harness_failed*) trap - ERR ;; esac`;

/**
 * One run. It is one word for the shell, so that neither its standard input nor what it leaves open can reach
 * the code after it; the group keeps `set -v` and `set -x` from showing that code. A shell that is `surviving` goes on
 * after a failure.
 */
export const shellRun = (script: string, surviving = false): string =>
  sh`{
set ${surviving ? "+e" : "-e"} -o pipefail
${surviving || /\btrap\b/.test(script) ? ":" : tellFailed}
eval -- ${shellQuote(script)} </dev/null
{ __harness_report "$?"; ${tellNoMore}; } 2>/dev/null
}
`;

/** All that makes a shell what it is, as code, but for its folder. */
const wholeState = sh`umask -p; declare -p; declare -f`;

/** Makes a shell what one at a terminal was when it came to its end. */
export const shellAdopt = (left: string): string =>
  sh`{
set +e
eval -- ${shellQuote(left)} 2>/dev/null
__harness_report 0
} 2>/dev/null
`;

/** What a channel with a terminal runs: a login shell that reads one line in base64, and does what it says. */
export const terminalCommand = (nonce: Nonce): string => {
  // Neither echoed nor cut nor taken for a key, and the terminal is as it was once it is read.
  const reader = sh`__harness_terminal=$(stty -g) && stty raw -echo && printf ${bareFrame(nonce, "start")} $$ &&
IFS= read -r __harness_code && stty "$__harness_terminal" && eval -- "$(printf %s "$__harness_code" | base64 -d)"`;
  return sh`exec bash --login -c ${shellQuote(reader)}`;
};

/** That line: a script in a shell that is made what another one is, and says what it was at its end. */
export function terminalRun(nonce: Nonce, script: string, { cwd, environment }: ShellState): string {
  // The terminal is this shell's own.
  const code = sh`unset -v __harness_code __harness_terminal
__harness_term=$TERM
eval -- ${shellQuote(environment)} 2>/dev/null
TERM=$__harness_term
unset -v __harness_term
cd -- ${shellQuote(cwd)} || exit
__harness_state() {
  unset -v TERM SSH_TTY LINES COLUMNS BASH_EXECUTION_STRING
  unset -f __harness_report __harness_state
  printf 'cd -- %q\n' "$PWD"
  ${wholeState}
}
__harness_report() {
  set +exv
  printf '%s%sleft %s\0%s\0\0\0' ${nonce.halves.join(" ")} "$1" "$(__harness_state | base64 -w 0)"
}
set -e -o pipefail
eval -- ${shellQuote(script)}
{ __harness_report "$?"; } 2>/dev/null`;
  return `${Buffer.from(code).toString("base64")}\n`;
}
