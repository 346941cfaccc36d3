import { minimalPackages, packagesIn, partsOf } from "./minimal.ts";

const [minimal, others] = partsOf("packages.txt", "# Not in the minimal installation.");

const packages = packagesIn(others);
const ofMinimal: ReadonlySet<string> = new Set(packagesIn(minimal).flatMap(({ brings }) => brings));
const listed: ReadonlySet<string> = new Set([...minimalPackages, ...packages.flatMap(({ names }) => names)]);

/** What a minimal installation has beyond its programs, and what all listed packages bring. */
export const brought: ReadonlySet<string> = new Set([
  ...ofMinimal,
  ...packages.flatMap(({ brings }) => brings),
]);

/** Whether it is known what a package brings. */
export const isListed = (name: string): boolean => listed.has(name);

/** The unit file of an instance: `getty@.service` of `getty@tty1.service`. */
export const templateOf = (unit: string): string => unit.replace(/(?<=.@)[^@]*(?=\.[a-z]+$)/, "");

/** Whether a minimal installation has a unit, or a user as `@NAME`. */
export const minimalHas = (word: string): boolean => ofMinimal.has(templateOf(word));

/** Names of packages that bring a program, a unit, or a user as `@NAME`; first the one to propose. */
export const packagesWith = (word: string): readonly string[] =>
  packages.flatMap(({ names, brings }) => (brings.includes(templateOf(word)) ? names : []));
