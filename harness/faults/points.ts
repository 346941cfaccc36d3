import type { RunEvent } from "../record/events.ts";

/** What a run does, in order, as far as it can be hit. */
export const boundaries = [
  "plan",
  "prepare",
  "up",
  "connect",
  "command",
  "file",
  "download",
  "wait",
  "suites",
  "blame",
  "collect",
  "down",
  "report",
] as const;
export type Boundary = (typeof boundaries)[number];
/** `before plan`, `in up`, `after down` … */
export type Point = `${"before" | "in" | "after"} ${Boundary}`;

export const isPoint = (text: string): text is Point => {
  const [moment = "", boundary = ""] = text.split(" ");
  return ["before", "in", "after"].includes(moment) && boundaries.some((one) => one === boundary);
};

const spans: Readonly<Record<string, Boundary>> = {
  plan: "plan",
  artifacts: "prepare",
  up: "up",
  connect: "connect",
  vitest: "suites",
  blame: "blame",
  journals: "collect",
  down: "down",
};

/** Points that an event stands for. */
export function pointsOf(event: RunEvent): Point[] {
  if (event.type === "span-start") return at("before", spans[event.name]);
  if (event.type === "span-end") return at("after", spans[event.span.name]);
  if (event.type === "step-start") return at("before", ofStep(event.key));
  // What was not reached is recorded at the end.
  if (event.type === "step-end" && !event.step.skipped) return at("after", ofStep(event.step.key));
  return event.type === "test-end" && !event.test.skipped ? ["in suites"] : [];
}

const at = (moment: "before" | "after", boundary: Boundary | undefined): Point[] =>
  boundary ? [`${moment} ${boundary}`] : [];

const ofStep = (key: string): Boundary | undefined => boundaries.find((one) => key.startsWith(`1.1/${one}@`));
