import { expect } from "vitest";
import { z } from "zod";
import {
  answered,
  forgeClient,
  guards,
  profile,
  shaped,
  shapedJson,
  test,
  type Cluster,
} from "../cluster/index.ts";

const { bootstrap, kubeProxy } = profile;

/** A refusal as the apiserver words it (meta/v1 Status). */
const status = z.object({ reason: z.string(), message: z.string() });

const refusal = ({ body }: Answer): z.infer<typeof status> => shaped(status, body, "The refusal");

type Answer = { status: number; body: unknown };

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
    const [services, nodes, forged] = await Promise.all([
      ask(cluster, { path: "/api/v1/services", identity: { cert, key } }),
      ask(cluster, { path: "/api/v1/secrets", identity: { cert, key } }),
      ask(cluster, { path: "/api/v1/secrets", identity: admin }),
    ]);
    expect(services.status, "kube-proxy may list services").toBe(200);
    expect(nodes.status, "kube-proxy may not list secrets").toBe(403);
    expect(refusal(nodes).message).toContain(`User "${kubeProxy.user}"`);
    expect(forged.status, "a foreign CA's system:masters is nobody").toBe(401);
    expect(refusal(forged).reason).toBe("Unauthorized");
  },
);

test(
  "who shows no certificate is anonymous and gets 403; an unknown token gets 401",
  { meta: guards("apiserver", "anonymous") },
  async ({ cluster }) => {
    const [anonymous, unknown] = await Promise.all([
      ask(cluster, { path: "/api/v1/nodes" }),
      ask(cluster, { path: "/api/v1/nodes", token: "0".repeat(32) }),
    ]);
    expect(anonymous.status, "without a certificate").toBe(403);
    expect(refusal(anonymous).message).toContain('User "system:anonymous"');
    expect(unknown.status, "with an unknown token").toBe(401);
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
    expect(review).toMatchObject({ authenticated: true, user: { username: bootstrap.user } });
    expect(review.user.groups).toContain(bootstrap.group);
    expect(review.user.groups, "no way around authorization").not.toContain("system:masters");
    fact("groups", (review.user.groups ?? []).join(", "));
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
    expect(code, "the token may ask what it may do").toBe(201);
    const rules = shaped(rulesSchema, body, "The SelfSubjectRulesReview").status.resourceRules;
    const allowed = rules.flatMap(({ verbs, resources }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    );
    expect(new Set(allowed)).toEqual(new Set([...everyUser, ...bootstrapper]));
    fact("allowed", bootstrapper.join(", "));

    const refused = await Promise.all(
      ["/api/v1/nodes", "/api/v1/secrets", "/api/v1/namespaces/default/pods"].map((path) =>
        ask(cluster, { path, token }),
      ),
    );
    for (const answer of refused) {
      expect(answer.status, "with the bootstrap token").toBe(403);
      expect(refusal(answer).message).toContain(`User "${bootstrap.user}"`);
    }
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
