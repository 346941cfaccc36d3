import { expect, test } from "vitest";
import type { PlannedStep } from "../record/blame.ts";
import { guideEvidence } from "./sample.ts";
import { effectsOf } from "./step-effects.ts";

const { effects } = await guideEvidence();

const makersOf = (machine: string, path: string): string[] =>
  effects
    .filter((each) =>
      each.effects.some((own) => own.does === "writes" && own.machine === machine && own.what === path),
    )
    .map(({ step }) => step.key);

test("the guide's files have their makers, wherever its shell stands", () => {
  expect(makersOf("t71", "/k8s/etcd/ssl/server-csr.json")).toEqual(["2.3.3/server-request@t71"]);
  expect(makersOf("t71", "/k8s/etcd/ssl/server.pem")).toEqual(["2.3.5/create-server-certificate@t71"]);
  expect(makersOf("t72", "/k8s/etcd/ssl/server.pem")).toEqual(["3.2.2/copy-etcd-certificates@t71"]);
  expect(makersOf("t71", "/k8s/kubernetes/ssl/server.pem")).toEqual([
    "2.5.2/create-apiserver-certificate@t71",
  ]);
  expect(makersOf("t71", "/k8s/etcd/bin/etcdctl")).toEqual(["2.4.1/unpack-etcd@t71"]);
  expect(makersOf("t76", "/k8s/kubernetes/bin/flanneld")).toEqual(["4.2.1/unpack-flannel@t76"]);
});

test("what a script makes is the affair of the step that wrote it, not of the one that runs it", () => {
  expect(makersOf("t72", "/k8s/kubernetes/cfg/kube-proxy.kubeconfig")).toEqual([
    "3.2.3/environment-script@t72",
  ]);
});

test("units that a step starts, stops or enables are its own", () => {
  const network = effects.find(({ step }) => step.key === "4.2.5/start-network@t72");
  const done = network?.effects.filter(({ does }) => /^(?:starts|stops|enables)$/.test(does));
  expect([...new Set(done?.map(({ what }) => what))]).toEqual([
    "docker",
    "flanneld",
    "kubelet",
    "kube-proxy",
  ]);
});

test("a step that nobody has followed does nothing that is known", () => {
  const step: PlannedStep = {
    key: "1/a@t71",
    id: "1/a",
    section: "1",
    machine: "t71",
    location: { file: "guide.md", line: 1 },
  };
  expect(effectsOf([step], [])).toEqual([{ step, effects: [] }]);
});
