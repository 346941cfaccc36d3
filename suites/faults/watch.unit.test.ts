import { expect, test, vi } from "vitest";
import { GuideFailure, InfrastructureError } from "../cluster/index.ts";
import { calm } from "./outages.ts";
import { Watch } from "./watch.ts";

/** What is answered, one after the other; the last one for ever. */
function answering(...answers: (string | undefined | Error | Promise<string>)[]) {
  let asked = 0;
  const ask = async (): Promise<string | undefined> => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { probe: { name: "API reads", ask, late: 200, interval: 5 }, asked: () => asked };
}

const until = (count: number, asked: () => number): Promise<void> =>
  vi.waitFor(() => expect(asked()).toBeGreaterThanOrEqual(count), { interval: 5, timeout: 120_000 });

test("asks again and again, and tells from when until when something was wrong", async () => {
  const { probe, asked } = answering("", new GuideFailure("HTTP 502: no\nmore"), "HTTP 500", "", "");
  const since = performance.now();
  const watch = new Watch(probe);
  await until(5, asked);
  await watch.end();
  expect(watch.outages(since)).toEqual([
    { from: expect.any(Number), until: expect.any(Number), seen: "HTTP 500" },
  ]);
  expect(watch.outages(performance.now())).toEqual([]);
  const count = asked();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(asked()).toBe(count);
});

test("what cannot be told is neither right nor wrong", async () => {
  const { probe, asked } = answering(undefined);
  const watch = new Watch(probe);
  await until(3, asked);
  expect(watch.outages(0)).toEqual([]);
  expect(watch.lacks(0)).toBe("API reads: nobody could look yet");
  await watch.end();
});

test("is right once it was asked since, and not while an answer is due", async () => {
  const { probe, asked } = answering("", "", new Promise<string>(() => undefined));
  const watch = new Watch(probe);
  await until(3, asked);
  expect(watch.lacks(0)).toBe("");
  expect(watch.lacks(performance.now())).toBe("API reads: nobody could look yet");
  await vi.waitFor(() => expect(watch.lacks(0)).toBe("API reads: no answer yet"), { timeout: 120_000 });
  expect(watch.outages(0)).toMatchObject([{ seen: "no answer yet" }]);
});

test("what was wrong a moment ago is not yet back", async () => {
  const { probe, asked } = answering("HTTP 500", "");
  const watch = new Watch(probe);
  await until(3, asked);
  expect(watch.lacks(0)).toBe("API reads: HTTP 500");
  await watch.end();
});

test("what was wrong is back only with a right look after it, though nothing was wrong since", async () => {
  const { probe, asked } = answering("", "HTTP 500", new Promise<string>(() => undefined));
  const patient = { ...probe, late: 60_000 };
  const watch = new Watch(patient);
  await until(3, asked);
  await new Promise((resolve) => setTimeout(resolve, calm + 100));
  expect(watch.lacks(0)).toBe("API reads: HTTP 500");
});

test("a way to a machine that is lost is told apart from what is wrong there", async () => {
  const { probe, asked } = answering("", new InfrastructureError("t76: connection lost"), "");
  const watch = new Watch(probe);
  await until(3, asked);
  expect(watch.outages(0)).toMatchObject([{ seen: "t76: connection lost", lost: true }]);
  await watch.end();
});

test("a defect of the looking is nobody's outage", async () => {
  const watch = new Watch(answering(new TypeError("undefined is no pod")).probe);
  await expect(watch.end()).rejects.toThrow("undefined is no pod");
});
