import { list, words, wordsOf } from "../words.ts";

/** What may stand in a unit file, by section. A section without a list is not looked into. */
export const directives: Readonly<Record<string, ReadonlySet<string> | undefined>> = Object.fromEntries(
  ["Unit", "Service", "Install"].map((section) => [section, new Set(wordsOf(`[${section}]`))]),
);

/** The sections of a unit file, by systemd.unit(5) and the pages of each kind of unit. */
export const sections: readonly string[] = list(
  "Unit Install Service Socket Timer Mount Automount Swap Path Slice Scope",
);

/** The targets of systemd.special(7) that a unit can be wanted by. */
export const targets = wordsOf("targets");

/** Verbs of systemctl(1). */
export const verbs = wordsOf("systemctl");

/** Options of systemctl(1) whose value is the next word. */
export const valuedOption =
  /^(?:-[HMtpnos]|--(?:host|machine|type|property|lines|output|signal|state|root|kill-who|job-mode|preset-mode))$/;

/** Directives whose words are names of units. */
export const dependencies: ReadonlySet<string> = words(
  "Requires Requisite Wants BindsTo PartOf Upholds Conflicts Before After OnFailure OnSuccess",
);

/** How the name of a unit ends. */
export const suffix = /\.(?:service|socket|target|mount|automount|swap|timer|path|slice|scope|device)$/;
