import type { Command } from "commander";
import { main } from "./base.ts";

/** Commands by name, each with what it needs. */
export type LazyCommands = Readonly<Record<string, () => Promise<Command>>>;

/** Adds the command that is asked for, or all if none is, for the help; only that is loaded, so that a short one is over at once. */
export async function addAsked(parent: Command, commands: LazyCommands, asked = ""): Promise<Command> {
  const wanted = Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands);
  for (const name of wanted) {
    const make = commands[name];
    if (make) parent.addCommand(await make());
  }
  return parent;
}

/** The words of the command line, without the `--` with which a package manager may begin it. */
export const askedWords = (): string[] => process.argv.slice(2).filter((word) => word !== "--");

/** Runs the command that the command line asks for. */
export async function only(parent: Command, commands: LazyCommands): Promise<void> {
  parent.enablePositionalOptions();
  await addAsked(parent, commands, askedWords()[0]);
  await main(parent);
}
