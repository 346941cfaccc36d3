import { canInstall, missingPackages, type ProgramPackages } from "../host/packages/packages.ts";
import type { Check } from "./machine.ts";

/** Whether the host has programs, and who installs those that it lacks. Looks, and changes nothing. */
export async function checkPrograms(need: string, wanted: ProgramPackages): Promise<Check> {
  const missing = await missingPackages(wanted);
  if (missing.length === 0) return { need, found: `${Object.keys(wanted).join(", ")}: installed` };
  const found = `without ${missing.join(" ")}`;
  return (await canInstall())
    ? { need, found, remedy: "Nothing to do: the next run installs them with apt-get.", fatal: false }
    : { need, found, remedy: `Install them: \`apt-get install ${missing.join(" ")}\`.`, fatal: true };
}
