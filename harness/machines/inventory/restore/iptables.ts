import ipaddr from "ipaddr.js";

/** Packet filters, as iptables-save prints them; pure text. */

type Table = {
  readonly name: string;
  readonly chains: ReadonlyMap<string, string>;
  readonly rules: readonly string[];
};

/** Tables of a save. Counters are left out, for they count on. */
export function tablesOf(save: readonly string[]): Table[] {
  const tables: { name: string; chains: Map<string, string>; rules: string[] }[] = [];
  for (const line of save) {
    const table = tables.at(-1);
    if (line.startsWith("*")) tables.push({ name: line.slice(1), chains: new Map(), rules: [] });
    else if (line.startsWith(":")) {
      const [chain = "", policy = ""] = line.slice(1).split(" ");
      table?.chains.set(chain, policy);
    } else if (line.startsWith("-A ")) table?.rules.push(line);
    else if (line.startsWith("[")) table?.rules.push(line.slice(line.indexOf("]") + 2));
  }
  return tables;
}

/**
 * What a save says, a line for each chain and rule, with its place among the rules of its chain. An untouched
 * table is as good as none: the kernel makes one when somebody asks for it.
 */
export function entriesOf(save: readonly string[]): Map<string, string> {
  const entries = new Map<string, string>();
  for (const { name, chains, rules } of tablesOf(save)) {
    for (const [chain, policy] of chains) if (policy !== "ACCEPT") entries.set(`${name}: ${chain}`, policy);
    const places = new Map<string, number>();
    for (const rule of rules) {
      const chain = rule.split(" ")[1] ?? "";
      const place = (places.get(chain) ?? 0) + 1;
      places.set(chain, place);
      const key = `${name}: ${rule}`;
      entries.set(entries.has(key) ? `${key} #${place}` : key, `rule ${place}`);
    }
  }
  return entries;
}

/** Input of iptables-restore that brings back `before`: tables that came since are emptied, policies become ACCEPT. */
export function restoring(before: readonly string[], now: readonly string[]): string {
  const had = new Set(tablesOf(before).map(({ name }) => name));
  const emptied = tablesOf(now)
    .filter(({ name }) => !had.has(name))
    .map(({ name, chains }) => saved({ name, chains: builtIn(chains), rules: [] }));
  return `${[...tablesOf(before).map(saved), ...emptied].join("\n")}\n`;
}

const builtIn = (chains: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...chains].filter(([, policy]) => policy !== "-").map(([chain]) => [chain, "ACCEPT"]));

const saved = ({ name, chains, rules }: Table): string =>
  [`*${name}`, ...[...chains].map(([chain, policy]) => `:${chain} ${policy} [0:0]`), ...rules, "COMMIT"].join(
    "\n",
  );

/** A save without some chains, the rules in them and the rules that lead to them or speak of an address in a network. */
export function without(save: readonly string[], chain: RegExp, network: string): string {
  const range = ipaddr.IPv4.parseCIDR(network);
  const isInside = (word: string): boolean => {
    const [address = ""] = word.split("/");
    return ipaddr.IPv4.isValidFourPartDecimal(address) && ipaddr.IPv4.parse(address).match(range);
  };
  const gone = (rule: string): boolean => {
    const target = / -[jg] (\S+)/.exec(rule)?.[1];
    const own = rule.split(" ")[1];
    const names = [own, target].filter((word) => word !== undefined);
    return names.some((word) => chain.test(word)) || rule.split(" ").some(isInside);
  };
  const tables = tablesOf(save).map(({ name, chains, rules }): Table => ({
    name,
    chains: new Map([...chains].filter(([word]) => !chain.test(word))),
    rules: rules.filter((rule) => !gone(rule)),
  }));
  return `${tables.map(saved).join("\n")}\n`;
}
