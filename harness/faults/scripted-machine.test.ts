import { expect, test } from "vitest";
import { connect } from "../machines/ssh/connect.ts";
import { testContext } from "../testing.ts";
import { scriptedMachine } from "./scripted-machine.ts";

test("a scripted machine answers commands, scripts in a kept shell, and files, and runs nothing", async () => {
  const asked: string[] = [];
  await using server = await scriptedMachine("t71", (machine, command) => {
    asked.push(`${machine}: ${command}`);
    if (command.includes("say hello")) return { stdout: "hello\n" };
    return command.includes("fail") ? { exitCode: 3 } : {};
  });
  await using connection = await connect(server.endpoint, testContext());
  expect(await connection.exec("say hello")).toMatchObject({ exitCode: 0, stdout: "hello\n" });
  expect(await connection.exec("fail")).toMatchObject({ exitCode: 3 });
  const shell = await connection.shell();
  expect(await shell.run("say hello")).toMatchObject({ exitCode: 0, stdout: "hello\n", cwd: "/root" });
  expect(await shell.run("fail")).toMatchObject({ exitCode: 3 });
  expect(await shell.run("say hello")).toMatchObject({ exitCode: 0 });
  await shell.close();
  await connection.writeFile("/etc/file", "content");
  expect(asked.at(-1)).toContain("/etc/file");
});
