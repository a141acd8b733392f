import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { watchNamespace } from "../../src/kubernetes/readiness/namespace-watch.ts";
import { waitUntilPodReady } from "../../src/kubernetes/readiness/wait-until-ready.ts";
import { runJobInCluster } from "../../src/kubernetes/run-job.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { log } from "../../src/model/probe.ts";
import { eventually } from "../eventually.ts";
import { kubectl } from "../kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "./cluster-proxy.ts";
import { type CreatedNamespace, createNamespace } from "./created-namespace.ts";

const UNTIL_TOLD = "until [ -e /tmp/go ]; do sleep 0.1; done";

const declared = sandbox("talks", {
  services: {
    opens: {
      image: "alpine:3.19",
      command: ["sh", "-c", `echo starts; ${UNTIL_TOLD}; echo is open; while :; do sleep 1; done`],
      probe: log("^is open$"),
      stop: { grace: "1s" },
    },
  },
  jobs: { counts: { image: "alpine:3.19", script: ["echo one", UNTIL_TOLD, "echo two"] } },
});

const end = new AbortController();
let created: CreatedNamespace;
let proxy: ProxiedCluster;

beforeAll(async () => {
  created = await createNamespace(declared);
  proxy = await proxiedCluster(created.cluster);
});

afterAll(async () => {
  end.abort();
  proxy.stop();
  await created.remove();
});

/** The first pod with this label, once it runs. */
function runningPod(selector: string): Promise<string> {
  const words = [
    "get",
    "pods",
    "--selector",
    selector,
    "--field-selector=status.phase=Running",
    "-o",
    "name",
  ];
  return eventually(
    () => {
      const [pod] = kubectl("--namespace", created.namespace, ...words).split("\n");
      if (!pod) throw new Error(`no pod with ${selector} runs`);
      return pod;
    },
    { within: "60s" },
  );
}

function tell(pod: string): void {
  kubectl("--namespace", created.namespace, "exec", pod, "--", "touch", "/tmp/go");
}

test("a broken connection loses no output of a job and repeats none", async () => {
  const watch = watchNamespace(proxy.cluster, created, end.signal);
  const job = created.job("counts");
  const stdout = new PassThrough();
  let seen = "";
  stdout.on("data", (part) => {
    seen += part;
  });
  const run = { watch, job, projectFolder: process.cwd(), signal: end.signal, stdout, warn: () => {} };
  const ended = runJobInCluster(run);
  await eventually(() => expect(seen).toContain("one\n"), { within: "60s" });
  proxy.interrupt()();
  tell(await runningPod(`job-name=${job.job.metadata.name}`));
  expect(await ended).toEqual({ kind: "exited", exitCode: 0 });
  expect(seen.replace(/^\$ .*\n/gm, "")).toBe("one\ntwo\n");
});

test("a broken connection does not keep the line from a service that is awaited", async () => {
  const watch = watchNamespace(proxy.cluster, created, end.signal);
  const ready = waitUntilPodReady({ watch, service: created.service("opens"), signal: end.signal });
  const pod = await runningPod("nestbox.part=opens");
  proxy.interrupt()();
  tell(pod);
  expect(await ready).toBe(pod.replace("pod/", ""));
});
