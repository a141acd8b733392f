import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ProofAnswer } from "../../../src/cli/answers/answers.ts";
import { BEHAVIOURS } from "../../../src/proof/behaviours.ts";
import type { ProvedTarget } from "../../../src/proof/matrix.ts";
import type { UserProject } from "../../e2e/user-project.ts";
import { eventually } from "../../eventually.ts";
import { type SharedNamespace, sharedNamespace } from "../../kubernetes/shared-namespace.ts";
import { projectWithoutStack } from "./runs-in-cluster.ts";

/** A sandbox that hides its database, by an alias that the others and the team have, too. */
const withDatabase = (name: string, ofDatabase: string) => `sandbox("${name}", {
  networks: { front: {}, back: { internal: true } },
  volumes: ["data"],
  services: {
    database: redis({ networks: ["back"], volumes: { "/extra": "data" }, ${ofDatabase} }),
    web: redis({ networks: ["front", "back"], after: { database: "ready" } }),
  },
  jobs: {
    ping: {
      image: "redis:7-alpine",
      networks: ["front"],
      files: "sandboxes",
      env: ({ web }) => ({ WEB: web.host }),
      script: ['redis-cli -h "$WEB" ping'],
    },
  },
})`;

let project: UserProject;
let team: SharedNamespace;
let environment: Readonly<Record<string, string>>;

beforeAll(() => {
  team = sharedNamespace();
  project = projectWithoutStack("prove-inside");
  project.declare(
    withDatabase("one", 'password: secret("password"), files: { "/etc/note": { content: "a note" } }'),
    withDatabase("two", 'user: "1000:1000", tmpfs: { "/scratch": "8MiB" }'),
    withDatabase("three", 'limits: { memory: "64MiB" }'),
  );
  project.write("edit.json", team.kubeconfig);
  environment = {
    KUBECONFIG: path.join(project.folder, "edit.json"),
    DOCKER_HOST: "unix:///nonexistent.sock",
    NESTBOX_SECRET_PASSWORD: "xylophone",
  };
}, 180_000);

afterAll(async () => {
  team.remove();
  await project.remove();
});

/** What a proof inside the team's namespace finds. It has no engine, and may edit there alone. */
async function prove(...sandboxes: readonly string[]): Promise<readonly ProvedTarget[]> {
  const words = ["--target", "kubernetes", "--namespace", team.name, "--json"];
  const { exitCode, stdout, stderr } = await project.nestbox(["prove", ...sandboxes, ...words], environment);
  if (exitCode !== 0) throw new Error(`prove ended with ${exitCode}:\n${stdout}${stderr}`);
  return (JSON.parse(stdout) as ProofAnswer).proved;
}

test("sandboxes beside each other in a namespace show every behaviour, and nothing is left", async () => {
  const before = team.contents();
  const proved = (await Promise.all([prove("one", "three"), prove("two")])).flat();
  expect(proved.map(({ sandbox, target }) => `${sandbox} ${target}`).sort()).toEqual([
    "one kubernetes",
    "three kubernetes",
    "two kubernetes",
  ]);
  const kept = new Set(
    proved.flatMap(({ verdicts }) =>
      verdicts.filter((verdict) => verdict.kept).map(({ behaviour }) => behaviour),
    ),
  );
  expect([...kept].sort()).toEqual(Object.keys(BEHAVIOURS).sort());
  await eventually(() => expect(team.contents()).toEqual(before), { within: "60s" });
}, 300_000);

test("options of a cluster beside another target are refused", async () => {
  const words = ["prove", "--target", "docker", "kubernetes", "--namespace", team.name];
  expect(await project.nestbox(words, environment)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("--namespace: is for a cluster alone"),
  });
});
