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
export const shellPreamble = (nonce: Nonce, cwd: string | undefined, environment: string): string =>
  sh`__harness_report() {
  set +exv
  {
    printf '%s%sready %s\0' ${nonce.halves.join(" ")} "$1"
    pwd
    printf '\0'
    export -p
    printf '\0'
    builtin jobs -lr
    printf '\0'
  } >&${stdout}
  printf ${bareFrame(nonce, "ready")} "$1" >&${stderr}
}
{
eval -- ${shellQuote(environment)} 2>/dev/null
cd ${cwd === undefined ? "" : `-- ${shellQuote(cwd)}`} || exit
__harness_report 0
}
`;

/**
 * One run. It is one word for the shell, so that neither its standard input nor what it leaves open can reach
 * the code after it; the group keeps `set -v` and `set -x` from showing that code. A shell that is `surviving` goes on
 * after a failure.
 */
export const shellRun = (script: string, surviving = false): string =>
  sh`{
set ${surviving ? "+e" : "-e"} -o pipefail
eval -- ${shellQuote(script)} </dev/null
{ __harness_report "$?"; } 2>/dev/null
}
`;
