import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../host/paths.ts";
import { temporaryFolder } from "../../../testing.ts";
import { check, copyOf, guide as original } from "../testing.ts";

const kubelets = [
  "```yaml file id=kubelet on=t72 path=/etc/kubelet.yaml",
  "kind: KubeletConfiguration",
  "apiVersion: kubelet.config.k8s.io/v1beta1",
  "rotateCertificates: true",
  "clusterDNS: [10.254.0.2]",
  "```",
];

/** Rules of what is found of the network, and what nobody could follow, with these commands behind a kubelet's configuration. */
async function told(...commands: string[]) {
  const lines = ["# G", "## 1 A", ...kubelets, "```bash run id=a on=t71", ...commands, "```"];
  const { findings, unfollowed } = await check({ guideFile: await copyOf(lines.join("\n")) });
  const rules = findings.map(({ rule }) => rule).filter((rule) => rule === "networks/no-dns");
  return { rules, unfollowed: unfollowed.map(({ command }) => command) };
}

const service = "kind: Service\nspec:\n  clusterIP: 10.254.0.2";

test("a cluster DNS that nothing deploys is told", async () => {
  expect(await told("ls")).toEqual({ rules: ["networks/no-dns"], unfollowed: [] });
  expect(
    (await told(`cat > dns.yaml <<EOF\n${service}0\nEOF\nkubectl apply -f dns.yaml`)).rules,
  ).toHaveLength(1);
});

test.each([
  `cat > dns.yaml <<EOF\n${service}\nEOF\nkubectl apply -f dns.yaml`,
  `kubectl create -f - <<EOF\n${service}\nEOF`,
])("%j deploys it", async (script) => expect(await told(script)).toEqual({ rules: [], unfollowed: [] }));

test.each(["kubectl apply -f https://a.example.org/coredns.yaml", "kubectl create --filename=/opt/addons"])(
  "%s may deploy it",
  async (command) =>
    expect(await told("mkdir /opt/addons", command)).toEqual({ rules: [], unfollowed: [command] }),
);

test("a hint names the network of the guide's own profile, and a certificate is held against its domain", async () => {
  const folder = join(temporaryFolder(), "guide");
  await cp(join(projectRoot, "fixtures/opt-guide"), folder, { recursive: true });
  const [guide, profile] = [join(folder, "guide.md"), join(folder, "profile.yaml")];
  const text = await readFile(guide, "utf8");
  await writeFile(guide, text.replace(/^.* set \/coreos\.com\/network\/config .*$/m, "true"));
  await writeFile(
    profile,
    (await readFile(profile, "utf8")).replace("domain: cluster.local", "domain: k8s.example"),
  );
  const { findings } = await check({ guideFile: guide });
  const hintOf = (rule: string): string | undefined => findings.find((one) => one.rule === rule)?.hint;
  expect(hintOf("networks/prefix")).toContain(`'{ "Network": "10.244.0.0/16" }'`);
  expect(hintOf("certificates/hosts")).toBe('add "kubernetes.default.svc.k8s.example" to its hosts');
});

test("a guide with networks of its own in all places is told where its profile has others, and what it keeps no more", async () => {
  const own = original
    .replace('"Network": "10.254.0.0/16"', '"Network": "10.244.0.0/16"')
    .replace("--cluster-cidr=10.254.0.0/16", "--cluster-cidr=10.244.0.0/16");
  const file = await copyOf(own, true);
  const { findings } = await check({ guideFile: file });
  expect(findings.map(({ rule, level, step }) => [rule, level, step])).toEqual([
    ["guide/promise", "warning", expect.stringMatching(/^(?:3\.3\.1|4\.1)\//)],
    ["guide/kept", "warning", undefined],
  ]);
  expect(findings[0]?.message).toMatch(
    /10\.244\.0\.0\/16, .* 10\.254\.0\.0\/16: networks\.pods .*profile\.yaml:\d+/,
  );
  expect(findings[1]?.location.file).toMatch(/profile\.yaml$/);
  expect((await check()).findings).toEqual([]);
});
