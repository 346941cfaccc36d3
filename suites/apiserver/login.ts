import { profile, sh, type SuiteMachine } from "../cluster/index.ts";

/** kubectl of a login shell: where it is, whom it asks as it is called there (`ADDRESS:PORT`), and what it says. */
export type OfLogin = {
  readonly path: string;
  readonly asked: readonly string[];
  readonly said: string;
};

/** Calls kubectl as the guide's reader does, with whatever settings that shell has. GuideFailure if it does not end. */
export async function kubectlOfLogin(machine: SuiteMachine): Promise<OfLogin> {
  const call = sh`command -v kubectl && kubectl get --raw /version -v=6`;
  const { stdout, stderr } = await machine.result(sh`env -i HOME=/root bash -lc '${call}'`);
  return {
    path: stdout.split("\n")[0]?.trim() ?? "",
    asked: serversIn(stderr),
    said: stderr.trim().split("\n").at(-1) ?? "",
  };
}

/** The servers that answered, of what kubectl logs of its requests: `GET https://10.0.0.5:6443/version 200 OK in 3 milliseconds`. */
export const serversIn = (log: string): string[] => [
  ...new Set(
    [...log.matchAll(/ GET (https?:\S+) \d{3} \w+ in \d+ milliseconds/g)].map(([, url = ""]) => {
      const { protocol, hostname, port } = new URL(url);
      const host = hostname === "localhost" ? "127.0.0.1" : hostname;
      return `${host}:${port || (protocol === "https:" ? "443" : "80")}`;
    }),
  ),
];

/** Whether a program that listens there (`*:6443` is everywhere) is reached at `ADDRESS:PORT`, of the same machine. */
export function isReachedAt(server: string, listening: readonly string[]): boolean {
  const end = server.slice(server.lastIndexOf(":"));
  const addresses = new Set([server, `*${end}`, `0.0.0.0${end}`, `[::]${end}`]);
  const own = new Set(["127.0.0.1", ...profile.machines.map(({ address }) => address)]);
  return own.has(server.slice(0, -end.length)) && listening.some((one) => addresses.has(one));
}
