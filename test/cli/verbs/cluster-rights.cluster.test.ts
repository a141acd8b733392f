import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Cluster } from "../../../src/kubernetes/api/cluster.ts";
import { RIGHTS, type VerbWithRights } from "../../../src/kubernetes/rights/rights.ts";
import { type RoleRule, roleRules } from "../../../src/kubernetes/rights/role-manifest.ts";
import type { UserProject } from "../../e2e/user-project.ts";
import { testCluster } from "../../kubernetes/created-namespace.ts";
import { type LimitedAccount, limitedAccount } from "../../kubernetes/limited-account.ts";
import { clusterWithoutEngine, projectWithoutStack, removeRuns } from "./runs-in-cluster.ts";

/** The commands that a test runs at once. */
const AT_ONCE = 3;

let project: UserProject;
let cluster: Cluster;
let accounts: readonly LimitedAccount[];

beforeAll(async () => {
  cluster = testCluster();
  accounts = await Promise.all(Array.from({ length: AT_ONCE }, limitedAccount));
  project = projectWithoutStack("cluster-rights");
  for (const [index, account] of accounts.entries()) project.write(`${index}.json`, account.kubeconfig());
  project.write("package.json", JSON.stringify({ type: "module", nestbox: { target: "kubernetes" } }));
  project.declare(`sandbox("box", {
    volumes: ["data"],
    services: {
      cache: redis({ password: secret("password"), volumes: { "/data": "data" } }),
      web: redis({ after: { cache: "ready" }, files: { "/note": { content: "a note" } } }),
    },
    jobs: {
      ping: { image: "redis:7-alpine", files: "sandboxes", script: ["redis-cli -h web ping"] },
    },
  })`);
  const up = await runAs(0, roleRules(RIGHTS.up), ["up"]);
  if (up.exitCode !== 0) throw new Error(up.stderr);
});

afterAll(async () => {
  await project.nestbox(["down"], { ...environment(), ...clusterWithoutEngine() });
  for (const account of accounts) account.remove();
  await removeRuns(cluster, project);
});

function environment() {
  return { NESTBOX_SECRET_PASSWORD: "xylophone", NESTBOX_CACHE: path.join(project.folder, "cache") };
}

/** Runs a verb as an account with these rights alone. */
async function runAs(index: number, rules: readonly RoleRule[], words: readonly string[]) {
  accounts[index]?.allow(...rules);
  const KUBECONFIG = path.join(project.folder, `${index}.json`);
  return project.nestbox(words, { ...clusterWithoutEngine(), ...environment(), KUBECONFIG });
}

/** Each right of a verb as a rule with a single resource and API verb. */
function singleRules(verb: VerbWithRights): readonly RoleRule[] {
  return roleRules(RIGHTS[verb]).flatMap(({ apiGroups, resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((one) => ({ apiGroups, resources: [resource], verbs: [one] }))),
  );
}

/** The rights without which a command neither fails nor warns, naming them. */
async function unnoticed(
  verb: VerbWithRights,
  words: readonly string[],
  atTimes: readonly string[],
): Promise<readonly string[]> {
  const all = singleRules(verb);
  const queue = all.filter((rule) => !atTimes.includes(`${rule.verbs} ${rule.resources}`));
  const found: string[] = [];
  const work = async (account: number) => {
    for (let rule = queue.pop(); rule !== undefined; rule = queue.pop()) {
      const { resources, verbs } = rule;
      const { stderr } = await runAs(
        account,
        all.filter((other) => other !== rule),
        words,
      );
      if (!stderr.includes(`cannot ${verbs} resource "${resources}"`)) found.push(`${verbs} ${resources}`);
    }
  };
  await Promise.all(accounts.map((_, index) => work(index)));
  return found;
}

const COMMANDS = {
  connect: ["connect", "box", "cache", "--", "ping"],
  env: ["env", "box"],
  exec: ["exec", "box", "web", "--", "true"],
  extend: ["extend", "1h"],
  gc: ["gc"],
  logs: ["logs", "box", "web"],
  ls: ["ls"],
  run: ["run", "box", "ping", "--fresh"],
} satisfies { readonly [Verb in VerbWithRights]?: readonly string[] };

test.each(Object.entries(COMMANDS))("the rights of %s suffice", async (verb, words) => {
  const { exitCode, stderr } = await runAs(0, roleRules(RIGHTS[verb as VerbWithRights]), words);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining("cannot") });
});

/** A lease is renewed after ten seconds, and expires if it cannot be read to be removed. */
const LEASES = ["update leases", "get leases"];

/** Kubernetes 1.35 requires it, and the other right of commands no more. */
const NEW_EXEC = "create pods/exec";

/** What the probe of policies, forwarded ports, and whatever a killed command left require. */
const SELDOM = [
  ...["create pods", "delete pods", "create pods/portforward", "get pods/portforward"],
  "list namespaces",
];

test.each<[keyof typeof COMMANDS, readonly string[]]>([
  ["connect", [...LEASES, NEW_EXEC]],
  ["env", LEASES],
  ["exec", [...LEASES, NEW_EXEC]],
  ["extend", LEASES],
  [
    "gc",
    ["delete jobs", "delete configmaps", "create leases", "delete leases", ...LEASES, "delete namespaces"],
  ],
  ["logs", LEASES],
  ["ls", []],
  ["run", [...LEASES, NEW_EXEC, ...SELDOM]],
])("without any one of its rights, %s names it", async (verb, atTimes) => {
  expect(await unnoticed(verb, COMMANDS[verb], atTimes)).toEqual([]);
});

test("a missing right is an error with the command that prints all of them", async () => {
  const { exitCode, stderr } = await runAs(0, [], ["run", "box", "ping", "--fresh"]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(
    /^error Kubernetes context .* cannot \w+ resource .*"nestbox cluster rights run" prints, or run inside /m,
  );
});

test("the rights of down suffice", async () => {
  const { exitCode, stderr } = await runAs(0, roleRules(RIGHTS.down), ["down"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining("cannot") });
});
