import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, watch } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { NODE_IMAGE } from "../../../airgap/cluster/node-image.ts";
import type { OwnCluster } from "../../../src/setup/airgap.ts";
import { eventually } from "../../eventually.ts";
import { applyObjects, clusterStatus, kubectl, kubectlCommand } from "../../kubectl.ts";
import { nestbox } from "../../run-nestbox.cjs";

const NAMESPACE = "cluster-test";
const OTHER_NAMESPACE = "cluster-test-other";

let cluster: OwnCluster;

beforeAll(async () => {
  cluster = clusterStatus();
  for (const name of [NAMESPACE, OTHER_NAMESPACE]) {
    kubectl("create", "namespace", name);
    await eventually(() => kubectl("get", "serviceaccount", "default", "--namespace", name), {
      within: "30s",
    });
  }
});

afterAll(() => {
  kubectl("delete", "namespace", NAMESPACE, OTHER_NAMESPACE, "--wait=false", "--ignore-not-found");
});

/** A pod of Redis that answers to nothing but its probe. */
function redisPod(name: string, namespace = NAMESPACE): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name, image: "redis:7-alpine", readinessProbe: { tcpSocket: { port: 6379 } } }],
    },
  };
}

function untilReady(...pods: readonly string[]): void {
  const names = pods.map((name) => `pod/${name}`);
  kubectl("wait", "--namespace", NAMESPACE, "--for=condition=Ready", "--timeout=60s", ...names);
}

/** What a Redis answers to a pod: PONG, or nothing within two seconds. */
async function answer(pod: string, address: string, namespace = NAMESPACE): Promise<string> {
  const command = ["timeout", "2", "redis-cli", "-h", address, "ping"];
  const { program, env } = kubectlCommand();
  const run = promisify(execFile)(program, ["exec", "--namespace", namespace, pod, "--", ...command], {
    env,
  });
  return run.then(
    ({ stdout }) => stdout.trim(),
    () => "",
  );
}

test("a second start finds the running cluster, whose files stay in place at every moment", async () => {
  const { kubeconfig, kubectl: program = "" } = cluster;
  const read = () => readFileSync(kubeconfig, "utf8") + readlinkSync(program);
  const before = read();
  const found = new Set<string>();
  const watcher = watch(path.dirname(kubeconfig), { recursive: true }, () => {
    found.add(existsSync(kubeconfig) && existsSync(program) ? read() : "a file is missing");
  });
  const words = [path.resolve("src/cli/main.mjs"), "cluster", "start"];
  await promisify(execFile)(process.execPath, words).finally(() => watcher.close());
  expect([...found]).toEqual([before]);
  expect(clusterStatus()).toEqual(cluster);
});

test("the kubeconfig belongs to its owner alone", () => {
  expect(execFileSync("stat", ["--format=%a", cluster.kubeconfig], { encoding: "utf8" }).trim()).toBe("600");
});

test("a pod finds a service by its name, and policies hold", async () => {
  applyObjects(
    ...["server", "friend", "stranger"].map((name) => redisPod(name)),
    redisPod("outsider", OTHER_NAMESPACE),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "server", namespace: NAMESPACE },
      spec: { selector: { app: "server" }, ports: [{ port: 6379 }] },
    },
  );
  untilReady("server", "friend", "stranger");
  kubectl("wait", "--namespace", OTHER_NAMESPACE, "--for=condition=Ready", "--timeout=60s", "pod/outsider");
  const service = `server.${NAMESPACE}`;
  await eventually(async () => expect(await answer("friend", "server")).toBe("PONG"), { within: "30s" });
  expect(await answer("stranger", service)).toBe("PONG");
  expect(await answer("outsider", service, OTHER_NAMESPACE)).toBe("PONG");

  applyObjects({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "server", namespace: NAMESPACE },
    spec: {
      podSelector: { matchLabels: { app: "server" } },
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "friend" } } }] }],
    },
  });
  await eventually(async () => expect(await answer("stranger", service)).toBe(""), { within: "30s" });
  expect(await answer("outsider", service, OTHER_NAMESPACE)).toBe("");
  expect(await answer("friend", service)).toBe("PONG");
});

test("a claim gets a folder of the node, which goes with it", async () => {
  applyObjects(
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data", namespace: NAMESPACE },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "writer", namespace: NAMESPACE },
      spec: {
        restartPolicy: "Never",
        containers: [
          {
            name: "writer",
            image: "redis:7-alpine",
            command: ["sh", "-c", "echo kept > /data/file && sleep 600"],
            securityContext: { runAsUser: 999 },
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
        terminationGracePeriodSeconds: 0,
      },
    },
  );
  untilReady("writer");
  const volume = kubectl(
    ...["get", "pvc", "data", "--namespace", NAMESPACE, "--output", "jsonpath={.spec.volumeName}"],
  );
  const folder = `/var/lib/kubernetes/volumes/${volume}`;
  await eventually(() => expect(onNode("cat", `${folder}/file`)).toBe("kept\n"), { within: "30s" });
  kubectl("delete", "--namespace", NAMESPACE, "pod/writer", "pvc/data");
  await eventually(() => expect(onNode("ls", "/var/lib/kubernetes/volumes")).toBe(""), { within: "60s" });
});

test("the machine is after a stop as it was before the start", async () => {
  nestbox("cluster", "stop");
  try {
    const before = await machineState();
    nestbox("cluster", "start");
    const volumes = volumesOfNode();
    nestbox("cluster", "stop");
    expect(existsSync(cluster.kubeconfig)).toBe(false);
    await eventually(async () => expect(await machineState()).toEqual(before), { within: "30s" });
    const left = docker("volume", "ls", "--quiet").split("\n");
    expect(volumes.length).toBeGreaterThan(0);
    expect(left.filter((name) => volumes.includes(name))).toEqual([]);
  } finally {
    nestbox("cluster", "start");
  }
});

function docker(...words: readonly string[]): string {
  return execFileSync("docker", words, { encoding: "utf8" });
}

function volumesOfNode(): readonly string[] {
  const format = "{{range .Mounts}}{{println .Name}}{{end}}";
  return docker("inspect", "--format", format, "nestbox-cluster").trim().split("\n");
}

function onNode(...command: readonly string[]): string {
  return docker("exec", "nestbox-cluster", ...command);
}

/** The bridge of a network of the engine. Other commands create and remove some meanwhile. */
const BRIDGE = /\bbr-[0-9a-f]{12}\b/;

/** What a cluster could leave behind on its machine and engine. */
async function machineState(): Promise<object> {
  const rules = [
    "run",
    "--rm",
    "--privileged",
    "--network=host",
    "--entrypoint=iptables-save",
    NODE_IMAGE.name,
  ];
  const packetRules = docker(...rules);
  return {
    links: readdirSync("/sys/class/net")
      .filter((name) => !BRIDGE.test(name))
      .sort(),
    mounts: readFileSync("/proc/self/mounts", "utf8"),
    controlGroups: readdirSync("/sys/fs/cgroup", { recursive: true, encoding: "utf8" }).filter((name) =>
      name.includes("kubepods"),
    ),
    settings: ["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"].map(
      (name) => readFileSync(`/proc/sys/${name}`, "utf8"),
    ),
    // Without comments and counters.
    packetRules: packetRules.split("\n").flatMap((line) => {
      const rule = line.replace(/^#.*$|\[\d+:\d+\]/g, "");
      return BRIDGE.test(rule) ? [] : [rule];
    }),
    networks: docker("network", "ls", "--quiet", "--filter", "name=nestbox-cluster"),
    containers: docker("ps", "--all", "--quiet", "--filter", "name=nestbox-cluster"),
  };
}
