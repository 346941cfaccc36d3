import { expect, test } from "vitest";
import { machineOf } from "../testing.ts";
import { ping } from "./ping.ts";

test("a packet that is lost is sent again: ping goes on until enough are answered, or its time is over", async () => {
  const ran: string[] = [];
  const machine = machineOf((command) => {
    ran.push(command);
    return { stdout: command.startsWith("docker") ? "41\n" : "" };
  });
  const pod = { name: "a", app: "client", ip: "10.254.23.3", machine, container: "of a", started: 0 };
  await ping(pod, { ...pod, ip: "10.254.5.2" }, 3, "-s 56");
  expect(ran.at(-1)).toBe("nsenter --net --target 41 ping -n -c 3 -i 0.2 -w 4 -s 56 10.254.5.2");
});
