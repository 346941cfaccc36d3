import { sh } from "./sh.ts";

/** One word of a POSIX shell, whatever it contains. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** sudo's own PATH on CentOS (`secure_path`) leaves out where the guide puts its programs; a login has it. */
const withLocalPrograms = sh`case :$PATH: in *:/usr/local/bin:*) ;; *) PATH=/usr/local/bin:$PATH ;; esac`;

/** A command as root's, for a user who may use sudo without a password: in root's home folder, as a login has it. */
export const throughSudo = (command: string): string =>
  sh`sudo -n -H -- bash -c ${shellQuote(`cd\n${withLocalPrograms}\n${command}`)}`;

/** A command as a message shows it: its first line that says something, shortened. */
export function firstLine(command: string): string {
  const line = command.split("\n").find((text) => text.trim() !== "") ?? "";
  return line.length > 100 ? `${line.slice(0, 100)}…` : line.trim();
}
