import { expect, test } from "@jest/globals";
import type { Plan, PlannedJob } from "../../src/model/plan/plan.ts";
import {
  contentsOfJob,
  contentsOfService,
  type Expectation,
  findings,
  type Known,
  packetsOfJob,
  packetsOfService,
  subjectOf,
} from "../../src/proof/expectations.ts";
import { probingPlan } from "../../src/proof/probing-plan.ts";
import { hashOf } from "../../src/proof/question.ts";
import { startOrderFindings } from "../../src/proof/start-order-findings.ts";
import { BROAD, BROAD_SECRETS, withService } from "./broad-sandbox.ts";

const KNOWN: Known = {
  secrets: BROAD_SECRETS,
  nonce: "n",
  projectFiles: { tests: [{ path: "./greet", hash: hashOf("n", "hello") }] },
  outside: { host: "192.0.2.1", port: 9 },
};

const STORE = subjectOf(BROAD, found(BROAD.services, "store"), KNOWN);

function found<Item extends { readonly key: string }>(items: readonly Item[], key: string): Item {
  const item = items.find((one) => one.key === key);
  if (item === undefined) throw new RangeError(key);
  return item;
}

function lines(expectations: readonly Expectation[]): readonly string[] {
  return expectations.map(({ behaviour, subject, wanted }) => `${behaviour}: ${subject} ${wanted}`);
}

test("a job sends forbidden packets first, then those that each alias answers", () => {
  const job = found(BROAD.jobs, "tests");
  expect(lines(packetsOfJob(subjectOf(BROAD, job, KNOWN), BROAD.services))).toEqual([
    "isolation: storage:6379 silent",
    "aliases: other:6379 answered",
    "aliases: front:6379 answered",
  ]);
});

test("a job on an internal network alone has no way out", () => {
  const job: PlannedJob = { ...found(BROAD.jobs, "tests"), networks: ["back"] };
  expect(lines(packetsOfJob(subjectOf(BROAD, job, KNOWN), []))).toEqual([
    "isolation: a server outside silent",
  ]);
});

test("a job has its variables, files and privileges, and no secrets of others", () => {
  expect(lines(contentsOfJob(subjectOf(BROAD, found(BROAD.jobs, "tests"), KNOWN)))).toEqual([
    "environment: FRONT as declared",
    "files: ./greet as declared",
    "secrecy: TOKEN without the secret of store",
    "secrecy: /etc/store/url without the secret of store",
    "files: working folder writable",
    "limits: new privileges 1",
    "limits: processes 4096",
    "limits: privileged no",
  ]);
});

test("a service works when it counts as ready, and has all that is declared", () => {
  expect(lines(contentsOfService(STORE))).toEqual([
    "readiness: probe passes",
    "isolation: a server outside silent",
    "environment: GREETING as declared",
    "environment: TOKEN as declared",
    "files: /etc/store/plain.conf as declared",
    "files: /etc/store/url as declared",
    "limits: memory 67108864",
    "limits: processors 0.5",
    "limits: /scratch in memory with 8388608 bytes",
    "limits: /dev/shm in memory with 16777216 bytes",
    "limits: capability NET_RAW dropped",
    "limits: capability SYS_NICE held",
    "limits: new privileges 1",
    "limits: processes 500",
    "limits: ulimit nofile 2048 2048",
    "limits: ulimit core 0 4096",
    "limits: sysctl net.ipv4.ip_local_port_range 20000 60000",
    "limits: sysctl net.core.somaxconn 1024",
    "limits: user 999",
    "limits: api.example.com 192.0.2.7",
    "limits: privileged no",
    "files: working folder /data",
  ]);
});

test("a service reaches no address of a service on other networks", () => {
  const addresses = new Map([
    ["other", ["10.0.0.2"]],
    ["front", ["10.0.0.3", "10.0.1.3"]],
  ]);
  expect(lines(packetsOfService(STORE, addresses))).toEqual(["isolation: other at 10.0.0.2:6379 silent"]);
});

test.each([
  ["memory", "67108864", "max"],
  ["processors", "50000 100000", "max 100000"],
  ["/scratch", "8192k", "4096k"],
  ["api.example.com", "192.0.2.7", "absent"],
  ["/dev/shm", "16384k", "65536k"],
  ["capability NET_RAW", "00000000a80405fb", "00000000a80425fb"],
  ["capability SYS_NICE", "0000000000800000", "00000000a80425fb"],
  ["new privileges", "1", "0"],
  ["processes", "500", "max"],
  ["ulimit nofile", "2048                 2048                 files", "1024 2048 files"],
  ["ulimit core", "0                    4096                 bytes", "unlimited unlimited bytes"],
  ["sysctl net.ipv4.ip_local_port_range", "20000\t60000", "32768\t60999"],
  ["sysctl net.core.somaxconn", "1024", ""],
  ["working folder", "/data", "/"],
  ["privileged", "no", "yes"],
  ["probe", "passes", "fails with exit code 1"],
  ["TOKEN", hashOf("n", BROAD_SECRETS.token), "absent"],
  ["/etc/store/url", hashOf("n", `u:${BROAD_SECRETS.token}`), hashOf("n", "u:")],
])("%s is kept by one answer and broken by another", (subject, kept, broken) => {
  const expectations = contentsOfService(STORE).filter((one) => one.subject === subject);
  const isKept = (answer: string) => findings(STORE, expectations, new Map([[0, answer]]))[0]?.kept;
  expect([isKept(kept), isKept(broken), findings(STORE, expectations, new Map())[0]?.kept]).toEqual([
    true,
    false,
    false,
  ]);
});

test.each([
  ["1000:1001", "1000:1001:redis", true],
  ["1000:1001", "1000:1000:redis", false],
  ["1000", "1000:1000:", true],
  ["redis", "999:1000:redis", true],
  ["redis", "0:0:root", false],
])("user %s beside %s", (user, answer, kept) => {
  const changed = subjectOf(BROAD, found(withService(BROAD, "other", { user }).services, "other"), KNOWN);
  const expectations = contentsOfService(changed).filter(({ subject }) => subject === "user");
  expect(findings(changed, expectations, new Map([[0, answer]]))[0]?.kept).toBe(kept);
});

test("a secret of another is found by its hash alone", () => {
  const other = subjectOf(BROAD, found(BROAD.services, "other"), KNOWN);
  const expectations = contentsOfService(other).filter(({ subject }) => subject === "TOKEN");
  const seen = (answer: string) => findings(other, expectations, new Map([[0, answer]]))[0];
  expect(seen("absent")?.kept).toBe(true);
  expect(seen(hashOf("n", "its own"))?.kept).toBe(true);
  expect(seen(hashOf("n", BROAD_SECRETS.token))).toMatchObject({
    kept: false,
    seen: "TOKEN: something else, not without the secret of store",
  });
});

test("order is kept when a service starts once the one before it is ready", () => {
  const order = (started: number, ready?: number) =>
    startOrderFindings(
      BROAD,
      new Map([
        ["store", { started: 1000, ...(ready !== undefined && { ready }) }],
        ["front", { started }],
      ]),
    ).map(({ kept, seen }) => ({ kept, seen }));
  expect(order(3000, 3000)).toMatchObject([{ kept: true }]);
  expect(order(2500, 3000)).toEqual([{ kept: false, seen: "starts 0.5 s before store is ready" }]);
  // Without a probe it is ready when it runs.
  expect(order(1500)).toMatchObject([{ kept: true }]);
});

test("order after a service that completes counts from its end", () => {
  const completing: Plan = withService(BROAD, "front", { after: { store: "completed" } });
  const order = (ended?: number) =>
    startOrderFindings(
      completing,
      new Map([
        ["store", { started: 1, ...(ended !== undefined && { ended }) }],
        ["front", { started: 5 }],
      ]),
    )[0]?.kept;
  expect([order(5), order(6), order()]).toEqual([true, false, false]);
});

test("each job has a probing twin, and each network a job that is alone on it", () => {
  const { plan, probing } = probingPlan(BROAD, ({ key }) => [`probe ${key}`]);
  expect(probing.map(({ key, networks, script }) => ({ key, networks, script }))).toEqual([
    { key: "prove-tests", networks: ["front"], script: ["probe prove-tests"] },
    { key: "prove-on-back", networks: ["back"], script: ["probe prove-on-back"] },
  ]);
  expect(plan.services).toEqual(BROAD.services);
  expect(plan.jobs.map(({ key }) => key)).toEqual(["tests", "prove-tests", "prove-on-back"]);
  expect(probing[0]).toMatchObject({
    image: "redis:7-alpine",
    env: { FRONT: "front" },
    projectFiles: "examples/greeter",
  });
});
