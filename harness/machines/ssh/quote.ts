/** One word of a POSIX shell, whatever it contains. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A command as root's, for a user who may use sudo without a password: in root's home folder, as a login has it. */
export const throughSudo = (command: string): string =>
  `sudo -n -H -- bash -c ${shellQuote(`cd\n${command}`)}`;

/** A command as a message shows it: its first line that says something, shortened. */
export function firstLine(command: string): string {
  const line = command.split("\n").find((text) => text.trim() !== "") ?? "";
  return line.length > 100 ? `${line.slice(0, 100)}…` : line.trim();
}
