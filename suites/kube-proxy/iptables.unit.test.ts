import { expect, test } from "vitest";
import { serviceRules } from "./iptables.ts";

/** As kube-proxy 1.14 writes it: five digits, and no comments on the endpoints' rules. */
const v14 = `*nat
:KUBE-SVC-AAAA - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-SEP-1 -s 10.254.23.2/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-1 -p tcp -m tcp -j DNAT --to-destination 10.254.23.2:8080
-A KUBE-SEP-2 -s 10.254.23.3/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-2 -p tcp -m tcp -j DNAT --to-destination 10.254.23.3:8080
-A KUBE-SEP-3 -s 10.254.5.2/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-3 -p tcp -m tcp -j DNAT --to-destination 10.254.5.2:8080
-A KUBE-SERVICES ! -s 10.254.0.0/16 -d 10.254.255.10/32 -p tcp -m comment --comment "x/backend: cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SERVICES -d 10.254.255.10/32 -p tcp -m comment --comment "x/backend: cluster IP" -m tcp --dport 80 -j KUBE-SVC-AAAA
-A KUBE-SERVICES -d 10.254.254.10/32 -p tcp -m comment --comment "x/other: cluster IP" -m tcp --dport 80 -j KUBE-SVC-BBBB
-A KUBE-SVC-AAAA -m statistic --mode random --probability 0.33332999982 -j KUBE-SEP-1
-A KUBE-SVC-AAAA -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-2
-A KUBE-SVC-AAAA -j KUBE-SEP-3
COMMIT
`;

/** As kube-proxy 1.20 writes a service with session affinity. */
const v20 = `*nat
-A KUBE-SEP-1 -s 10.254.23.2/32 -m comment --comment "x/backend-sticky" -j KUBE-MARK-MASQ
-A KUBE-SEP-1 -p tcp -m comment --comment "x/backend-sticky" -m recent --set --name KUBE-SEP-1 --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.254.23.2:8080
-A KUBE-SEP-2 -p tcp -m comment --comment "x/backend-sticky" -m recent --set --name KUBE-SEP-2 --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.254.23.3:8080
-A KUBE-SERVICES -d 10.254.255.10/32 -p tcp -m comment --comment "x/backend-sticky cluster IP" -m tcp --dport 80 -j KUBE-SVC-AAAA
-A KUBE-SVC-AAAA -m comment --comment "x/backend-sticky" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-1 --mask 255.255.255.255 --rsource -j KUBE-SEP-1
-A KUBE-SVC-AAAA -m comment --comment "x/backend-sticky" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-2 --mask 255.255.255.255 --rsource -j KUBE-SEP-2
-A KUBE-SVC-AAAA -m comment --comment "x/backend-sticky" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-1
-A KUBE-SVC-AAAA -m comment --comment "x/backend-sticky" -j KUBE-SEP-2
COMMIT
`;

test("endpoints and their probabilities are read in order", () => {
  expect(serviceRules(v14, "10.254.255.10", 80)).toEqual({
    endpoints: [
      { address: "10.254.23.2:8080", probability: 0.333_329_999_82 },
      { address: "10.254.23.3:8080", probability: 0.5 },
      { address: "10.254.5.2:8080", probability: 1 },
    ],
    sticky: [],
    masqueradedOutside: "10.254.0.0/16",
  });
});

test("session affinity is told from the choice at random", () => {
  expect(serviceRules(v20, "10.254.255.10", 80)).toEqual({
    endpoints: [
      { address: "10.254.23.2:8080", probability: 0.5 },
      { address: "10.254.23.3:8080", probability: 1 },
    ],
    sticky: ["10.254.23.2:8080", "10.254.23.3:8080"],
  });
});

test("a service without rules is not there; one without endpoints has none", () => {
  expect(serviceRules(v14, "10.254.255.10", 81)).toBeUndefined();
  expect(serviceRules(v14, "10.254.253.10", 80)).toBeUndefined();
  expect(serviceRules(v14, "10.254.254.10", 80)).toEqual({ endpoints: [], sticky: [] });
});
