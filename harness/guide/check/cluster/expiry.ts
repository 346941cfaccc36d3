import type { Certificate } from "../../effects/host.ts";
import { dig, isObject, json, textOfEntry } from "../../effects/programs/json.ts";
import { spotOf } from "../files/here-document.ts";
import type { Fault, Subject, TextLocation } from "../finding.ts";

const units: Readonly<Record<string, number>> = { h: 1, m: 1 / 60, s: 1 / 3600 };

/** Hours for which cfssl makes a CA whose request does not say (initca, CAPolicy: five years). */
const unlessTold = 43_800;

/** Hours of a duration as Go writes it; undefined for anything else. */
function hoursOf(text: unknown): number | undefined {
  if (typeof text !== "string" || !/^(?:\d+(?:\.\d+)?[hms])+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)([hms])/g)].reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
}

/** For how long certificates hold: written as cfssl reads it, no longer than their CA, and as long as the guide says. */
export function* expiry({ world, validHours }: Subject): Iterable<Fault> {
  const seen = new Set<TextLocation["step"]>();
  for (const host of world.hosts) {
    for (const { certificate } of host.files.values()) {
      const part = certificate?.signing?.config.parts[0];
      if (!certificate?.signing || !part || seen.has(part.step)) continue;
      seen.add(part.step);
      const { profile } = certificate.signing;
      const settings = json(textOfEntry(certificate.signing.config));
      const own = dig(settings, "signing", "profiles", profile, "expiry");
      const given = own ?? dig(settings, "signing", "default", "expiry");
      // A profile's own is behind its name.
      const named = own === undefined ? 0 : Math.max(part.text.indexOf(`"${profile}"`), 0);
      // cfssl reads all profiles before it uses one.
      const all = {
        default: dig(settings, "signing", "default"),
        ...ofObject(dig(settings, "signing", "profiles")),
      };
      const unread = Object.entries(all).filter(
        ([, one]) =>
          isObject(one) &&
          !("remote" in one) &&
          !("auth_remote" in one) &&
          hoursOf(dig(one, "expiry")) === undefined,
      );
      for (const [name, one] of unread) {
        const place = spotOf(
          part,
          dig(one, "expiry") === undefined ? `"${name}"` : '"expiry"',
          Math.max(part.text.indexOf(`"${name}"`), 0),
        );
        yield { rule: "certificates/expiry", at: place, ...unreadable(dig(one, "expiry")) };
      }
      if (unread.length > 0) continue;
      const fault = wrong(given, certificate, validHours);
      if (settings === undefined || given === undefined || !fault) continue;
      yield { rule: "certificates/expiry", at: spotOf(part, '"expiry"', named), ...fault };
    }
  }
}

const ofObject = (value: unknown): object => (isObject(value) ? value : {});

const unreadable = (given: unknown): Pick<Fault, "message" | "hint"> => ({
  message:
    given === undefined
      ? "cfssl reads no profile without an expiry"
      : `cfssl cannot read the expiry ${JSON.stringify(given)}`,
  hint: 'write hours: "expiry": "87600h"',
});

function wrong(
  given: unknown,
  { ca }: Certificate,
  validHours: number,
): Pick<Fault, "message" | "hint"> | undefined {
  const hours = hoursOf(given);
  if (hours === undefined) return unreadable(given);
  const request = json(textOfEntry(ca?.request));
  const told = hoursOf(dig(request, "ca", "expiry"));
  const limit = told ?? (request === undefined ? Infinity : unlessTold);
  if (hours > limit) {
    const why = told === undefined ? ", cfssl's default" : "";
    const message = `certificates are valid for ${hours} hours, but their CA only for ${limit}${why}`;
    return { message, hint: "make the CA valid for at least as long: ca.expiry in its request" };
  }
  if (hours === validHours) return undefined;
  const message = `certificates are valid for ${hours} hours, but the guide's profile promises ${validHours}`;
  return { message, hint: `write "${validHours}h", or change kubernetes.validHours in profile.yaml` };
}
