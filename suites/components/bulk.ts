import { type Asked, type Service, sh, slowness } from "../cluster/index.ts";

/** The file of a backend that is fetched: so many numbers, one a line. A packet takes 1.4 kB of it. */
const [file, numbers] = ["guide-suites-bulk", 20_000];

/** Its size in bytes. */
export const bulk = Array.from({ length: numbers }, (_, index) => `${index + 1}\n`).join("").length;

/** Bytes that ask for it: three packets. The pods' server takes a line of 8 kB. */
const asking = 4000;

/** Makes the file, by the pod's own programs, where its server finds it. */
export const fillCommand = sh`/bin/sh -c 'seq ${numbers} > /www/${file}'`;

/** What one client was given from one place. */
export type Fetched = Asked & {
  readonly from: string;
  /** Bytes of the file that came. */
  readonly size: number;
  /** Whether they are all of it, and the right ones. */
  readonly isSame: boolean;
  readonly said: string;
};

/** Python that fetches the file from each place with a long request, and prints of each its address, size, sameness, seconds, and what was the matter. */
export const fetching = (
  sources: readonly Service[],
): string => `wanted = "".join("%d\\n" % i for i in range(1, ${numbers + 1})).encode()
for host, port in [${sources.map(({ ip, port }) => `("${ip}", ${port})`).join(", ")}]:
    begun, got, said, late = time.time(), b"", "closed", "unconnected"
    try:
        s = socket.create_connection((host, port), ${2 * slowness})
        late = "unheard"
        s.sendall(b"GET /${file}?".ljust(${asking}, b"x") + b" HTTP/1.0\\r\\n\\r\\n")
        while True:
            part = s.recv(65536)
            if not part: break
            got, late = got + part, "waited"
    except socket.timeout: said = late
    except socket.error: said = "refused"
    body = got.partition(b"\\r\\n\\r\\n")[2]
    print("%s:%d %d %s %f %s" % (host, port, len(body), body == wanted, time.time() - begun, said))
    if said not in ("closed", "refused"): break`;

const inWords = new Map([
  ["closed", "the server ended it"],
  ["unconnected", "no connection came about"],
  ["unheard", `nothing came after a request of ${asking} bytes`],
  ["waited", "no more came"],
  ["refused", "the connection was refused or broken off"],
]);

/** Reads what that prints. */
export const fetchedIn = (text: string): Fetched[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [from = "", size, same, seconds, said = ""] = line.split(" ");
      const isSame = same === "True";
      const unanswered = Number(!isSame && said !== "closed");
      const refused = said === "refused" ? unanswered : 0;
      const asked = { unanswered, refused, milliseconds: 1000 * Number(seconds) };
      return Object.assign(asked, { from, size: Number(size), isSame, said: inWords.get(said) ?? said });
    });
