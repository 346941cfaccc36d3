import { describe, expect, test } from "vitest";
import type { RuleId } from "./rules.ts";
import { check, copyOf, expectFound, findingsIn, guide } from "./testing.ts";

/** The same file as a here-document, and what is found in it then. */
const hereDocuments: readonly (readonly [
  name: string,
  open: string,
  find: string,
  replace: string,
  ...found: RuleId[],
])[] = [
  ["a unit", "```ini file id=docker-unit on=nodes path=/usr/lib/systemd/system/docker.service", "", ""],
  ["settings", "```bash file id=kubelet-settings on=nodes path=/k8s/kubernetes/cfg/kubelet", "", ""],
  [
    "a unit's variable",
    "```ini file id=docker-unit on=nodes path=/usr/lib/systemd/system/docker.service",
    "dockerd $DOCKER_NETWORK_OPTIONS",
    "dockerd ‸$DOCKERNETWORKOPTIONS",
    "units/variable",
  ],
  [
    "a unit's target",
    "```ini file id=etcd-unit on=t71 path=/usr/lib/systemd/system/etcd.service",
    "LimitNOFILE=65536\n\n[Install]\nWantedBy=multi-user.target",
    "LimitNOFILE=65536\n\n[Install]\nWantedBy=‸multi-user.targe",
    "units/target",
  ],
  [
    "an open quote",
    "```bash file id=scheduler-settings on=t71 path=/k8s/kubernetes/cfg/kube-scheduler",
    '--master=127.0.0.1:8080"',
    "--master=127.0.0.1:8080",
    "files/quote",
  ],
  [
    "a kubelet's key",
    "```yaml file id=kubelet-configuration on=nodes path=/k8s/kubernetes/cfg/kubelet.config",
    "cgroupDriver: cgroupfs",
    "‸cgroupDrive: cgroupfs",
    "files/kubelet-configuration",
  ],
  [
    "a section",
    "```ini file id=kube-proxy-unit on=nodes path=/usr/lib/systemd/system/kube-proxy.service",
    "[Install]",
    "‸[Instal]",
    "units/syntax",
  ],
];

/** The guide with a file block as a here-document whose text has a change. */
function asHereDocument(open: string, find = "", replace = ""): string {
  const [before = "", rest = ""] = guide.split(`${open}\n`);
  const end = rest.indexOf("\n```");
  const [, id, on, path] = /id=(\S+) on=(\S+) path=(\S+)/.exec(open) ?? [];
  const body = rest.slice(0, end).replace(find, () => replace);
  return `${before}\`\`\`bash run id=${id} on=${on}\ncat << 'EOF' > ${path}\n${body}\nEOF${rest.slice(end)}`;
}

describe("a here-document is a file", () => {
  test.each(hereDocuments.map((row) => [row[0], row] as const))(
    "%s",
    async (_, [, open, find, replace, ...found]) => {
      const text = asHereDocument(open, find, replace);
      expect(text).toContain(replace);
      await expectFound(text, replace, found);
    },
  );

  test("what a guide keeps on purpose is found in one, too, each at its line", async () => {
    const open = "```yaml file id=kubelet-configuration on=nodes path=/k8s/kubernetes/cfg/kubelet.config";
    const text = asHereDocument(open);
    const { findings, kept } = await check({ guideFile: await copyOf(text) });
    expect(findings).toEqual([]);
    const lines = text.split("\n");
    const told = kept.filter(({ step }) => step === "3.2.5/kubelet-configuration");
    expect(told.map(({ rule, location }) => [rule, lines[location.line - 1]?.trim()])).toEqual([
      ["certificates/not-renewed", "kind: KubeletConfiguration"],
      ["security/open-kubelet", "readOnlyPort: 10255"],
      ["networks/no-dns", 'clusterDNS: ["10.254.0.10"]'],
      ["security/open-kubelet", "anonymous:"],
      ["security/open-kubelet", "mode: AlwaysAllow"],
    ]);
  });

  test("an unquoted one is what the shell makes of it", async () => {
    const open = "```ini file id=scheduler-unit on=t71 path=/usr/lib/systemd/system/kube-scheduler.service\n";
    const [before = "", rest = ""] = guide.split(open);
    const command =
      "```bash run id=scheduler-unit on=t71\ncat > /usr/lib/systemd/system/kube-scheduler.service << EOF\n";
    const text = before + command + rest.replace("\n```", "\nEOF\n```");
    const [lost] = await findingsIn(text);
    expect(lost).toMatchObject({
      rule: "shell/variable",
      hint: expect.stringContaining("\\$KUBE_SCHEDULER_OPTS"),
    });
    expect(await findingsIn(text.replace(" $KUBE_SCHEDULER_OPTS", () => " \\$KUBE_SCHEDULER_OPTS"))).toEqual(
      [],
    );
  });

  test.each([" EOF", "EOF "])("one whose end is %j is told where that stands", async (end) => {
    const open = "```ini file id=scheduler-unit on=t71 path=/usr/lib/systemd/system/kube-scheduler.service";
    const text = asHereDocument(open).replace(
      "\nEOF\n```\n\n##### 2.6.3.3",
      `\n${end}\n\`\`\`\n\n##### 2.6.3.3`,
    );
    const found = (await findingsIn(text)).find(({ rule }) => rule === "shell/syntax");
    const where = end.startsWith(" ") ? "before" : "after";
    expect(found?.message).toBe(`the here-document is not ended: there is a blank ${where} EOF`);
  });

  test("one that is never ended is told where it begins", async () => {
    const open = "```ini file id=scheduler-unit on=t71 path=/usr/lib/systemd/system/kube-scheduler.service";
    const text = asHereDocument(open).replace("\nEOF\n```\n\n##### 2.6.3.3", "\nEOFF\n```\n\n##### 2.6.3.3");
    const found = (await findingsIn(text)).find(({ rule }) => rule === "shell/syntax");
    expect(found).toMatchObject({
      message: "the here-document is not ended: no line is EOF",
      hint: expect.stringContaining("one says EOFF"),
      location: { column: 5 },
    });
  });

  test("a token that is a variable's is looked for where it is set", async () => {
    const open =
      "```csv file id=token-file on=t71 path=/k8s/kubernetes/cfg/token.csv\n663eb46fb81c4cf2a9bedb84bea03582";
    const written = (before: string) =>
      guide
        .replace(
          open,
          () =>
            `\`\`\`bash run id=token-file on=t71\n${before}cat << EOF > /k8s/kubernetes/cfg/token.csv\n\${BOOTSTRAP_TOKEN}`,
        )
        .replace('"system:kubelet-bootstrap"', '"system:kubelet-bootstrap"\nEOF');
    expect((await findingsIn(written(""))).map(({ rule }) => rule)).toEqual(["shell/variable"]);
    const findings = await findingsIn(written("BOOTSTRAP_TOKEN=663eb46fb81c4cf2a9bedb84bea03582\n"));
    expect(findings.filter(({ level }) => level === "error")).toEqual([]);
  });
});
