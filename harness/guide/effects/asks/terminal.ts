import type { Call } from "../call.ts";
import { commandLine, has } from "../shell/args.ts";
import { loginOf } from "../wrappers.ts";
import { yumWords } from "./yum.ts";

/** Who a command waits for at a terminal, if not for the terminal alone: who writes a file, who types, who ends it with Ctrl-C. */
export type Wanted = {
  readonly who: "writer" | "typist" | "watcher" | "nobody";
  readonly instead: string;
};

/** What a command waits for that only a terminal has, or a person there; undefined if it goes on without. */
export function wantsTerminal(call: Call, name: string): Wanted | undefined {
  const [asks, instead = ""] = Object.hasOwn(typing, name) ? (typing[name] ?? []) : [];
  if (!call.around.fed && asks?.(call) === true) {
    if (isEditor(commandLine({ ...call, name }))) return { who: "writer", instead: ofEditor };
    const alone = asks === docker && /^(?:run|exec)$/.test(verbOf(call)) && !isShell(call.args.at(-1)?.text);
    return { who: alone ? "nobody" : "typist", instead };
  }
  const [goesOn, toEnd = ""] = Object.hasOwn(endless, name) ? (endless[name] ?? []) : [];
  const watched = call.around.shown && !call.bounded && goesOn?.(call) === true;
  return watched ? { who: "watcher", instead: toEnd } : undefined;
}

const ofEditor = "write the file in a file block";

const isEditor = (command: string): boolean =>
  /^(?:vim?|nano|emacs|visudo|crontab|systemctl edit|kubectl edit)\b/.test(command);

const words = ({ args }: Call): string[] =>
  args.filter(({ text }) => !text.startsWith("-")).map(({ text }) => text);

const verbOf = (call: Call): string => words(call).find((word) => word !== "container") ?? "";

const isShell = (word: string | undefined): boolean =>
  word !== undefined && /^(?:\/(?:usr\/)?bin\/)?(?:ba|a|da|z)?sh$/.test(word);

/** The options of a container's command, which end with the image; a word after an option may be its value. */
function ownOptions({ args }: Call): string[] {
  const texts = args.slice(1).map(({ text }) => text);
  const end = texts.findIndex((text, index) => !text.startsWith("-") && !texts[index - 1]?.startsWith("-"));
  return (end < 0 ? texts : texts.slice(0, end)).filter((text) => text.startsWith("-"));
}

/** Docker refuses a terminal of its own where there is none, unless the container runs in the background. */
function docker(call: Call): boolean {
  const verb = words(call)[0];
  if (verb === "container") return docker({ ...call, args: call.args.filter(({ text }) => text !== verb) });
  if (verb === "attach") return true;
  if (verb === "login") return !has(call, /^(?:-p|--password)/);
  const options = ownOptions(call);
  const given = (letter: RegExp): boolean => options.some((option) => letter.test(option));
  return /^(?:run|exec)$/.test(verb ?? "") && given(/^-\w*t|^--tty$/) && !given(/^-\w*d|^--detach$/);
}

/** kubectl does without a terminal: only what a person would type into a shell is missing. */
function kubectl(call: Call): boolean {
  const verb = verbOf(call);
  if (verb === "edit" || verb === "attach") return true;
  return (
    /^(?:exec|run|debug)$/.test(verb) && has(call, /^-\w*i|^--stdin$/) && isShell(call.args.at(-1)?.text)
  );
}

const asksBefore =
  (verbs: RegExp, of = verbOf) =>
  (call: Call): boolean =>
    verbs.test(of(call)) && !has(call, /^(?:-\w*y\w*|--yes|--assume-?yes)$/);

/** sudo as whoever may use it without a password is asked for none, unless it is told to ask. */
function sudo({ args }: Call): boolean {
  const end = args.findIndex(({ text }) => !text.startsWith("-"));
  const own = (end < 0 ? args : args.slice(0, end)).map(({ text }) => text);
  return own.some((text) => /^-\w*[Skv]\w*$/.test(text) || (end < 0 && /^-\w*[is]\w*$/.test(text)));
}

/** Options by which ssh and scp ask for a password, or whether they know the host. */
const asksOfHost = (call: Call): boolean =>
  has(
    call,
    /^(?:-o)?(?:StrictHostKeyChecking=ask|PreferredAuthentications=(?:password|keyboard-interactive))/i,
  );

const anyway = (): boolean => true;
const bareShell = ({ args }: Call): boolean => args.length === 0;
const interactive = (call: Call): boolean => has(call, /^(?:-[a-zA-Z]*[iI][a-zA-Z]*|--interactive.*)$/);
const asksPassword = (call: Call): boolean => has(call, /^(?:-p|--password)$/);

type Table = Readonly<Record<string, readonly [asks: (call: Call) => boolean, instead: string]>>;

const editor = [anyway, ofEditor] as const;
const container = [docker, "give the container its command, without `-t`"] as const;
const yes = "give it `-y`";
const yum = [
  asksBefore(
    /^(?:install|update|upgrade|remove|erase|localinstall|groupinstall)$/,
    ({ args }) => yumWords(args)[0]?.text ?? "",
  ),
  yes,
] as const;
const apt = [asksBefore(/^(?:upgrade|dist-upgrade|remove|purge|autoremove)$/), yes] as const;
const shell = [bareShell, "give it a script, or `-c` and the commands"] as const;
const overwriting = [interactive, "leave `-i` out"] as const;
const mysql = [asksPassword, "read the password from an option file: `--defaults-extra-file=FILE`"] as const;

/** Commands that a person types into, unless they are fed, and what goes without one. */
const typing: Table = {
  vi: editor,
  vim: editor,
  nano: editor,
  emacs: editor,
  visudo: [(call) => !has(call, /^(?:-\w*[cV]\w*|--check|--version)$/), ofEditor],
  read: [(call) => !has(call, /^-\w*u/), "set the variable, or feed it: `<<< VALUE`"],
  crontab: [(call) => has(call, /^-e$/), ofEditor],
  systemctl: [(call) => verbOf(call) === "edit", ofEditor],
  passwd: [(call) => !has(call, /^-/), 'feed it: `echo "$PASSWORD" | passwd --stdin USER`'],
  htpasswd: [(call) => !has(call, /^-\w*[biDv]/), "give it `-b` and the password, or feed it with `-i`"],
  docker: container,
  podman: container,
  nerdctl: container,
  crictl: container,
  kubectl: [kubectl, "give `kubectl exec` the command after `--`, without `-i`"],
  yum,
  dnf: yum,
  apt,
  "apt-get": apt,
  su: [(call) => !has(call, /^(?:-c|--command)/), "give it `-c` and the commands"],
  sudo: [sudo, "let sudo run the command, as a user who may do so without a password"],
  bash: shell,
  sh: shell,
  ssh: [
    (call) => {
      const { target, command } = loginOf(call);
      return target !== undefined && ((command.length === 0 && !has(call, /^-\w*[NfV]/)) || asksOfHost(call));
    },
    "give it a command, and a key that the host knows: `-o BatchMode=yes`",
  ],
  scp: [asksOfHost, "give it a key that the host knows: `-o BatchMode=yes`"],
  sftp: [(call) => !has(call, /^-b/), "feed it its commands, or use scp"],
  "ssh-copy-id": [
    (call) => !has(call, /^-\w*[nh]/),
    "append the key to /root/.ssh/authorized_keys there, in a file block with `append`",
  ],
  "ssh-keygen": [
    (call) => !has(call, /^-[AeFgHiklMRrVy]/) && !(has(call, /^-f/) && has(call, /^-[NP]/)),
    "give it `-N ''` and `-f FILE`",
  ],
  openssl: [
    (call) =>
      verbOf(call) === "req" && has(call, /^-(?:new|x509)$/) && !has(call, /^-(?:subj|config|batch)$/),
    "give it `-subj`",
  ],
  rm: overwriting,
  cp: overwriting,
  mv: overwriting,
  mysql,
  mysqladmin: mysql,
  mysqldump: mysql,
  mysql_secure_installation: [anyway, "feed `mysql` the statements that it stands for"],
  fdisk: [(call) => !has(call, /^-\w*[lsvV]/), "use `parted -s`, or feed `sfdisk`"],
  alternatives: [(call) => has(call, /^--config$/), "use `--set NAME PATH`"],
  telnet: [anyway, "ask whether a port answers by `timeout 5 bash -c '</dev/tcp/HOST/PORT'`"],
};

const untilItEnds = "let it end by itself, as by `timeout 5` before it";

/** Commands that end when a person presses a key. */
const endless: Table = {
  top: [(call) => !has(call, /^-\w*b/), "show it once: `top -bn1`"],
  htop: [anyway, "show it once: `top -bn1`"],
  less: [anyway, "use `cat`"],
  more: [anyway, "use `cat`"],
  watch: [anyway, "call the command itself; `within` of its output block repeats it"],
  tail: [(call) => has(call, /^(?:-\w*[fF]\w*|--follow.*)$/), "leave `-f` out"],
  journalctl: [(call) => has(call, /^(?:-\w*f|--follow)$/), "leave `-f` out"],
  ping: [(call) => !has(call, /^-\w*[cV]/), "give it `-c 3`"],
  docker: [
    (call) => verbOf(call) === "logs" && has(call, /^(?:-\w*f|--follow)$/),
    "leave `-f` out, or " + untilItEnds,
  ],
  kubectl: [
    (call) => {
      const verb = verbOf(call);
      if (verb === "logs") return has(call, /^(?:-\w*f|--follow)$/);
      if (verb === "get") return has(call, /^(?:-w|--watch|--watch-only)$/);
      return verb === "proxy" || verb === "port-forward";
    },
    untilItEnds,
  ],
};
