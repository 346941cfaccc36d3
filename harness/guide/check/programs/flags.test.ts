import { describe } from "vitest";
import { testEdits } from "../testing.ts";

describe("a word that a program of Kubernetes does not take", () => {
  testEdits([
    ["a misspelt option", "--advertise-address=", "‸--advertise-adress=", "versions/flag"],
    ["an option with one dash", "--secure-port=6443", "‸-secure-port=6443", "versions/flag"],
    ["an option without dashes", "\n--secure-port=6443", "\n‸secure-port=6443", "versions/flag"],
    ["a blank in a list", "RBAC,Node", "RBAC, ‸Node", "versions/flag", "files/list", "values/user"],
    ["a blank in an image's name", "pause-amd64:3.0", "pause-amd64: ‸3.0", "versions/flag"],
    [
      "an option in the unit itself",
      "kube-proxy $KUBE_PROXY_OPTS",
      "kube-proxy ‸-masquerade-all $KUBE_PROXY_OPTS",
      "versions/flag",
    ],
    ["a value behind a blank", "\n--secure-port=6443", "\n--secure-port 6443 --profiling=false"],
    [
      "a level of the log by its letter",
      "--logtostderr=true --v=4 --master",
      "--logtostderr=true -v=4 --master",
    ],
  ]);
});
