/** How kube-proxy's rules (mode iptables) hand the connections of one service on. */
export type ServiceRules = {
  /** In the rules' order; the last takes whatever is left: its probability is 1. */
  readonly endpoints: readonly { readonly address: string; readonly probability: number }[];
  /** Endpoints that a client is given again, by the kernel's list of recent clients. */
  readonly sticky: readonly string[];
  /** The network whose members reach the service under their own addresses; absent if there is none. */
  readonly masqueradedOutside?: string;
};

/**
 * The rules of the service at `ip`:`port` in the output of `iptables-save -t nat`; undefined if there are none.
 * Kubernetes 1.14 to 1.20: KUBE-SERVICES → KUBE-SVC-… → KUBE-SEP-… → DNAT.
 */
export function serviceRules(save: string, ip: string, port: number): ServiceRules | undefined {
  const rules = save.split("\n").filter((line) => line.startsWith("-A "));
  const rulesOf = (chain: string): string[] => rules.filter((rule) => rule.startsWith(`-A ${chain} `));
  const own = rulesOf("KUBE-SERVICES").filter(
    (rule) => rule.includes(` -d ${ip}/32 `) && rule.includes(` --dport ${port} `),
  );
  const entry = own.find((rule) => /-j KUBE-SVC-/.test(rule));
  const network = own
    .filter((rule) => rule.endsWith("-j KUBE-MARK-MASQ"))
    .map((rule) => / ! -s (\S+) /.exec(rule)?.[1])
    .find((found) => found !== undefined);
  const chain = target(entry ?? "");
  if (!chain) return undefined;
  const addressOf = (endpoint: string): string =>
    rulesOf(endpoint)
      .map((rule) => / --to-destination (\S+)/.exec(rule)?.[1])
      .find((address) => address !== undefined) ?? `${endpoint} (without an address)`;
  const links = rulesOf(chain).flatMap((rule) => {
    const endpoint = target(rule);
    return endpoint?.startsWith("KUBE-SEP-") ? [{ rule, address: addressOf(endpoint) }] : [];
  });
  return {
    endpoints: links
      .filter(({ rule }) => !rule.includes(" -m recent "))
      .map(({ rule, address }) => ({ address, probability: probability(rule) })),
    ...(network !== undefined && { masqueradedOutside: network }),
    sticky: links.filter(({ rule }) => rule.includes(" --rcheck ")).map(({ address }) => address),
  };
}

const target = (rule: string): string | undefined => / -j (\S+)/.exec(rule)?.[1];

const probability = (rule: string): number => Number(/ --probability (\S+)/.exec(rule)?.[1] ?? 1);
