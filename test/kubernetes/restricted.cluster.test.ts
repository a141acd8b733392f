import { randomBytes } from "node:crypto";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { postgres } from "../../src/catalog/postgres.ts";
import { redis, valkey } from "../../src/catalog/redis.ts";
import { registryMirror } from "../../src/catalog/registry-mirror.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { secret, text } from "../../src/model/text.ts";
import { kubectl } from "../kubectl.ts";
import { clusterTarget } from "../proof/cluster-target.ts";
import { proveOn } from "../proof/prove-on.ts";
import { runEmittedJob } from "./emitted-job.ts";
import { type EmittedNamespace, emitNamespace, inService, untilAvailable } from "./emitted-namespace.ts";

const DATA = "/var/lib/postgresql/data";
const IMAGES = { "/var/lib/registry": "64MiB" } as const;

/** The services of the catalog that need no root, with the helpers of pods and folders that root owns. */
const restricted = sandbox("restricted", {
  networks: { front: {}, back: { internal: true } },
  volumes: ["data", "cached"],
  services: {
    cache: redis({ password: secret("password"), networks: ["back"], volumes: { "/data": "cached" } }),
    other: valkey({ networks: ["front"] }),
    database: postgres({
      networks: ["front", "back"],
      after: { cache: "ready" },
      volumes: { [DATA]: "data" },
      files: { "/etc/note": { content: text`the password is ${secret("password")}` } },
    }),
    origin: { image: "registry:3", user: "1000", networks: ["front"], ports: [5000], tmpfs: IMAGES },
    mirror: registryMirror({
      ...{ user: "1000", networks: ["front"], tmpfs: IMAGES },
      ...{ upstream: "http://origin:5000", after: { origin: "ready" } },
    }),
    fast: postgres({ networks: ["front"], tmpfs: { [DATA]: "128MiB" }, after: { other: "ready" } }),
  },
  jobs: {
    use: {
      image: "postgres:17-alpine",
      user: "1000:1000",
      networks: ["front"],
      files: "examples",
      env: ({ database, fast }) => ({ DATABASE: database.url, FAST: fast.url }),
      script: [
        'psql -tAc "select 6 * 7" "$DATABASE" | grep 42',
        'psql -tAc "select 6 * 7" "$FAST" | grep 42',
        "test -e shop/api.py",
      ],
    },
  },
});

test("the catalog's services are as declared in a cluster where every pod is restricted", async () => {
  const target = clusterTarget("restricted-test", { podSecurity: "restricted" });
  expect((await proveOn(target, plan(restricted))).failures).toEqual([]);
});

describe("emitted manifests, in a namespace where every pod is restricted", () => {
  let emitted: EmittedNamespace;
  beforeAll(() => {
    emitted = emitNamespace(restricted, { secrets: { password: randomBytes(6).toString("hex") } });
    // By other managers of fields than the one that applies the manifests.
    kubectl("create", "namespace", emitted.namespace);
    kubectl("label", "namespace", emitted.namespace, "pod-security.kubernetes.io/enforce=restricted");
    kubectl("apply", "--server-side", "-k", emitted.folder);
  });
  afterAll(() => emitted.remove());

  test("become ready", () => untilAvailable(emitted));

  test("have a job that succeeds", async () => {
    expect(
      await runEmittedJob(emitted, "use", { files: path.resolve(__dirname, "../../examples") }),
    ).toMatchObject({ exitCode: 0 });
  });

  test("keep the level and the data of a database whose pod is replaced", () => {
    const select = (query: string) =>
      inService(emitted, "database", "psql", "-U", "postgres", "-tAc", query).trim();
    select("create table kept as select 42 as answer");
    kubectl("--namespace", emitted.namespace, "rollout", "restart", "deployment/database");
    kubectl("--namespace", emitted.namespace, "rollout", "status", "deployment/database", "--timeout=2m");
    expect(select("select answer from kept")).toBe("42");
    expect(inService(emitted, "database", "id", "-u").trim()).toBe("70");
    expect(kubectl("get", "namespace", emitted.namespace, "-o", "jsonpath={.metadata.labels}")).toContain(
      '"pod-security.kubernetes.io/enforce":"restricted"',
    );
  });
});
