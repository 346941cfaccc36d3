import { type Call, has } from "../call.ts";
import { loginOf } from "../wrappers.ts";
import { yumWords } from "./yum.ts";

/** Whether a command waits for a person, who types into it or ends it with Ctrl-C; steps have nobody at a terminal. */
export function asksTerminal(call: Call, name: string): boolean {
  return (
    (!call.around.fed && Object.hasOwn(typing, name) && typing[name]?.(call) === true) ||
    (call.around.shown && !call.bounded && Object.hasOwn(endless, name) && endless[name]?.(call) === true)
  );
}

const words = ({ args }: Call): string[] =>
  args.filter(({ text }) => !text.startsWith("-")).map(({ text }) => text);

const verbOf = (call: Call): string => words(call)[0] ?? "";

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
  const verb = verbOf(call);
  if (verb === "container") return docker({ ...call, args: call.args.filter(({ text }) => text !== verb) });
  if (verb === "attach") return true;
  if (verb === "login") return !has(call, /^(?:-p|--password)/);
  const options = ownOptions(call);
  const given = (letter: RegExp): boolean => options.some((option) => letter.test(option));
  return /^(?:run|exec)$/.test(verb) && given(/^-\w*t|^--tty$/) && !given(/^-\w*d|^--detach$/);
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

const yum = asksBefore(
  /^(?:install|update|upgrade|remove|erase|localinstall|groupinstall)$/,
  ({ args }) => yumWords(args)[0]?.text ?? "",
);
const apt = asksBefore(/^(?:upgrade|dist-upgrade|remove|purge|autoremove)$/);
const anyway = (): boolean => true;
const bareShell = ({ args }: Call): boolean => args.length === 0;

/** Commands that a person types into, unless they are fed. */
const typing: Readonly<Record<string, (call: Call) => boolean>> = {
  vi: anyway,
  vim: anyway,
  nano: anyway,
  emacs: anyway,
  visudo: anyway,
  read: (call) => !has(call, /^-\w*u/),
  crontab: (call) => has(call, /^-e$/),
  systemctl: (call) => verbOf(call) === "edit",
  passwd: (call) => !has(call, /^-/),
  docker,
  podman: docker,
  kubectl,
  yum,
  dnf: yum,
  apt,
  "apt-get": apt,
  su: (call) => !has(call, /^(?:-c|--command)/),
  sudo: (call) => has(call, /^-\w*[is]$/),
  bash: bareShell,
  sh: bareShell,
  ssh: (call) => {
    const { target, command } = loginOf(call);
    return target !== undefined && command.length === 0 && !has(call, /^-\w*[NfV]/);
  },
  "ssh-keygen": (call) => !has(call, /^-[AeFgHiklMRrVy]/) && !(has(call, /^-f/) && has(call, /^-[NP]/)),
  openssl: (call) =>
    verbOf(call) === "req" && has(call, /^-(?:new|x509)$/) && !has(call, /^-(?:subj|config|batch)$/),
};

/** Commands that end when a person presses Ctrl-C. */
const endless: Readonly<Record<string, (call: Call) => boolean>> = {
  top: (call) => !has(call, /^-\w*b/),
  htop: anyway,
  watch: anyway,
  tail: (call) => has(call, /^(?:-\w*[fF]\w*|--follow.*)$/),
  journalctl: (call) => has(call, /^(?:-\w*f|--follow)$/),
  ping: (call) => !has(call, /^-\w*[cV]/),
  docker: (call) => verbOf(call) === "logs" && has(call, /^(?:-\w*f|--follow)$/),
  kubectl: (call) => {
    const verb = verbOf(call);
    if (verb === "logs") return has(call, /^(?:-\w*f|--follow)$/);
    if (verb === "get") return has(call, /^(?:-w|--watch|--watch-only)$/);
    return verb === "proxy" || verb === "port-forward";
  },
};
