import { z } from "zod";
import {
  answered,
  bootstrap,
  expect,
  expectList,
  forgeClient,
  guards,
  profile,
  shaped,
  shapedJson,
  test,
  type Cluster,
  shown,
} from "../cluster/index.ts";

const { kubeProxy } = profile;

/** A refusal as the apiserver words it (meta/v1 Status). */
const status = z.object({ reason: z.string(), message: z.string() });

const refusal = ({ body }: Answer): z.infer<typeof status> => shaped(status, body, "The refusal");

/** The refusal names the user for whom the apiserver takes who shows something. */
function expectUser(answer: Answer, user: string, who: string): void {
  const { message } = refusal(answer);
  expect(message, `with ${who} the apiserver does not see the user ${user}: ${message}`).toContain(
    `User "${user}"`,
  );
}

type Answer = { status: number; body: unknown };

/** What nobody may do who has been given no right, or only that to ask for a certificate. */
const closed = [
  { method: "GET", path: "/api/v1/nodes" },
  { method: "GET", path: "/api/v1/secrets" },
  { method: "GET", path: "/api/v1/namespaces/default/pods" },
  {
    method: "POST",
    // Nothing comes of it even where it is let in.
    path: "/api/v1/namespaces/default/pods?dryRun=All",
    body: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "guide-suites" },
      spec: { containers: [{ name: "none", image: "none" }] },
    },
  },
] as const;

/** The apiserver refuses all of that to a client, which it knows as `user`, by what it `shows`, `who` in words. */
async function expectClosed(
  cluster: Cluster,
  { shows, user, who }: { readonly shows: { token?: string }; readonly user: string; readonly who: string },
): Promise<void> {
  const refused = await Promise.all(
    closed.map(async (request) => ({ request, answer: await ask(cluster, { ...request, ...shows }) })),
  );
  for (const { request, answer } of refused) {
    const { method, path } = request;
    expect(answer.status, `${method} ${path} with ${who}: HTTP ${answer.status}, not 403`).toBe(403);
    expectUser(answer, user, who);
  }
}

async function ask(
  cluster: Cluster,
  options: Omit<Parameters<Cluster["master"]["tls"]>[0], "port" | "ca">,
): Promise<Answer> {
  const answer = answered(
    await cluster.master.tls({ port: profile.ports.apiserver, ca: await cluster.kubernetesCa(), ...options }),
  );
  return {
    status: answer.status,
    body: shapedJson(z.unknown(), answer.body, `The answer to ${options.path}`),
  };
}

test(
  "a client of the CA is known by its name; one of a foreign CA gets 401",
  { meta: guards("apiserver", "clients") },
  async ({ cluster }) => {
    const { master } = cluster;
    const [ca, cert, key] = await Promise.all([
      cluster.kubernetesCa(),
      master.read(kubeProxy.certificate),
      master.read(kubeProxy.key),
    ]);
    const admin = await forgeClient(ca, "O=system:masters, CN=kubernetes-admin");
    const [services, secrets, forged] = await Promise.all([
      ask(cluster, { path: "/api/v1/services", identity: { cert, key } }),
      ask(cluster, { path: "/api/v1/secrets", identity: { cert, key } }),
      ask(cluster, { path: "/api/v1/secrets", identity: admin }),
    ]);
    expect(services.status, `kube-proxy lists services: HTTP ${services.status}, not 200`).toBe(200);
    expect(secrets.status, `kube-proxy lists secrets: HTTP ${secrets.status}, not 403`).toBe(403);
    expectUser(secrets, kubeProxy.user, "kube-proxy's certificate");
    expect(forged.status, `system:masters of a foreign CA: HTTP ${forged.status}, not 401`).toBe(401);
    const { reason } = refusal(forged);
    expect(reason, `system:masters of a foreign CA is refused as ${reason}`).toBe("Unauthorized");
  },
);

test(
  "a client with etcd's certificate gets 401",
  { meta: guards("apiserver", "otherCa") },
  async ({ cluster }) => {
    const { server } = await cluster.etcd.certificates();
    const { status: code } = await ask(cluster, { path: "/api/v1/secrets", identity: server });
    expect(code, `with the certificate of etcd: HTTP ${code}, not 401`).toBe(401);
  },
);

test(
  "who shows no certificate is anonymous and gets 403; an unknown token gets 401",
  { meta: guards("apiserver", "anonymous") },
  async ({ cluster }) => {
    const [unknown] = await Promise.all([
      ask(cluster, { path: "/api/v1/nodes", token: "0".repeat(32) }),
      expectClosed(cluster, { shows: {}, user: "system:anonymous", who: "no certificate" }),
    ]);
    expect(unknown.status, `with an unknown token: HTTP ${unknown.status}, not 401`).toBe(401);
  },
);

test(
  `the bootstrap token is ${bootstrap.user}'s`,
  { meta: guards("apiserver", "bootstrapToken") },
  async ({ cluster, fact }) => {
    const token = await bootstrapToken(cluster);
    const question = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
    const reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
    const { status: review } = await cluster.kubectl.create(tokenReview, reviews, question);
    const { authenticated = false, user } = review;
    const { username, groups = [] } = user;
    expect(authenticated, `the bootstrap token is authenticated: ${authenticated}`).toBe(true);
    expect(username, `the bootstrap token is ${shown(username)}'s, not ${bootstrap.user}'s`).toBe(
      bootstrap.user,
    );
    const whose = `the groups of ${bootstrap.user}`;
    expect(groups, `${whose} are ${shown(groups)}, without ${bootstrap.group}`).toContain(bootstrap.group);
    const masters = groups.find((group) => group === "system:masters");
    expect(masters, `${whose} have ${masters}, a way around authorization`).toBeUndefined();
    fact("groups", groups.join(", "));
  },
);

test(
  "the bootstrap token may only create certificate signing requests",
  { meta: guards("apiserver", "bootstrapRights") },
  async ({ cluster, fact }) => {
    const token = await bootstrapToken(cluster);
    const { status: code, body } = await ask(cluster, {
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
      token,
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectRulesReview",
        spec: { namespace: "default" },
      },
    });
    expect(code, `the bootstrap token asks what it may do: HTTP ${code}, not 201`).toBe(201);
    const rules = shaped(rulesSchema, body, "The SelfSubjectRulesReview").status.resourceRules;
    const allowed = rules.flatMap(({ verbs, resources }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    );
    const seen = [...new Set(allowed)].toSorted();
    const wanted = [...everyUser, ...bootstrapper].toSorted();
    expectList("what the bootstrap token may do", seen, wanted);
    fact("allowed", bootstrapper.join(", "));

    await expectClosed(cluster, { shows: { token }, user: bootstrap.user, who: "the bootstrap token" });
  },
);

const tokenReview = z.object({
  status: z.object({
    authenticated: z.boolean().optional(),
    user: z.object({ username: z.string().optional(), groups: z.array(z.string()).optional() }),
  }),
});

const rulesSchema = z.object({
  status: z.object({
    resourceRules: z.array(z.object({ verbs: z.array(z.string()), resources: z.array(z.string()) })),
  }),
});

/** What system:basic-user allows everyone: to ask about oneself. */
const everyUser = ["create selfsubjectaccessreviews", "create selfsubjectrulesreviews"];

/** The rules of system:node-bootstrapper: to create a request, and to see what became of it. */
const bootstrapper = ["create", "get", "list", "watch"].map((verb) => `${verb} certificatesigningrequests`);

/** The first field of the token file; never printed. */
async function bootstrapToken({ master }: Cluster): Promise<string> {
  const [token = ""] = (await master.read(bootstrap.tokens)).split(",");
  return token;
}
