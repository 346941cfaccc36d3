import { expect, test } from "vitest";
import { effectsOf } from "./files.ts";
import { guideSteps } from "./sample.ts";
import type { PlannedStep } from "../record/blame.ts";

const effects = effectsOf(await guideSteps());

const makersOf = (path: string): string[] =>
  effects.filter(({ makes }) => makes.has(path)).map(({ step }) => step.key);

test("the guide's files have their makers, wherever its shell stands", () => {
  expect(makersOf("/k8s/etcd/ssl/server-csr.json")).toEqual(["2.3.3/server-request@t71"]);
  expect(makersOf("/k8s/etcd/ssl/server.pem")).toEqual([
    "2.3.5/create-server-certificate@t71",
    "3.2.2/copy-etcd-certificates@t71",
  ]);
  expect(makersOf("/k8s/kubernetes/ssl/server.pem")).toEqual(["2.5.2/create-apiserver-certificate@t71"]);
  expect(makersOf("/k8s/etcd/bin/etcdctl")).toEqual(["2.4.1/unpack-etcd@t71"]);
  expect(makersOf("/k8s/kubernetes/cfg/kube-proxy.kubeconfig")).toEqual([
    "3.2.3/environment-script@t72",
    "3.2.3/environment-script@t76",
  ]);
  expect(makersOf("/k8s/kubernetes/bin/flanneld")).toEqual([
    "4.2.1/unpack-flannel@t72",
    "4.2.1/unpack-flannel@t76",
  ]);
});

test("units that a step starts, stops or enables are its own", () => {
  const network = effects.find(({ step }) => step.key === "4.2.5/start-network@t72");
  expect([...(network?.units ?? [])]).toEqual(["docker", "flanneld", "kubelet", "kube-proxy"]);
});

test("a step without a text does nothing that is known", () => {
  const step: PlannedStep = {
    key: "1/a@t71",
    id: "1/a",
    section: "1",
    machine: "t71",
    location: { file: "guide.md", line: 1 },
  };
  expect(effectsOf([step])).toMatchObject([{ makes: new Set(), names: new Set(), elsewhere: false }]);
});
