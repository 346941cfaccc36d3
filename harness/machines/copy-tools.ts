import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Context } from "../context.ts";
import { InfrastructureError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import type { MachineSpec } from "./machine.ts";
import { host } from "../host/exec.ts";
import { findProgram, installPackages } from "../host/packages/packages.ts";
import type { Connection } from "./ssh/connection.ts";
import { sh } from "./ssh/sh.ts";
import { ask, succeed } from "./ssh/succeed.ts";
import { beyondMinimal, remedyFor, type System, type Tool, toolsFor } from "./tools.ts";

/** Where brought programs and their libraries are on a machine, and where its PATH finds them. */
const libraries = "/usr/local/lib/guide/tools";
const programs = "/usr/local/bin";

/** Options without which a program would not run on any system. */
const options: Readonly<Record<string, string>> = {
  // Debian's becomes a user that another system has not.
  tcpdump: " -Z root",
};

/**
 * Looks for the tools that a machine needs, and brings those along that the guide's reader has not either; before the
 * guide begins. Gives what was brought. InfrastructureError, with the command to type, if the machine lacks others.
 */
export async function supplyTools(
  connection: Connection,
  { name, role }: MachineSpec,
  system: System,
  progress: Progress,
  context: Context,
): Promise<readonly Tool[]> {
  const wanted = toolsFor(role, system);
  const missing = await lacking(connection, wanted);
  const brought = missing.filter((tool) => beyondMinimal.includes(tool));
  const lacks = missing.filter((tool) => !brought.includes(tool)).map(({ program }) => program);
  if (lacks.length > 0) {
    throw new InfrastructureError(`${name} has no ${lacks.join(", ")}`, {
      machine: name,
      hint: `The guide was not started. Run on it, or in its box: \`${remedyFor(lacks, system)}\`.`,
    });
  }
  for (const { program, packages } of brought) {
    await installPackages(progress, context, { [program]: packages.debian12 ?? program });
    await copyProgram(connection, program, context);
  }
  return brought;
}

async function lacking(connection: Connection, wanted: readonly Tool[]): Promise<Tool[]> {
  const names = wanted.map(({ program }) => program).join(" ");
  const answer = await ask(
    connection,
    sh`for program in ${names}; do command -v $program >/dev/null || echo $program; done`,
  );
  const missing = answer.split("\n");
  return wanted.filter(({ program }) => missing.includes(program));
}

/**
 * Puts a program of this host on a machine, with all that it is linked to, the loader too, so that it runs on any system of
 * the same architecture. InfrastructureError if the host has none.
 */
export async function copyProgram(connection: Connection, program: string, context: Context): Promise<void> {
  const path = await findProgram(program);
  if (path === undefined) {
    throw new InfrastructureError(`This host has no ${program} to copy to the machines`, {
      hint: `Install it on this host, or on ${connection.machine}.`,
    });
  }
  const linked = linkedTo(await host("ldd", [path], context));
  const loader = linked.find((file) => basename(file).startsWith("ld-"));
  if (loader === undefined) throw new InfrastructureError(`${path} names no loader`);
  await succeed(connection, sh`mkdir -p ${libraries}`, `there is no room for ${program}`);
  await Promise.all(
    [path, ...linked].map(async (file) =>
      connection.writeFile(`${libraries}/${basename(file)}`, await readFile(file), { mode: 0o755 }),
    ),
  );
  const start = `${libraries}/${basename(loader)} --library-path ${libraries} ${libraries}/${program}`;
  const wrapper = sh`#!/bin/sh
exec ${start}${options[program] ?? ""} "$@"
`;
  await connection.writeFile(`${programs}/${program}`, wrapper, { mode: 0o755 });
}

/** The files that ldd(1) names, the loader among them. */
export const linkedTo = (text: string): string[] =>
  [...text.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(/gm)].map(([, file = ""]) => file);
