import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { type ErrorDetails, GuideFailure } from "../engine.ts";

/** `value` in the shape asked for; GuideFailure, with a message that begins with `what`, if it has another. */
export function shaped<T>(schema: z.ZodType<T>, value: unknown, what: string, details?: ErrorDetails): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new GuideFailure(`${what} is not as expected:\n${z.prettifyError(parsed.error)}`, details);
}

/** As `shaped`, of a JSON text. */
export function shapedJson<T>(schema: z.ZodType<T>, text: string, what: string, details?: ErrorDetails): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GuideFailure(`${what} is not JSON: ${text.trim().slice(0, 200)}`, details);
  }
  return shaped(schema, value, what, details);
}

/** The first certificate of a PEM text; GuideFailure, with a message that begins with `what`, if there is none. */
export function certificateOf(pem: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new GuideFailure(`${what} is no certificate`, { hint: "See how the guide makes it." });
  }
}
