import { describe, expect, test } from "@jest/globals";
import { dind } from "../../../src/catalog/dind.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { gitlabJob } from "../../../src/gitlab/jobs/gitlab-job.ts";
import { build } from "../../../src/model/build-definition.ts";
import type { JobDefinition } from "../../../src/model/declaration/job.ts";
import { type SandboxDefinition, sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import type { KubernetesRunner, Runner } from "../../../src/model/runner/runner.ts";

const JOB = { image: "alpine:3.19", script: ["true"] };
const ENGINE: Runner = { name: "engine", tags: ["docker"] };
const PODS: KubernetesRunner = { name: "pods", tags: ["pods"], executor: "kubernetes" };
const SANDBOXES: KubernetesRunner = {
  ...{ name: "sandboxes", tags: ["sandboxes"], executor: "kubernetes" },
  sandboxes: { namespace: "ci", apiServer: ["10.0.0.5/32"] },
};
const DAEMONS: KubernetesRunner = {
  ...{ name: "daemons", tags: ["daemons"], executor: "kubernetes" },
  privilegedServices: ["docker:dind"],
};
/** Two services with one port. */
const COLLIDING = { one: redis(), two: redis() };
/** What a pod has only with losses. */
const ORDERED = { one: redis(), two: { image: "a", ports: [81], after: { one: "ready" } } };

function jobOf(
  definition: Pick<SandboxDefinition<unknown>, "networks" | "volumes"> & { readonly services: object },
  runners: readonly Runner[],
  job: Partial<JobDefinition> = {},
) {
  const first = { ...JOB, ...(job.networks && { networks: job.networks }) };
  const written = { ...definition, jobs: { first, tests: { ...JOB, ...job } } };
  const planned = plan(sandbox("box", written as SandboxDefinition<unknown>), { profiles: "all" });
  const tests = planned.jobs.find(({ key }) => key === "tests");
  if (!tests) throw new RangeError("no job");
  const { entry, losses } = gitlabJob(planned, tests, runners, "compose/box.yaml");
  const reported = losses.filter(({ byDefault }) => !byDefault);
  return { entry, losses: reported.map(({ path, target, instead }) => `${path} | ${target} | ${instead}`) };
}

describe("in a pod", () => {
  test("services have neither a network of the job nor a check of a port by the runner", () => {
    const { entry, losses } = jobOf({ services: { cache: redis({ alias: ["one", "two"] }) } }, [PODS]);
    expect(entry).toMatchObject({
      tags: ["pods"],
      services: [{ name: "redis:7-alpine", alias: "one,two", kubernetes: { user: "999" } }],
      before_script: [
        expect.anything(),
        expect.stringMatching(/^nestbox_wait cache 30 nestbox_ask one 6379/),
      ],
    });
    expect(JSON.stringify(entry)).not.toMatch(/FF_NETWORK_PER_BUILD|HEALTHCHECK_TCP_PORT|"docker"/);
    expect(losses).toEqual([]);
  });

  test("a user is a number, and the platform is that of the node", () => {
    const cache = { image: "a", ports: [80], user: "web", platform: "linux/arm64" };
    const { entry, losses } = jobOf({ services: { cache } }, [PODS], { user: "1000:1000" });
    expect(entry.image).toEqual({ name: "alpine:3.19", kubernetes: { user: "1000:1000" } });
    expect(entry.services).toEqual([{ name: "a", alias: "cache" }]);
    expect(losses).toEqual([
      "box.services.cache.user | gitlab pods | the image's user",
      "box.services.cache.platform | gitlab pods | the platform of the node",
    ]);
  });

  test("a Docker daemon shares the folder of its certificates", () => {
    const certificates = { ...DAEMONS, sharedFolders: ["/certs/client"] };
    const { entry } = jobOf({ services: { docker: dind() } }, [DAEMONS, certificates], {
      env: { DOCKER_HOST: "tcp://docker:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs/client" },
    });
    expect(entry).toMatchObject({ tags: ["daemons"], services: [{ name: "docker:dind", alias: "docker" }] });
  });
});

describe("ports that collide in a pod", () => {
  test("are no problem on an engine, whichever runner comes first", () => {
    const { entry } = jobOf({ services: COLLIDING }, [PODS, ENGINE]);
    expect(entry).toMatchObject({ tags: ["docker"], variables: { FF_NETWORK_PER_BUILD: "true" } });
  });

  test("need a sandbox in the cluster, on a runner that declares some", () => {
    const { entry } = jobOf({ services: COLLIDING }, [PODS, DAEMONS, SANDBOXES], { needs: [] });
    expect(entry.tags).toEqual(["daemons"]);
    const { entry: inCluster } = jobOf({ services: COLLIDING }, [PODS, SANDBOXES, DAEMONS]);
    expect(inCluster).toMatchObject({
      tags: ["sandboxes"],
      image: "$NESTBOX_IMAGE",
      script: ["KUBECONFIG= nestbox run box tests --fresh --target kubernetes --namespace ci"],
    });
    expect(inCluster.services).toBeUndefined();
  });

  test("are an error with both properties where no runner helps", () => {
    expect(() => jobOf({ services: COLLIDING }, [PODS])).toThrow(
      'box.services.two.ports: 6379 is a port of "one", too, and services share their ports in a pod ' +
        "of the Kubernetes executor; change it, or declare a runner with sandboxes, or one that runs " +
        "docker:dind privileged",
    );
    const udp = (port: number) => ({ image: "a", udpPorts: [port] });
    expect(() => jobOf({ services: { one: udp(53), two: udp(53) } }, [PODS])).toThrow(
      "box.services.two.udpPorts",
    );
    expect(jobOf({ services: { one: udp(53), two: { image: "a", ports: [53] } } }, [PODS]).losses).toEqual(
      [],
    );
  });

  test("are an error with a declared strategy, too", () => {
    const gitlab = { strategy: "services" } as const;
    expect(() => jobOf({ services: COLLIDING }, [PODS], { gitlab })).toThrow("box.services.two.ports");
    expect(jobOf({ services: COLLIDING }, [PODS, ENGINE], { gitlab }).entry.tags).toEqual(["docker"]);
  });
});

describe("what a pod cannot express", () => {
  test("is a loss only where neither a sandbox nor a compose file is possible", () => {
    const lossesOn = (...runners: readonly Runner[]) => jobOf({ services: ORDERED }, runners).losses;
    expect(lossesOn(PODS)).toEqual(["box.services.two.after | gitlab pods | all services start at once"]);
    expect(lossesOn(PODS, SANDBOXES).join()).not.toContain("after");
    expect(lossesOn(PODS, DAEMONS).join()).not.toContain("after");
  });

  test("is an error if the job could not run without it", () => {
    const services = { one: redis({ files: { "/a": { content: "a" } } }) };
    expect(() => jobOf({ services }, [PODS])).toThrow(
      'no runner meets the job\'s needs ("pods" does not run docker:dind privileged)',
    );
  });

  test("includes networks: of those that the job uses", () => {
    const networks = { front: {}, back: { internal: true } };
    const services = { one: redis({ networks: ["front"] }) };
    const onBoth = { one: redis({ networks: ["front", "back"] }) };
    const job = { networks: ["front"] };
    expect(jobOf({ networks, services }, [PODS], job).losses).toEqual([]);
    expect(jobOf({ networks, services: onBoth }, [PODS], job).losses).toEqual([
      "box.jobs.tests.networks | gitlab pods | " +
        "the pod's network, on which all reach each other and the internet",
    ]);
  });
});

describe("on a runner in a cluster whose services are privileged", () => {
  const services = { cache: redis(), docker: dind({ tls: false }) };

  test("a service that it does not list runs inside its daemon", () => {
    const { entry } = jobOf({ services }, [PODS, DAEMONS]);
    expect(entry).toMatchObject({ tags: ["daemons"], services: [{ name: "docker:dind" }] });
    expect(JSON.stringify(entry.script)).toContain("docker compose");
  });

  test("a service that it lists is beside its daemon", () => {
    const both = { ...DAEMONS, privilegedServices: ["docker:dind", "redis:*"] };
    const { entry } = jobOf({ services }, [PODS, both]);
    expect(entry.services).toHaveLength(2);
  });

  test("a declared strategy does not choose it for another service", () => {
    expect(() => jobOf({ services }, [PODS, DAEMONS], { gitlab: { strategy: "docker-in-docker" } })).toThrow(
      /no runner meets the job's needs/,
    );
  });
});

describe("a sandbox in the cluster", () => {
  const gitlab = { strategy: "cluster" } as const;

  test("keeps the settings of the job in GitLab, and loses its artifacts", () => {
    const { entry, losses } = jobOf({ services: {} }, [ENGINE, SANDBOXES], {
      gitlab: { ...gitlab, stage: "check", retry: 1 },
      needs: ["first"],
      artifacts: { paths: ["report"] },
    });
    expect(entry).toMatchObject({ stage: "check", retry: 1, needs: ["box:first"] });
    expect(entry.artifacts).toBeUndefined();
    expect(losses).toEqual([
      "box.jobs.tests.needs | gitlab cluster | the needed jobs run again, in the sandbox of this job",
      "box.jobs.tests.artifacts | gitlab cluster | the files are removed with the job's pod",
    ]);
  });

  test("needs a runner that declares it, with the privileges of its services", () => {
    expect(() => jobOf({ services: {} }, [ENGINE, PODS], { gitlab })).toThrow(
      '("engine" has the executor docker, "pods" starts no sandboxes in its cluster)',
    );
    expect(() => jobOf({ services: { docker: dind({ tls: false }) } }, [SANDBOXES], { gitlab })).toThrow(
      '"sandboxes" does not run docker:dind privileged',
    );
  });

  test("builds no images: such a job gets a compose file", () => {
    const services = { api: { image: build("api"), ports: [80] } };
    expect(jobOf({ services }, [SANDBOXES, DAEMONS]).entry.tags).toEqual(["daemons"]);
    expect(() => jobOf({ services }, [SANDBOXES], { gitlab })).toThrow(
      "box.services.api.image: a cluster builds no images; set gitlab: " +
        '{ strategy: "compose" } for the job "tests"',
    );
  });

  test("cannot hand over a file of variables", () => {
    expect(() => jobOf({ services: {} }, [SANDBOXES], { gitlab, variablesFile: "a.env" })).toThrow(
      "box.jobs.tests.variablesFile: a job in a cluster cannot write to the checkout; remove the property",
    );
  });
});

test("a job is written for one executor, so that all runners with its tags must have it", () => {
  const both = [
    { ...PODS, tags: ["ci"] },
    { ...ENGINE, tags: ["ci"] },
  ] as const;
  expect(() => jobOf({ services: { cache: redis() } }, both)).toThrow(
    '"pods" meets the job\'s needs, but GitLab may give a job with the tags ci to other runners ' +
      '("engine" has the executor docker); give "pods" its own tag',
  );
});

test("a runner that leaves entrypoints to images runs no services with commands", () => {
  const honors = { ...PODS, featureFlags: { FF_KUBERNETES_HONOR_ENTRYPOINT: true } };
  const services = { cache: redis({ command: ["redis-server"] }) };
  expect(() => jobOf({ services }, [honors])).toThrow(
    '"pods" ignores the commands of services by FF_KUBERNETES_HONOR_ENTRYPOINT',
  );
  expect(jobOf({ services: { cache: redis() } }, [honors]).entry.tags).toEqual(["pods"]);
});
