import * as fc from "fast-check";
import type { Plan, Step } from "../guide/types.ts";
import { file, group, planOf as planOfGroups, run, step } from "../run/testing.ts";

/** For tests: text that holds a secret, and what must not be read anywhere. */
export type Leak = { readonly text: string; readonly secret: string };

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
  .map((lines) => lines.concat(`${lines[0]?.slice(0, 22)}==`));

const token = fc.oneof(hex, urlSafe, jwt, bootstrap);
export const forms: Record<string, fc.Arbitrary<Leak>> = {};
const form = (name: string, secret: fc.Arbitrary<string>, write: (secret: string) => string): void => {
  forms[name] = secret.map((one) => ({ text: write(one), secret: one }));
};
form(
  "a variable in quotes",
  password,
  (one) => `export BOOTSTRAP_TOKEN=${JSON.stringify(one)} && kubectl get nodes`,
);
form("a variable in single quotes", urlSafe, (one) => `TOKEN='${one}'`);
form("a variable", token, (one) => `BOOTSTRAP_TOKEN=${one}`);
form("a flag in quotes", password, (one) => `kubectl --token=${JSON.stringify(one)} get nodes`);
form("a flag and a word", token, (one) => `kubectl --token '${one}' get nodes`);
form("a bare flag", token, (one) => `kubectl --token ${one} get nodes`);
form("a flag", token, (one) => `kubectl config set-credentials kubelet --token=${one} \\`);
form("JSON", password, (one) => JSON.stringify({ user: "kubelet", token: one, groups: ["a"] }));
form("spaced JSON", password, (one) => JSON.stringify({ "client-secret": one, b: 1 }, null, 1));
form("JSON inside of JSON", password, (one) =>
  JSON.stringify({ body: JSON.stringify({ token: one, b: "c" }) }),
);
form("YAML", token, (one) => `users:\n- name: kubelet\n  user:\n    token: ${one}\n`);
form("YAML in quotes", urlSafe, (one) => `    password: "${one}"`);
form("a header", token, (one) => `> Authorization: Bearer ${one}`);
form(
  "a Basic header",
  urlSafe,
  (one) => `curl -H "Authorization: Basic ${base64(`admin:${one}`)}" https://t71`,
);
form(
  "an argument list",
  token,
  (one) => `execve("/k8s/bin/kubectl", ["kubectl", "--token", "${one}", "get"])`,
);
form("an address", password, (one) => `GET https://admin:${encodeURIComponent(one)}@t71:6443/version`);
form("a query", urlSafe, (one) => `GET https://t71:6443/version?token=${one}&watch=1`);
form("a percent-encoded query", urlSafe, (one) => `GET /?next=%3Ftoken%3D${one}`);
form("a user's password beside its flag", urlSafe, (one) => `curl -sSuadmin:${one} https://t71`);
form("a flag of one letter", urlSafe, (one) => `docker login -u admin -p ${one} registry`);
form("a flag of one letter with its word", urlSafe, (one) => `mysql -uroot -p'${one}' -e 'select 1'`);
form("what chpasswd reads", urlSafe, (one) => `echo "root:${one}" | chpasswd`);
form("what passwd reads", urlSafe, (one) => `echo "${one}" | sudo passwd --stdin root`);
form(
  "what a login reads",
  urlSafe,
  (one) => `printf '%s' ${one} | docker login -u a --password-stdin r.example`,
);
form(
  "what a login reads from a string",
  urlSafe,
  (one) => `docker login --password-stdin r.example <<< "${one}"`,
);
form("a variable of sshpass", urlSafe, (one) => `SSHPASS=${one} sshpass -e ssh t72`);
form("Docker's settings", urlSafe, (one) => `{"auths": {"r.example": {"auth": "${base64(`a:${one}`)}"}}}`);
form("Docker's settings as they are", hex, (one) => `  "auth": "${one}"`);
form("a user's password after several flags", urlSafe, (one) => `curl -sku admin:${one} https://t71`);
form("a proxy's password", urlSafe, (one) => `curl -U admin:${one} -x p:3128 https://t71`);
form("a proxy's password, in full", urlSafe, (one) => `curl --proxy-user 'admin:${one}' https://t71`);
form("openssl passwd", urlSafe, (one) => `openssl passwd -1 -salt ab ${one}`);
form("htpasswd", urlSafe, (one) => `htpasswd -c -b /etc/users admin ${one}`);
form("htpasswd without a file", urlSafe, (one) => `htpasswd -nbB admin '${one}' > /etc/users`);
form("a header of its own", urlSafe, (one) => `curl -H "X-Auth-Key: ${one}" https://t71`);
form("a key to encrypt with", urlSafe, (one) => `ENCRYPTION_KEY=${one}`);
form("a shared key", urlSafe, (one) => `psk=${one}`);
form("a list", urlSafe, (one) => `tokens: [${one}, b]`);
form("a list in JSON", urlSafe, (one) => JSON.stringify({ tokens: ["a", one] }));
form("a value in the next line", urlSafe, (one) => `token:\n  ${one}\n`);
form("a list in the next lines", urlSafe, (one) => `tokens:\n- abcdefgh1\n- "${one}"\n`);
form("a value that a program says", urlSafe, (one) => `The bootstrap token:\n${one}\n`);
form(
  "a flag's word in the next line",
  urlSafe,
  (one) => `kubectl config set-credentials a --token \\\n  ${one} \\\n  -b`,
);
form("a short name", urlSafe, (one) => `DB_PASS=${one} MYSQL_PWD=none`);
form("a printed variable", urlSafe, (one) => `export TOKEN=$(echo ${one})`);
form("a block of YAML", urlSafe, (one) => `data:\n  token: |-\n    ${one}\n  other: a\n`);
form("an entry of an environment", urlSafe, (one) => `env:\n- name: DB_PASSWORD\n  value: ${one}\n`);
form("an entry of an environment in JSON", password, (one) =>
  JSON.stringify({ env: [{ name: "DB_PASSWORD", value: one }] }),
);
form("an entry of an environment in lines of JSON", urlSafe, (one) =>
  JSON.stringify([{ name: "BOOTSTRAP_TOKEN", value: one }], null, 2),
);
form(
  "a private key as openssl prints it",
  fc.stringMatching(/^(?:[a-f\d]{2}:){14}[a-f\d]{2}$/),
  (one) => `Private-Key: (256 bit)\npriv:\n    ${one}\npub:\n    04:aa:\n`,
);
form("a name that grep has coloured", urlSafe, (one) => `\u001B[01;31m\u001B[Ktoken\u001B[m\u001B[K: ${one}`);
form("a static token", hex, (one) => `${one},kubelet-bootstrap,10001,"system:kubelet-bootstrap"`);
form("an echoed static token", hex, (one) => `+ echo '${one},kubelet-bootstrap,10001,"system:bootstrap"'`);
form("a JWT", jwt, (one) => `the account has ${one} now`);
form("a bootstrap token", bootstrap, (one) => `kubeadm join t71 with ${one}`);
form("a random line", hex, (one) => `${one}\n`);
form(
  "an encryption key",
  fc.stringMatching(/^[A-Za-z\d+/]{21}\d[A-Za-z\d+/]{21}=$/),
  (one) => `    secret: ${one}`,
);
form("base64 in a command", hex, (one) => `echo ${base64(`token: ${one}`)} | base64 -d >a`);
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

export const leak = fc.oneof(...Object.values(forms));

/** What the secret would look like if it had got out. */
export function traces({ secret, text }: Leak): string[] {
  const lines = secret.split("\n");
  // What is drawn as base64 is found as it stands.
  const encoded = text.includes(secret.slice(0, 20)) ? [] : (text.match(/[\w+/]{16,}/g) ?? []);
  return [
    json,
    encodeURIComponent,
    (line: string) => line,
    (line: string) => base64(line).replace(/.{4}$/, ""),
  ]
    .flatMap((write) => lines.map((line) => write(line)))
    .concat(encoded);
}

/** A guide that brings a secret to a machine, each in its own way; the value has no form where it is seen later. */
export const plans: Record<string, (secret: string) => Step["action"]> = {
  "a file": (one) =>
    file("/k8s/kubernetes/cfg/token.csv", `${one},kubelet-bootstrap,10001,"system:bootstrap"`),
  "a file of another name": (one) => file("/etc/kubernetes/known_tokens.csv", `${one},a,1`),
  "a here-document": (one) => run(`cd /etc\ncat > token.csv <<EOF\n${one},kubelet-bootstrap,10001\nEOF`),
  tee: (one) => run(`tee /etc/token.csv <<'EOF' >/dev/null\n${one},kubelet-bootstrap,10001\nEOF`),
  "cat and tee": (one) => run(`cat <<EOF | tee /etc/bootstrap-token\n${one}\nEOF`),
  echo: (one) => run(`echo "${one},kubelet-bootstrap,10001" > /etc/token.csv`),
  printf: (one) => run(`printf '%s\\n' ${one} >> /etc/token`),
  "a variable": (one) => run(`export BOOTSTRAP_TOKEN=${one}`),
  "a variable of no name": (one) =>
    run(`t=${one}\ncat > /etc/token.csv <<EOF\n$t,kubelet-bootstrap,10001\nEOF`),
  "a flag": (one) =>
    run(`kubectl config set-credentials kubelet-bootstrap \\\n  --token=${one} \\\n  --kubeconfig=a`),
  "a flag and its word": (one) =>
    run(`kubectl config set-credentials kubelet-bootstrap --token \\\n  '${one}'`),
  "an answer": (one) => ({ ...run("passwd"), tty: [{ prompt: "New password:", reply: one }] }),
  "a script": (one) => file("/k8s/environment.sh", `#!/bin/bash\nBOOTSTRAP_TOKEN="${one}"\n`),
  "an encryption key": (one) => run(`cat > enc.yaml <<EOF\nkeys:\n- name: key1\n  secret: ${one}\nEOF`),
};
export const stepOf = (action: Step["action"]): Step => step("2.6.2.1/token", "t71", action);
export const planOf = (one: Step): Plan => planOfGroups(group(one));

/** A value of the guide as programs show it later: with nothing around it that tells what it is. */
export const guideLeak = fc
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
