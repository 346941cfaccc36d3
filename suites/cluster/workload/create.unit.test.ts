import { expect, test } from "vitest";
import { GuideFailure } from "../../../harness/cluster.ts";
import type { Etcd } from "../etcd.ts";
import type { Kubectl } from "../kubectl.ts";
import { createWorkload } from "./create.ts";

/** What kubectl is run with, of which the first says this. */
async function created(said?: string): Promise<string[]> {
  const ran: string[] = [];
  const kubectl = {
    get: async () => ({ items: [] }),
    async run(args: string) {
      ran.push(args);
      if (said !== undefined && ran.length === 1) throw new GuideFailure(said);
      return "";
    },
  };
  const etcd = { folder: async () => [] };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of both
  await createWorkload("guide-suites-x", kubectl as unknown as Kubectl, etcd as unknown as Etcd, 2);
  return ran;
}

const create = "create --validate=false -f -";

test("what the apiserver refuses over a connection to an etcd that was away is asked for again, once", async () => {
  expect(await created()).toEqual([create]);
  const draining =
    'The Service "backend" is invalid: spec.clusterIP: Invalid value: "10.254.252.229": rpc error: code = Unavailable desc = the connection is draining';
  expect(await created(draining)).toEqual([create, "apply --validate=false -f -"]);
});

test("every other refusal is the guide's failure at once", async () => {
  await expect(created("The Service is invalid: provided IP is already allocated")).rejects.toThrow(
    "already",
  );
});
