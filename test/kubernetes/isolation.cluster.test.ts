import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { exec } from "../../src/model/probe.ts";
import { eventually } from "../eventually.ts";
import { kubectl } from "../kubectl.ts";
import { applySandbox, type EmittedNamespace, inService, untilAvailable } from "./emitted-namespace.ts";
import { METADATA, type OutsideServer, PUBLIC, startOutsideServer } from "./outside-server.ts";
import { createUnrestrictedPod, type UnrestrictedPod } from "./unrestricted-pod.ts";

const REDIS = { image: "redis:7-alpine", ports: [6379], probe: exec(["redis-cli", "ping"]) } as const;
const ROUNDS = 4;

/** Asks an allowed and a forbidden service from the first command of a pod, without a pause. */
const FIRST_MOMENTS = [
  // A busy node may answer late.
  { name: "back-b", seconds: 15 },
  { name: "front-b", seconds: 3 },
]
  .map(({ name, seconds }) => `echo "${name} $(timeout ${seconds} redis-cli -h ${name} ping)"`)
  .join("; ");

const declared = sandbox("isolated", {
  networks: { front: {}, back: { internal: true } },
  services: {
    "front-a": { ...REDIS, networks: ["front"] },
    "front-b": { ...REDIS, networks: ["front"] },
    "back-a": { ...REDIS, networks: ["back"] },
    "back-b": { ...REDIS, networks: ["back"] },
    between: { ...REDIS, networks: ["front", "back"] },
    newcomer: {
      image: "redis:7-alpine",
      networks: ["back"],
      command: [
        "sh",
        "-c",
        `exec 2>/dev/null; for round in $(seq ${ROUNDS}); do ${FIRST_MOMENTS}; done; exec sleep 600`,
      ],
      stop: { grace: "1s" },
    },
  },
});
const neighbour = sandbox("neighbour", { services: { "near-a": REDIS, "near-b": REDIS } });

/** A command for the shell that succeeds if an answer arrives. */
interface Target {
  readonly name: string;
  readonly command: string;
}

let isolated: EmittedNamespace;
let near: EmittedNamespace;
let unrestricted: UnrestrictedPod;
let outside: OutsideServer;
let targets: readonly Target[];

beforeAll(() => {
  outside = startOutsideServer();
  unrestricted = createUnrestrictedPod();
  isolated = applySandbox(declared);
  near = applySandbox(neighbour);
  untilAvailable(isolated);
  untilAvailable(near);
  targets = [
    ...["front-b", "back-b", "between"].flatMap((key) => serviceTargets(isolated, key)),
    ...serviceTargets(near, "near-b"),
    redis("outside", PUBLIC),
    redis("metadata", METADATA),
    http("API server", "kubernetes.default", 443),
    http("API server by address", outside.node, 6443),
    http("node", outside.node, 10250),
    { name: "DNS", command: "nslookup kubernetes.default.svc.cluster.local" },
    http("another port of DNS", addressOf("kube-system", "k8s-app=kube-dns"), 8181),
  ];
});

afterAll(() => {
  isolated.remove();
  near.remove();
  unrestricted.remove();
  outside.remove();
});

test.each([
  { sender: "front-a", reaches: [...byBoth("front-b", "between"), "outside", "DNS"] },
  { sender: "back-a", reaches: [...byBoth("back-b", "between"), "DNS"] },
  { sender: "between", reaches: [...byBoth("front-b", "back-b", "between"), "outside", "DNS"] },
  { sender: "near-a", reaches: [...byBoth("near-b"), "outside", "DNS"] },
  {
    sender: "a pod without policies",
    reaches: [
      ...["outside", "metadata", "API server", "API server by address", "node", "DNS"],
      "another port of DNS",
    ],
  },
])("$sender reaches what its networks allow and nothing else", async ({ sender, reaches }) => {
  const strays = new Set<string>();
  await eventually(
    () => {
      const reached = targetsReachedFrom(sender);
      for (const name of reached) if (!reaches.includes(name)) strays.add(name);
      expect(reached).toEqual(reaches);
    },
    { within: "90s" },
  );
  expect([...strays]).toEqual([]);
});

test("the first packets of a pod are judged", async () => {
  const inNamespace = ["--namespace", isolated.namespace];
  // Its targets answer now.
  kubectl(...inNamespace, "delete", "pod", "--selector=nestbox.part=newcomer");
  const lines = await eventually(
    () => {
      const output = kubectl(...inNamespace, "logs", "deployment/newcomer")
        .trim()
        .split("\n");
      expect(output).toHaveLength(2 * ROUNDS);
      return output.map((line) => line.trim());
    },
    { within: "90s" },
  );
  expect(lines).toEqual(Array.from({ length: ROUNDS }, () => ["back-b PONG", "front-b"]).flat());
});

function byBoth(...keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => [key, `${key} by address`]);
}

function serviceTargets({ namespace }: EmittedNamespace, key: string): readonly Target[] {
  return [
    redis(key, `${key}.${namespace}`),
    redis(`${key} by address`, addressOf(namespace, `nestbox.part=${key}`)),
  ];
}

function redis(name: string, host: string): Target {
  return { name, command: `timeout 3 redis-cli -h ${host} ping | grep PONG` };
}

/** Servers with TLS also answer a request without, by an error. */
function http(name: string, host: string, port: number): Target {
  return { name, command: `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 3 nc ${host} ${port} | grep HTTP` };
}

function addressOf(namespace: string, selector: string): string {
  const address = "jsonpath={.items[0].status.podIP}";
  return kubectl("--namespace", namespace, "get", "pod", "--selector", selector, "--output", address);
}

function targetsReachedFrom(sender: string): readonly string[] {
  const attempts = targets.map(({ name, command }) => `{ ${command}; } >/dev/null 2>&1 && echo '${name}' &`);
  const shell = ["sh", "-c", `${attempts.join("\n")}\nwait`];
  const lines = runIn(sender, shell).split("\n");
  return targets.map(({ name }) => name).filter((name) => lines.includes(name));
}

function runIn(sender: string, shell: readonly string[]): string {
  if (sender === "a pod without policies") return unrestricted.run(...shell);
  return inService(sender === "near-a" ? near : isolated, sender, ...shell);
}
