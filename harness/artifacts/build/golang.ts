import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BuildContext } from "./component.ts";

/** The compiler's packages; they are unpacked beside the host's own Go, never installed over it. */
export const golangInputs = ["golang-1.19-go", "golang-1.19-src"] as const;

/** Debian's Go 1.19, ready to run. */
export type Golang = {
  /** Path of the `go` command. */
  readonly go: string;
  /** The whole environment of a compilation: nothing of the user's Go settings leaks in. */
  readonly env: Readonly<Record<string, string>>;
};

/** Unpacks Debian's Go once and returns it. Go finds its own root from where its command lies. */
export async function golang(context: BuildContext): Promise<Golang> {
  const root = join(context.work, `golang-${context.inputKey(...golangInputs)}`);
  const bin = join(root, "usr/lib/go-1.19/bin");
  if (!(await stat(bin).catch(() => undefined))) {
    const fresh = `${root}.new`;
    await rm(fresh, { recursive: true, force: true });
    for (const name of golangInputs) {
      for (const file of await context.fetch(name)) {
        await context.run({ title: `unpack ${name}`, command: ["dpkg-deb", "--extract", file, fresh] });
      }
    }
    await rename(fresh, root);
  }
  const home = join(context.work, "home");
  await mkdir(home, { recursive: true });
  return {
    go: join(bin, "go"),
    env: {
      PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: home,
      LC_ALL: "C",
      GOENV: "off",
      GOFLAGS: "",
      GOARCH: "amd64",
      GOCACHE: join(context.work, "go-build"),
    },
  };
}
