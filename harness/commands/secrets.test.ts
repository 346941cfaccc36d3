import { mkdirSync, mkdtempSync } from "node:fs";
import { glob, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex, Writable } from "node:stream";
import * as fc from "fast-check";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { GuideFailure, HarnessDefect } from "../errors.ts";
import type { Plan, Step } from "../guide/types.ts";
import type { Connection, ExecResult, KeptShell } from "../machines/ssh/connection.ts";
import { reporters } from "../report/index.ts";
import { sampleBlame, sampleFailure, sampleTest } from "../report/sample.ts";
import { plannedSteps } from "../run/blame/planned.ts";
import { collectJournals } from "../run/collect.ts";
import { Recorder } from "../run/recorder.ts";
import { processRedactor, Redactor } from "../run/redact.ts";
import { secretsOf } from "../run/secrets.ts";
import { runStep } from "../run/step.ts";
import { asRecord } from "../run/suites.ts";
import { failureRecord } from "../run/verdict.ts";
import { command, main } from "./base.ts";
import { noted } from "./note.ts";

const project = vi.hoisted(() => ({ folder: "" }));
vi.mock(import("../paths.ts"), async (original) => {
  project.folder = mkdtempSync(join(tmpdir(), "guide-secrets-"));
  return { ...(await original()), projectRoot: project.folder };
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(() => rm(project.folder, { recursive: true }));

/** Text that holds a secret, and what must not be read anywhere. */
type Leak = { readonly text: string; readonly secret: string };

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const json = (text: string): string => JSON.stringify(text).slice(1, -1);

// Every one has a digit, as random ones have.
const hex = fc.stringMatching(/^[a-f\d]{20}\d[a-f\d]{11}$/);
const urlSafe = fc.stringMatching(/^[A-Za-z\d]{10}\d[\w]{12}$/);
const password = fc.stringMatching(/^[A-Za-z!#%&*+,.:;=?@^_|/-]\d[A-Za-z\d"'\\%+@$ é/]{8,16}[a-z]$/);
const jwt = fc
  .tuple(fc.stringMatching(/^[A-Za-z\d_-]{20}$/), fc.stringMatching(/^[A-Za-z\d_-]{40}$/))
  .map(([head, body]) => `eyJ${head}.${body}.c2ln`);
const bootstrap = fc.stringMatching(/^[a-z\d]{6}\.[a-z\d]{7}\d[a-z\d]{8}$/);
const body = fc
  .array(fc.stringMatching(/^[A-Za-z\d+/]{64}$/), { minLength: 1, maxLength: 4 })
  .map((lines) => [...lines, `${lines[0]?.slice(0, 22)}==`]);

const token = fc.oneof(hex, urlSafe, jwt, bootstrap);
const forms: Record<string, fc.Arbitrary<Leak>> = {};
const form = (name: string, secret: fc.Arbitrary<string>, write: (secret: string) => string): void => {
  forms[name] = secret.map((one) => ({ text: write(one), secret: one }));
};
form("a variable in quotes", password, (one) => `export BOOTSTRAP_TOKEN=${JSON.stringify(one)} && kubectl get nodes`);
form("a variable in single quotes", urlSafe, (one) => `TOKEN='${one}'`);
form("a variable", token, (one) => `BOOTSTRAP_TOKEN=${one}`);
form("a flag in quotes", password, (one) => `kubectl --token=${JSON.stringify(one)} get nodes`);
form("a flag and a word", token, (one) => `kubectl --token '${one}' get nodes`);
form("a bare flag", token, (one) => `kubectl --token ${one} get nodes`);
form("a flag", token, (one) => `kubectl config set-credentials kubelet --token=${one} \\`);
form("JSON", password, (one) => JSON.stringify({ user: "kubelet", token: one, groups: ["a"] }));
form("spaced JSON", password, (one) => JSON.stringify({ "client-secret": one, b: 1 }, null, 1));
form("JSON inside of JSON", password, (one) => JSON.stringify({ body: JSON.stringify({ token: one, b: "c" }) }));
form("YAML", token, (one) => `users:\n- name: kubelet\n  user:\n    token: ${one}\n`);
form("YAML in quotes", urlSafe, (one) => `    password: "${one}"`);
form("a header", token, (one) => `> Authorization: Bearer ${one}`);
form("a Basic header", urlSafe, (one) => `curl -H "Authorization: Basic ${base64(`admin:${one}`)}" https://t71`);
form("an argument list", token, (one) => `execve("/k8s/bin/kubectl", ["kubectl", "--token", "${one}", "get"])`);
form("an address", password, (one) => `GET https://admin:${encodeURIComponent(one)}@t71:6443/version`);
form("a query", urlSafe, (one) => `GET https://t71:6443/version?token=${one}&watch=1`);
form("a percent-encoded query", urlSafe, (one) => `GET /?next=%3Ftoken%3D${one}`);
form("a static token", hex, (one) => `${one},kubelet-bootstrap,10001,"system:kubelet-bootstrap"`);
form("an echoed static token", hex, (one) => `+ echo '${one},kubelet-bootstrap,10001,"system:bootstrap"'`);
form("a JWT", jwt, (one) => `the account has ${one} now`);
form("a bootstrap token", bootstrap, (one) => `kubeadm join t71 with ${one}`);
form("a random line", hex, (one) => `${one}`);
form("an encryption key", fc.stringMatching(/^[A-Za-z\d+/]{21}\d[A-Za-z\d+/]{21}=$/), (one) => `    secret: ${one}`);
form("a kubeconfig in base64", hex, (one) => base64(`users:\n- name: kubelet\n  user:\n    token: ${one}\n`));

const pem = (kind: string, lines: readonly string[]): string =>
  [`-----BEGIN ${kind} KEY-----`, ...lines, `-----END ${kind} KEY-----`].join("\n");
const keyForm = (name: string, write: (key: string) => string): void => {
  forms[name] = fc
    .tuple(fc.constantFrom("RSA PRIVATE", "EC PRIVATE", "PRIVATE"), body)
    .map(([kind, lines]) => ({ text: write(pem(kind, lines)), secret: lines.join("\n") }));
};
keyForm("a key", (key) => `${key}\n`);
keyForm("an indented key", (key) => key.replaceAll(/^/gm, "    "));
keyForm("a key in a journal", (key) => key.replaceAll(/^/gm, "Nov 24 17:37:18 t72 kubelet[759]: "));
keyForm("a key on one line", (key) => `data: "${json(key)}" and so on`);
keyForm("a key in JSON in JSON", (key) => JSON.stringify({ body: JSON.stringify({ "tls.key": key }) }));
keyForm("a kubeconfig's key", (key) => `    client-key-data: ${base64(key)}`);
keyForm("a key in base64", (key) => base64(`apiVersion: v1\n${key}`));
keyForm("a key in lines of base64", (key) => (base64(`a${key}`).match(/.{1,76}/g) ?? []).join("\n"));

const leak = fc.oneof(...Object.values(forms));

/** What the secret would look like if it had got out. */
function traces({ secret, text }: Leak): string[] {
  return secret.split("\n").flatMap((line) => [
    line,
    json(line),
    encodeURIComponent(line),
    base64(line).replace(/.{4}$/, ""),
    // What is drawn as base64 is found as it stands.
    ...(text.includes(line) ? [] : (text.match(/[\w+/]{40,}/g) ?? [])),
  ]);
}

/** A guide that brings a secret to a machine, each in its own way; the value has no form where it is seen later. */
const plans: Record<string, (secret: string) => Step["action"]> = {
  "a file": (one) => file("/k8s/kubernetes/cfg/token.csv", `${one},kubelet-bootstrap,10001,"system:bootstrap"`),
  "a file of another name": (one) => file("/etc/kubernetes/known_tokens.csv", `${one},a,1`),
  "a here-document": (one) => run(`cd /etc\ncat > token.csv <<EOF\n${one},kubelet-bootstrap,10001\nEOF`),
  tee: (one) => run(`tee /etc/token.csv <<'EOF' >/dev/null\n${one},kubelet-bootstrap,10001\nEOF`),
  "cat and tee": (one) => run(`cat <<EOF | tee /etc/bootstrap-token\n${one}\nEOF`),
  echo: (one) => run(`echo "${one},kubelet-bootstrap,10001" > /etc/token.csv`),
  printf: (one) => run(`printf '%s\\n' ${one} >> /etc/token`),
  "a variable": (one) => run(`export BOOTSTRAP_TOKEN=${one}`),
  "a variable of no name": (one) => run(`t=${one}\ncat > /etc/token.csv <<EOF\n$t,kubelet-bootstrap,10001\nEOF`),
  "a flag": (one) => run(`kubectl config set-credentials kubelet-bootstrap \\\n  --token=${one} \\\n  --kubeconfig=a`),
  "a flag and its word": (one) => run(`kubectl config set-credentials kubelet-bootstrap --token \\\n  '${one}'`),
  "a script": (one) => file("/k8s/environment.sh", `#!/bin/bash\nBOOTSTRAP_TOKEN="${one}"\n`),
  "an encryption key": (one) => run(`cat > enc.yaml <<EOF\nkeys:\n- name: key1\n  secret: ${one}\nEOF`),
};
function file(path: string, content: string): Step["action"] {
  return { kind: "file", path, mode: 0o644, append: false, content };
}
function run(script: string): Step["action"] {
  return { kind: "run", script };
}
const stepOf = (action: Step["action"]): Step => ({
  key: "2.6.2.1/token@t71",
  id: "2.6.2.1/token",
  section: "2.6.2.1",
  machine: "t71",
  location: { file: "guide.md", line: 7 },
  endLine: 9,
  action,
  downloads: [],
  changedBy: [],
});
const planOf = (step: Step): Plan => ({
  guide: { file: "guide.md", title: "", sections: [], blocks: [], claims: [] },
  accounting: { run: 1, file: 0, output: 0, skip: 0, total: 1 },
  groups: [{ id: step.id, steps: [step] }],
  dropped: [],
});

test.each(Object.entries(plans))("a secret of the guide is known: %s", (_way, write) => {
  const secret = "abcdefgh1jklmnop";
  expect(secretsOf(planOf(stepOf(write(secret))))).toContain(secret);
});

/** A value of the guide as programs show it later: with nothing around it that tells what it is. */
const guideLeak = fc
  .tuple(fc.constantFrom(...Object.values(plans)), urlSafe, fc.nat(2))
  .map(([write, secret, offset]) => ({
    action: write(secret),
    leaks: [
      secret,
      `unknown user "${secret}"`,
      base64(`${"u:s".slice(0, offset)}${secret}\n`),
      JSON.stringify({ why: `no ${secret}` }),
    ].map((text): Leak => ({ text, secret })),
  }));

const ended: ExecResult = { exitCode: 0, stdout: "", stderr: "", durationMs: 1, timedOut: false };

/** A terminal that prints text in pieces, and ends with an exit code. */
function terminal(text: string, cuts: readonly number[], exitCode: number) {
  const places = [0, ...cuts.map((cut) => cut % text.length).toSorted((a, b) => a - b), text.length];
  const shell: KeptShell = {
    run: async (_script, options) => {
      for (const [index, place] of places.slice(1).entries()) {
        options?.onOutput?.({ stream: index % 5 < 4 ? "stdout" : "stdout", text: text.slice(places[index], place) });
      }
      return { ...ended, exitCode, stdout: text, cwd: "/root" };
    },
    place: () => ({ cwd: "/root", environment: "" }),
    close: async () => undefined,
  };
  const connection: Connection = {
    machine: "t71",
    exec: async (script) => ({ ...ended, stdout: `${/^ {2}echo "(-- \S+ )/m.exec(script)?.[1] ?? ""}etcd\n${text}` }),
    shell: async () => shell,
    writeFile: async () => undefined,
    readFile: async () => Buffer.from(""),
    forward: async () => new Duplex(),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { connection, shell };
}

let runs = 0;

/** Everything that a run leaves behind whose every part says `text`, and what the terminal shows of it. */
async function told(text: string, action: Step["action"], cuts: readonly number[], asJson: boolean): Promise<string> {
  const shown: string[] = [];
  const screen = new Writable({
    write: (chunk, _encoding, done) => {
      shown.push(String(chunk));
      done();
    },
  });
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((chunk) => shown.push(String(chunk)) > 0);
  }
  const id = `run-${(runs += 1)}`;
  const folder = join(project.folder, "reports", id);
  mkdirSync(folder, { recursive: true });
  vi.stubEnv("GITHUB_STEP_SUMMARY", join(folder, "summary.md"));
  vi.stubEnv("GITHUB_OUTPUT", join(folder, "output"));

  const redactor = processRedactor;
  const step = stepOf(action);
  const plan = planOf(step);
  redactor.learn(secretsOf(plan));
  const list = ["kubectl", ...text.split("\n")];
  const recorder = new Recorder(
    id,
    "e2e",
    {
      provider: "nspawn",
      artifactSet: "debian",
      versions: {},
      ports: [],
      dropped: [{ id: step.id, by: "port", reason: text }],
      cannotProve: [{ claim: "a", reason: text }],
      plan: plannedSteps(plan, redactor),
      rebootFindings: [{ after: step.id, machine: "t71", what: list }],
      blames: [sampleBlame({ tests: [text], units: [], since: { run: "1", inputs: list, durations: [], blocks: [] } })],
    },
    reporters({ json: asJson, stdout: screen, stderr: screen }),
  );
  recorder.note(text);
  recorder.assist({ id: "cache", reason: text });
  await recorder.span(text, async () => undefined);
  const machine = terminal(text, cuts, 1);
  const context = { recorder, redactor, signal: new AbortController().signal, online: false, patience: 1 };
  const failed = stepOf({ kind: "run", script: `systemctl start etcd\n${text}` });
  await runStep(failed, machine, context).catch(() => undefined);
  const failure = sampleFailure({ message: text, outputTail: text, hint: text });
  const record = sampleTest({ name: text, outcome: "failed", facts: { [text]: text }, failure });
  recorder.testEnded(asRecord(JSON.stringify(record), recorder, redactor));
  await collectJournals([machine.connection], folder, redactor);
  const details = { outputTail: text, command: text, location: { file: text, line: 1 } };
  const error = new GuideFailure(text, { ...details, hint: text });
  await recorder.finish("guide", folder, failureRecord(error, redactor));

  noted.note(text);
  for (const thrown of [error, new Error(text), new HarnessDefect(text, { cause: new Error(text), ...details })]) {
    const program = command("crash", "crashes").action(() => {
      throw thrown;
    });
    await main(program, asJson ? ["--json"] : []);
  }
  await main(command("crash", "crashes"), [`--no-such=${text}`]);
  vi.restoreAllMocks();
  process.exitCode = 0;

  for await (const path of glob("**/*", { cwd: folder, withFileTypes: true })) {
    if (path.isFile()) shown.push(await readFile(join(path.parentPath, path.name), "utf8"));
  }
  return shown.join("");
}

test("no secret is in any report, journal, terminal output or crash, whatever its form", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(leak, { minLength: 1, maxLength: 6 }),
      guideLeak,
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.boolean(),
      async (formed, { action, leaks }, cuts, asJson) => {
        const all = [...formed, ...leaks];
        const text = all.map((one) => one.text).join("\nand then\n");
        const seen = await told(text, action, cuts, asJson);
        expect(seen).toContain("and then");
        const found = all.filter((one) => traces(one).some((trace) => seen.includes(trace)));
        expect(found).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});

test.each(Object.entries(forms))("%s is taken out wherever it stands", async (_name, arbitrary) => {
  await fc.assert(
    fc.property(arbitrary, fc.array(fc.nat()), (one, cuts) => {
      const text = `before it\n${one.text}\nafter that\n`;
      const redactor = new Redactor();
      const places = [...cuts.map((cut) => cut % text.length).toSorted((a, b) => a - b), text.length];
      const out =
        places.map((place, index) => redactor.push(text.slice(index === 0 ? 0 : places[index - 1], place))).join("") +
        redactor.end();
      expect(traces(one).filter((trace) => out.includes(trace))).toEqual([]);
      expect(out).toMatch(/^before it\n[^]*\nafter that\n$/);
    }),
    { numRuns: 30 },
  );
});
