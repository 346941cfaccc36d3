import ipaddr from "ipaddr.js";
import { z } from "zod";
import { suggest } from "../input/suggest.ts";
import { lookedAtByMilestone } from "./suites.ts";

const text = z.string().regex(/\S/, "is empty");
const path = z.string().regex(/^\/[\w./@+-]*\w$/, "must be an absolute path");
const address = z.string().refine((one) => ipaddr.IPv4.isValidFourPartDecimal(one), {
  error: "must be an IPv4 address such as 10.0.0.5",
});
const network = z.string().refine((one) => ipaddr.IPv4.isValidCIDRFourPartDecimal(one), {
  error: "must be a network such as 10.0.0.0/16",
});
const port = z.int().min(1).max(65_535);
/** Numbers of sections; YAML takes 4.1 for a number, and 4.10 for the same one. */
const sections = z
  .array(z.string({ error: "must be a section's number in quotes" }).regex(/^\d+(\.\d+)*$/, "is no section"))
  .min(1, "is empty");

/** A claim of the guide by its id: its section and its name. */
const claim = z.string().regex(/^\d+(\.\d+)*\/[a-z0-9-]+$/, "is no claim such as 5.1/etcd-keeps-the-state");

export const machineSpecSchema = z.object({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be small letters, digits and dashes"),
  address,
  role: z.enum(["master", "node"]),
});

/** One host of the guide, before anything of it exists. */
export type MachineSpec = Readonly<z.infer<typeof machineSpecSchema>>;

const machine = z.strictObject({
  ...machineSpecSchema.shape,
  etcd: z.boolean().default(false),
  /** What `{{machine.KEY}}` stands for on it, beside `name` and `address`. */
  values: z.record(z.string().regex(/^(?!(?:name|address)$)[a-z]\w*$/, "must be a word"), text).default({}),
});

/** Words of `on=` that mean several machines, or one by what it does (docs/guide-grammar.md). */
const groupNames = new Set(["master", "nodes", "etcd", "all"]);

const machines = z
  .array(machine)
  .refine((all) => all.filter(({ role }) => role === "master").length === 1, "needs one master")
  .refine((all) => all.some(({ role }) => role === "node"), "needs a node")
  .refine((all) => all.some(({ etcd }) => etcd), "needs a member of etcd: etcd: true")
  .superRefine((all, context) => {
    for (const [index, { name, address: own }] of all.entries()) {
      const before = all.slice(0, index);
      const issue = (key: string, message: string): void =>
        context.addIssue({ code: "custom", path: [index, key], message });
      if (groupNames.has(name)) issue("name", "is the name of a group");
      if (before.some((one) => one.name === name)) issue("name", `an earlier machine is ${name}, too`);
      if (before.some((one) => one.address === own)) issue("address", `an earlier machine has ${own}, too`);
    }
  });

const authority = { ca: path, caKey: path };
const identity = { certificate: path, key: path };

const milestone = z.strictObject({
  title: text,
  /** Another name that stands for it in `pnpm suite`, together with the others that have the same. */
  group: text.exactOptional(),
  /** Whether it is asked for by its name alone, and not part of `all`: it takes its time, and boots the machines. */
  apart: z.boolean().default(false),
  nodes: z.int().min(1).default(1),
  /** By what its suite looks at: the sections that give it. */
  guards: z.record(z.string(), sections),
  /** By what its suite looks at: the claims that it proves. */
  claims: z.record(z.string(), z.array(claim).min(1, "is empty")).default({}),
  /** What its suite cannot prove of this guide, with the reason. */
  limits: z.record(z.string(), text).default({}),
});

/** A guide's own facts, which stand in `profile.yaml` beside it (docs/profile.md). */
export const profileSchema = z.strictObject({
  machines,
  /** The section, with all below it, that holds the guide's claims, if it makes any. */
  claims: z
    .string()
    .regex(/^\d+(\.\d+)*$/, "is no section")
    .exactOptional(),
  unprovable: z.record(claim, text).default({}),
  /** Units that the guide writes or starts, in the order of their start. */
  units: z.array(text).min(1),
  footprint: z.strictObject({
    /** Folders that nothing but the guide makes. */
    folders: z.array(path).min(1),
    profileLines: z.array(text).default([]),
  }),
  programs: z.strictObject({ kubectl: path, etcd: path, etcdctl: path }),
  networks: z.strictObject({
    pods: network,
    services: network,
    dns: address,
    domain: text,
    nodePorts: z.tuple([port, port]).refine(([from, to]) => from <= to, "has its higher port first"),
  }),
  flannel: z
    .strictObject({
      registry: path,
      dockerOptions: path,
    })
    .exactOptional(),
  ports: z.strictObject({
    apiserver: port,
    etcd: port,
    etcdPeers: port,
    kubelet: port,
    /** 0 for none. */
    kubeletReadOnly: z.union([z.literal(0), port]),
  }),
  etcd: z.strictObject({
    /** The token of its cluster, from which its members' ids follow. */
    token: text,
    data: path,
    ...authority,
    ...identity,
    authority: text,
    subject: z.array(text),
  }),
  kubernetes: z.strictObject({
    ...authority,
    authority: z.array(text),
    subject: z.array(text),
    /** What the apiserver's certificate names beside the machines' addresses. */
    names: z.array(text),
    /** For how many hours certificates hold. */
    validHours: z.int(),
    /** For how many hours the CAs do, that of etcd as well; those of cfssl hold five years unless their requests say. */
    authorityHours: z.int().default(43_800),
  }),
  /** Its pair on the master, its user, and the kubeconfig that it has on nodes. */
  kubeProxy: z.strictObject({ ...identity, user: text, kubeconfig: path }),
  /** What a kubelet gets for its bootstrap. */
  kubelet: z
    .strictObject({
      certificate: path,
      kubeconfig: path,
      /** For how many hours the controller-manager signs for a kubelet. */
      validHours: z.int().default(8760),
    })
    .exactOptional(),
  bootstrap: z.strictObject({ tokens: path, kubeconfig: path, user: text, group: text }).exactOptional(),
  /** Findings of `guide check` that the guide keeps, each described by an erratum. */
  kept: z
    .array(z.strictObject({ rule: text, step: text, erratum: text, says: text.exactOptional() }))
    .default([]),
  /** In the order in which the guide reaches them. */
  milestones: z
    .record(z.string(), milestone)
    .refine((all) => Object.keys(all).length > 0, "needs a milestone: without one, nothing proves the guide")
    .superRefine((all, context) => {
      const lookedAt = lookedAtByMilestone();
      for (const [name, { guards, limits }] of Object.entries(all)) {
        const issue = (within: string[], message: string): void =>
          context.addIssue({ code: "custom", path: [name, ...within], message });
        const known = lookedAt.get(name);
        if (known === undefined) {
          issue([], `no suite proves it: ${suggest(name, [...lookedAt.keys()])}`);
          continue;
        }
        for (const [key, given] of Object.entries({ guards, limits })) {
          for (const what of Object.keys(given).filter((each) => !known.includes(each)))
            issue([key, what], `its suite looks at nothing of this name: ${suggest(what, known)}`);
        }
        for (const what of known.filter((each) => !(each in guards || each in limits)))
          issue(["guards"], `lacks ${what}: name the sections that give it, or under limits why none does`);
      }
    }),
});

export type Profile = z.infer<typeof profileSchema>;
