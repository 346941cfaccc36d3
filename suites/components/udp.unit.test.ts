import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { execa } from "execa";
import { bulk, fetchedIn, fetching } from "./bulk.ts";
import { answersOf } from "./udp.ts";

test("an answer that did not come was waited for; one that was refused was not", () => {
  const sixty = "backend-x\n".repeat(60);
  expect(answersOf("t72", sixty, "0.1")).toMatchObject({ unanswered: 0, milliseconds: 100 });
  const waited = answersOf("t72", "backend-x\n\n", "1.6");
  expect(waited).toMatchObject({ unanswered: 59, milliseconds: 1600 });
  expect(waited).not.toHaveProperty("refused");
  expect(answersOf("t71", "backend-x\n\n", "1.6", 3)).toMatchObject({ unanswered: 2 });
  expect(answersOf("t72", "backend-x\nrefused\n", "1.6")).toMatchObject({ unanswered: 59, refused: 59 });
});

const from = "10.254.5.2:8080";

test.each([
  [`${from} 108894 True 0.004 closed`, { size: 108_894, isSame: true, unanswered: 0 }],
  [`${from} 20 False 0.004 closed`, { size: 20, isSame: false, unanswered: 0 }],
  [`${from} 0 False 2.004 waited`, { size: 0, isSame: false, unanswered: 1, milliseconds: 2004 }],
  [
    `${from} 0 False 2.001 unheard`,
    { isSame: false, unanswered: 1, said: expect.stringContaining("after a request of 4000") },
  ],
  [`${from} 0 False 0.001 refused`, { isSame: false, unanswered: 1, refused: 1 }],
])("%s", (line, wanted) => {
  expect(fetchedIn(`${line}\n`)).toEqual([expect.objectContaining({ from, ...wanted })]);
});

test("what nobody serves is refused", async () => {
  const program = `import socket, time\n${fetching([{ ip: "127.0.0.1", port: 1 }])}`;
  const { stdout } = await execa("python3", ["-E", "-S", "-c", program]);
  expect(fetchedIn(`${stdout}\n`)).toMatchObject([{ from: "127.0.0.1:1", size: 0, refused: 1 }]);
  expect(bulk).toBe(108_894);
});

test("the request is long, and one that gets no answer is told from an answer that breaks off", async () => {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on("data", (data) => asked.push(data.toString()));
    socket.on("error", () => undefined);
    if (asked.length > 0) socket.write("HTTP/1.0 200 OK\r\n\r\n1\n");
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
  onTestFinished(() => void server.close());
  const fetched = async () => {
    const program = `import socket, time\n${fetching([{ ip: "127.0.0.1", port }])}`;
    const { stdout } = await execa("python3", ["-E", "-S", "-c", program]);
    return fetchedIn(`${stdout}\n`)[0]?.said;
  };
  expect(await fetched()).toBe("nothing came after a request of 4000 bytes");
  expect(asked.join("")).toMatch(/^GET \S{3980,} HTTP\/1\.0\r\n\r\n$/);
  expect(await fetched()).toBe("no more came");
});
