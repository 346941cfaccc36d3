import { expect, test } from "vitest";
import { shownAddress, withoutCredentials } from "./address.ts";

test("an address is shown without user name and password, a path as it is", () => {
  expect(shownAddress("https://me:secret@m.example/a")).toBe("https://m.example/a");
  expect(shownAddress("https://m.example/a")).toBe("https://m.example/a");
  expect(shownAddress("/boxes/centos.box")).toBe("/boxes/centos.box");
});

test("user name and password go into a header, as the address means them", () => {
  const { url, authorization } = withoutCredentials("https://me:p%40ss@m.example/a");
  expect([url.href, authorization]).toEqual([
    "https://m.example/a",
    `Basic ${Buffer.from("me:p@ss").toString("base64")}`,
  ]);
});
