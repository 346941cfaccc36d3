import { describe, expect, test } from "vitest";
import { findingsIn, guide, testEdits } from "../../../check/testing.ts";
import { found as foundIn } from "../../testing.ts";

/** The guide with its binding made by this command, on this machine. */
const bound = (on: string, command = "kubectl create clusterrolebinding kubelet-bootstrap") =>
  guide
    .replace("run id=bind-bootstrap-role on=t71", `run id=bind-bootstrap-role on=${on}`)
    .replace("kubectl create clusterrolebinding kubelet-bootstrap", () => command);
const found = async (text: string) =>
  (await findingsIn(text)).map(({ rule, message }) => `${rule} ${message.split(":")[0]}`);

describe("kubectl finds the apiserver", () => {
  test("not on a node, which has no kubeconfig for it", async () => {
    expect(await found(bound("t72"))).toEqual(["shell/kubectl kubectl on t72 finds no apiserver"]);
  });

  test("not before it runs", async () => {
    const early = guide.replace(
      "#### 2.6.3 Install",
      "```bash run id=early on=t71\n/k8s/kubernetes/bin/kubectl get cs\n```\n\n#### 2.6.3 Install",
    );
    expect(await found(early)).toEqual([]);
    const before = guide.replace(
      "##### 2.6.2.1 Bootstrap token\n",
      "##### 2.6.2.1 Bootstrap token\n\n```bash run id=early on=t71\n/k8s/kubernetes/bin/kubectl get cs\n```\n",
    );
    expect(await found(before)).toEqual(["shell/kubectl kubectl on t71 finds no apiserver"]);
  });

  test("not without a port that asks nobody who he is", async () => {
    const closed = guide.replace("--secure-port=6443 \\", "--secure-port=6443 \\\n--insecure-port=0 \\");
    expect(await found(closed)).toContain("shell/kubectl kubectl on t71 finds no apiserver");
  });

  test.each([
    "kubectl --kubeconfig=/k8s/kubernetes/cfg/kube-proxy.kubeconfig create clusterrolebinding kubelet-bootstrap",
    "kubectl -s https://192.168.4.71:6443 create clusterrolebinding kubelet-bootstrap",
    "export KUBECONFIG=/k8s/kubernetes/cfg/kube-proxy.kubeconfig\nkubectl create clusterrolebinding kubelet-bootstrap",
    "KUBECONFIG=/k8s/kubernetes/cfg/kube-proxy.kubeconfig kubectl create clusterrolebinding kubelet-bootstrap",
    "mkdir -p ~/.kube\ncp /k8s/kubernetes/cfg/kube-proxy.kubeconfig ~/.kube/config\nkubectl create clusterrolebinding kubelet-bootstrap",
    "kubectl version --client\ntrue",
  ])("%j", async (command) => {
    expect(await found(bound("t72", command))).toEqual([]);
  });
});

describe("a word that kubectl does not know", () => {
  testEdits([
    ["a verb of kubectl", "kubectl get nodes -o wide", "kubectl ‸gte nodes -o wide", "shell/kubectl"],
    ["a resource", "kubectl get nodes -o wide", "kubectl get ‸ndoes -o wide", "shell/kubectl"],
    [
      "a resource that only the guide knows",
      "kubectl get nodes -o wide",
      "kubectl get tigers,no,deploy/web -o wide",
    ],
    [
      "what is done with a request",
      "kubectl certificate approve $(",
      "kubectl certificate ‸aprove $(",
      "shell/kubectl",
    ],
  ]);
});

test.each([
  ["kubectl apply -f none.yaml", ["5:18"]],
  ["kubectl create --filename=none.yaml", ["5:16"]],
  ["touch a.yaml\nkubectl -n b apply -f a.yaml\nkubectl logs -f a --tail=1", []],
])("manifests of %j are looked for", async (script, places) => {
  const missing = (await foundIn(script)).filter((one) => one.endsWith("files/missing"));
  expect(missing.map((one) => one.split(" ")[0])).toEqual(places);
});
