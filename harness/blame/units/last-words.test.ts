import { array, assert, constantFrom, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { complaintOf, fatalLine, isTelling, template, tellingLines } from "./last-words.ts";

const by = (program: string, ...said: string[]): string[] =>
  said.map((words, second) => `Nov 28 17:00:0${second} t72 ${program}[41]: ${words}`);

test("the most telling lines stay, all in their order, and none twice", () => {
  const word = constantFrom(
    "listening on /run/x",
    "E0401 10:15:00.1 7 a.go:1] no route",
    "F0401 10:15:00.1 7 a.go:1] ends",
  );
  assert(
    property(array(word), integer({ min: 1, max: 4 }), (words, most) => {
      const lines = words.map((each, index) => `Nov 28 17:00:01 t72 kubelet[${index}]: ${each}`);
      const kept = tellingLines(lines, most);
      const distinct = new Set(words).size;
      expect(kept.length).toBe(Math.min(most, distinct));
      expect(kept).toEqual(lines.filter((line) => kept.includes(line)));
      expect(new Set(kept.map(template)).size).toBe(kept.length);
      const ends = words.some((each) => each.startsWith("F"));
      expect(kept.join().includes("] ends")).toBe(ends);
    }),
  );
});

test.each([
  ["No help topic for 'set'", true],
  ['unable to recognize "pod.yaml": no matches for kind', true],
  ["tar: Unrecognized archive format", true],
  ["active", false],
  ["etcd Version: 3.3.10", false],
])("whether %j is about what goes wrong: %s", (line, isIt) => {
  expect(isTelling(line)).toBe(isIt);
});

test("an error outlives whatever systemd says after it, and a list of options", () => {
  const journal = [
    ...by(
      "kubelet",
      "unknown command: –v=4",
      "Usage:",
      "  kubelet [flags]",
      "      --address ip  invalid by default",
      'I1129 12:53:33.861061 453 flags.go:33] FLAG: --watch-cache="true"',
    ),
    ...by(
      "systemd",
      "kubelet.service: Main process exited, code=exited, status=1/FAILURE",
      "kubelet.service: Failed with result 'exit-code'.",
      "Failed to start kubelet.service - Kubernetes Kubelet.",
    ),
  ];
  expect(tellingLines(journal, 1)).toEqual([journal[0]]);
  expect(tellingLines(journal, 20)).toEqual([journal[0], ...journal.slice(-3)]);
  expect(fatalLine(journal.join("\n"))).toBe("unknown command: –v=4");
});

test.for([
  [
    "kube-apiserver",
    "error: invalid authentication config: token file '/k8s/token.csv' must have at least 3 columns",
  ],
  ["etcd", "error verifying flags, '–name' is not a valid flag. See 'etcd --help'."],
  [
    "etcd",
    "2026-11-29 07:40:00.123456 C | etcdmain: listen tcp 1.2.3.4:2379: bind: cannot assign requested address",
  ],
  ["dockerd", 'time="2026-11-29T07:39:40.547738034Z" level=fatal msg="no sockets found"'],
  ["bash", "/bin/bash: line 1: /k8s/etcd/bin/etcd: No such file or directory"],
  ["flanneld", "F1129 07:39:46.410834     925 main.go:520] cannot find a network"],
] as const)("the last words of %s: %s", ([program, words]) => {
  const journal = [
    ...by(
      program,
      "I1128 17:00:01.2 41 server.go:9] error is the name of a field",
      "W1128 17:00:01.2 41 a.go:1] slow",
      words,
    ),
    ...by("systemd", "x.service: Main process exited, code=exited, status=1/FAILURE"),
  ];
  expect(fatalLine(journal.join("\n"))).toBe(words);
  const isEnd = /^F|level=fatal| C \|/.test(words);
  expect(complaintOf(journal, undefined)).toBe(isEnd ? words.replace(/^F1129 \S+ +925 /, "") : undefined);
});

test("a scheduler's last word is the lease that it lost, not what it could not ask since", () => {
  const journal = by(
    "kube-scheduler",
    "I1128 23:50:35.966530 1 leaderelection.go:263] failed to renew lease kube-system/kube-scheduler: failed to tryAcquireOrRenew context deadline exceeded",
    "E1128 23:50:35.966622 1 server.go:252] lost master",
    "lost lease",
    "E1128 23:50:35.966761 1 leaderelection.go:306] error retrieving resource lock kube-system/kube-scheduler: net/http: request canceled",
  );
  expect(fatalLine(journal.join("\n"))).toBe("lost lease");
});

const said = (second: number): string =>
  `E1128 17:00:0${second}.20${second} 41 reflector.go:126] Failed to list *v1.Node: Unauthorized`;

test("an error that is logged again and again is a complaint, unless it is usual", () => {
  const lines = by("kubelet", said(1), "I1128 17:00:02.1 41 a.go:1] starting", said(2), said(3));
  expect(complaintOf(lines, new Set())).toBe("reflector.go:126] Failed to list *v1.Node: Unauthorized");
  expect(complaintOf(lines, undefined)).toBeUndefined();
  expect(complaintOf(lines.slice(0, 3), new Set())).toBeUndefined();
  const usual = new Set(by("kubelet", said(7)).map(template));
  expect(complaintOf(lines, usual)).toBeUndefined();
});

test("what a suite's own pods and namespaces bring about is no complaint, however often it is logged", () => {
  const pod = `E1128 17:00:01.1 41 pod_workers.go:190] Error syncing pod 5c1d3fe2-1a7c-11e9-8d2f-525400c9c704 ("backend-7f-x_guide-suites-mx3(5c1d3fe2-1a7c-11e9-8d2f-525400c9c704)")`;
  const hook = `E1128 17:00:01.1 41 kuberuntime_container.go:480] preStop hook for container "backend" failed: command 'sleep 20' exited with 137`;
  const named = `I1128 17:00:01.1 41 handlers.go:62] Exec lifecycle hook ([sleep 20]) for Container "backend" in Pod "backend-7f-x_guide-suites-mx3(5c1d3fe2-1a7c-11e9-8d2f-525400c9c704)" failed`;
  const volume = `E1128 17:00:01.1 41 nestedpendingoperations.go:267] Operation for "/var/lib/kubelet/pods/5c1d3fe2-1a7c-11e9-8d2f-525400c9c704/volumes" failed`;
  const namespace = `E1128 17:00:01.1 41 namespace_controller.go:148] unexpected items still remain in namespace: guide-suites-mx3`;
  for (const line of [pod, hook, volume, namespace])
    expect(complaintOf(by("kubelet", named, pod, line, line, line), new Set())).toBeUndefined();
  const fatal = "F1128 17:00:01.1 41 a.go:1] no such namespace: guide-suites-mx3";
  expect(complaintOf(by("kubelet", fatal), new Set())).toContain("no such namespace");
  const others = hook.replace("backend", "dns");
  expect(complaintOf(by("kubelet", named, others, others, others), new Set())).toContain('"dns" failed');
});
