import { expect, test, vi } from "vitest";
import { allOrClose } from "./all-or-close.ts";

test("gives all that was opened, in order", async () => {
  const close = vi.fn<(one: string) => Promise<void>>();
  expect(await allOrClose([Promise.resolve("a"), Promise.resolve("b")], { close })).toEqual(["a", "b"]);
  expect(close).not.toHaveBeenCalled();
});

test("closes what succeeds, be it after the failure, and throws that, even if a close fails", async () => {
  const late = Promise.withResolvers<string>();
  const close = vi.fn<(one: string) => Promise<void>>().mockRejectedValueOnce(new Error("cannot be closed"));
  const all = allOrClose([Promise.resolve("early"), Promise.reject(new Error("t72")), late.promise], {
    close,
  });
  late.resolve("late");
  await expect(all).rejects.toThrow("t72");
  expect(close.mock.calls).toEqual([["early"], ["late"]]);
});

const failed = (failures: readonly unknown[]): Error => new Error(failures.join(" and "));

test("lets several failures be told as one", async () => {
  const opening = [Promise.reject(new Error("t71")), Promise.reject(new Error("t72"))];
  await expect(allOrClose(opening, { close: async () => undefined, failed })).rejects.toThrow(
    "Error: t71 and Error: t72",
  );
});
