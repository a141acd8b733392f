import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { numbersFrom } from "../../../bench/kill-plan.ts";
import type { VerbWithRights } from "../../../src/kubernetes/rights/rights.ts";
import type { RoleRule } from "../../../src/kubernetes/rights/role-manifest.ts";
import type { UserProject } from "../../e2e/user-project.ts";
import { eventually } from "../../eventually.ts";
import { applyObjects } from "../../kubectl.ts";
import { type SharedNamespace, sharedNamespace } from "../../kubernetes/shared-namespace.ts";
import { projectWithoutStack } from "./runs-in-cluster.ts";

/** How many rights of each verb are taken away, and the seed that chooses them: `NESTBOX_RIGHTS=100`. */
const COUNT = Number(process.env.NESTBOX_RIGHTS ?? 3);
const SEED = Number(process.env.NESTBOX_SEED ?? 1);

let project: UserProject;
let team: SharedNamespace;
let environment: Readonly<Record<string, string>>;
let contents: readonly string[];

beforeAll(() => {
  team = sharedNamespace("nestbox");
  project = projectWithoutStack("rights-inside");
  project.declare(`sandbox("box", {
    volumes: ["data"],
    networks: { front: {}, back: { internal: true } },
    services: {
      cache: redis({ networks: ["back"], password: secret("password"), volumes: { "/data": "data" } }),
      web: redis({
        networks: ["front", "back"], after: { cache: "ready" }, files: { "/note": { content: "a note" } },
      }),
    },
    jobs: {
      ping: {
        image: "redis:7-alpine", networks: ["front"], files: "sandboxes", script: ["redis-cli -h web ping"],
      },
    },
  })`);
  const nestbox = { target: "kubernetes", kubernetes: { namespace: team.name } };
  project.write("package.json", JSON.stringify({ type: "module", nestbox }));
  project.write("limited.json", team.kubeconfig);
  environment = {
    KUBECONFIG: path.join(project.folder, "limited.json"),
    DOCKER_HOST: "unix:///nonexistent.sock",
    NESTBOX_SECRET_PASSWORD: "xylophone",
    NESTBOX_CACHE: path.join(project.folder, "cache"),
  };
  contents = team.contents();
}, 180_000);

afterAll(async () => {
  team.remove();
  await project.remove();
});

/** The rules that the command prints for a verb. */
async function rulesOf(verb: VerbWithRights): Promise<readonly RoleRule[]> {
  const words = ["cluster", "rights", verb, "--namespace", team.name];
  const { stdout } = await project.nestboxEverywhere(words, environment);
  const { kind, metadata, rules } = parse(stdout);
  expect({ kind, metadata }).toEqual({
    kind: "Role",
    metadata: { name: `nestbox-${verb}`, namespace: team.name },
  });
  return rules;
}

/** Runs a command with these rights in the namespace alone. */
function runWith(rules: readonly RoleRule[], words: readonly string[]) {
  const metadata = { name: "nestbox", namespace: team.name };
  applyObjects({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules });
  return project.nestbox(words, environment);
}

/** Commands in an order in which each finds what it needs. */
const COMMANDS: readonly (readonly [VerbWithRights, readonly string[]])[] = [
  ["run", ["run", "box", "ping", "--fresh"]],
  ["prove", ["prove", "box", "--target", "kubernetes"]],
  ["up", ["up"]],
  ["ls", ["ls"]],
  ["env", ["env", "box"]],
  ["logs", ["logs", "box", "web"]],
  ["exec", ["exec", "box", "web", "--", "true"]],
  ["connect", ["connect", "box", "cache", "--", "ping"]],
  ["extend", ["extend", "1h"]],
  ["gc", ["gc"]],
  ["down", ["down", "--wait"]],
];

test("the printed rights of each verb suffice", async () => {
  for (const [verb, words] of COMMANDS) {
    const { exitCode, stdout, stderr } = await runWith(await rulesOf(verb), words);
    expect({ verb, exitCode, stdout, stderr }).toEqual({
      ...{ verb, exitCode: 0, stdout: expect.anything() },
      stderr: expect.not.stringMatching(/cannot|enforces/),
    });
  }
  await eventually(() => expect(team.contents()).toEqual(contents), { within: "60s" });
}, 300_000);

/** What only a slow, a killed or a newer command requires, or the probe of policies, whose result is kept. */
const SELDOM: readonly string[] = [
  ...["get leases", "update leases", "create pods/exec", "create pods/portforward", "get pods/portforward"],
  ...["delete networkpolicies", "list networkpolicies", "watch replicasets", "list replicasets"],
  ...["create pods", "delete pods"],
];

/** Verbs for which the sandbox has to be up. */
const OF_KEPT: readonly VerbWithRights[] = ["ls", "env", "logs", "exec", "connect", "extend"];

/** They need most of their rights only for a change, for what has ended, or for what is left of a removal. */
const FOR_CHANGES: readonly VerbWithRights[] = ["up", "gc", "down"];

test(`without one of their rights, chosen by seed ${SEED}, verbs name it`, async () => {
  const random = numbersFrom(SEED);
  for (const [verb, words] of COMMANDS.filter(([one]) => !FOR_CHANGES.includes(one))) {
    const all = (await rulesOf(verb)).flatMap(({ apiGroups, resources, verbs }) =>
      resources.flatMap((resource) =>
        verbs.map((one) => ({ apiGroups, resources: [resource], verbs: [one] })),
      ),
    );
    const chosen = all
      .filter((rule) => !SELDOM.includes(`${rule.verbs} ${rule.resources}`))
      .map((rule) => ({ rule, order: random() }))
      .sort((one, other) => one.order - other.order)
      .slice(0, COUNT);
    for (const { rule } of chosen) {
      if (OF_KEPT.includes(verb)) expect((await runWith(await rulesOf("up"), ["up"])).exitCode).toBe(0);
      const { exitCode, stdout, stderr } = await runWith(
        all.filter((one) => one !== rule),
        words,
      );
      // A proof prints what failed as the result of a check.
      expect(stdout + stderr).toContain(`cannot ${rule.verbs} resource "${rule.resources}"`);
      // A clean-up without a right is a warning, which does not know the namespace.
      if (exitCode === 2)
        expect(stderr).toContain(`"nestbox cluster rights ${verb} --namespace ${team.name}" prints`);
    }
  }
}, 1_200_000);
