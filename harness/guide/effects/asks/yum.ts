/** yum(8)'s options with a value, as they stand before it. */
const valued =
  /^(?:-[^cdeRx-]*[cdeRx]|--(?:config|debuglevel|errorlevel|rpmverbosity|randomwait|(?:en|dis)ablerepo|repo(?:id)?|installroot|exclude|color|disableexcludes|disableplugin|releasever|setopt|downloaddir|advisory|bzs?|cves?|sec-severity))$/;

/** Verb and names of a call of yum, of its arguments. */
export function yumWords<T extends { readonly text: string }>(args: readonly T[]): T[] {
  const end = args.findIndex(({ text }) => text === "--");
  const options = end === -1 ? args : args.slice(0, end);
  return [
    ...options.filter(
      ({ text }, index) => !text.startsWith("-") && !valued.test(args[index - 1]?.text ?? ""),
    ),
    ...args.slice(options.length + 1),
  ];
}
