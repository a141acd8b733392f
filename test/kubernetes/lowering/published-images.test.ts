import { expect, test } from "@jest/globals";
import { kubernetesEmission } from "../../../src/kubernetes/kubernetes-files.ts";
import { lowerJobToKubernetes } from "../../../src/kubernetes/lowering/job-run.ts";
import { lowerToKubernetes } from "../../../src/kubernetes/lowering/lower-to-kubernetes.ts";
import { build } from "../../../src/model/build-definition.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { manifestsOf, namespaceOf } from "./placed-manifests.ts";

const shop = sandbox("shop", {
  services: { api: { image: build("api") }, web: { image: "web:1" } },
  jobs: { tests: { image: build({ context: "api", target: "tests" }), script: ["true"] } },
});
const planned = plan(shop);
const [api = "", tests = ""] = planned.builds.map(({ image }) => image);
const registry = "registry.example.com/team";

/** The images of the pods of services and of the job, with those by a reference in the registry. */
function imagesOf(published: Readonly<Record<string, string>>): readonly unknown[] {
  const placement = namespaceOf(planned, { registry, published, imagePullSecret: { fromDocker: true } });
  const { services, pullSecret } = lowerToKubernetes(planned, placement);
  const [job] = planned.jobs;
  if (job === undefined) throw new Error("the plan has no job");
  const run = lowerJobToKubernetes(planned, job, placement, { id: "1a2b3c" }).job;
  const pods = [...services.map(({ workload }) => workload), run].map(({ spec }) => spec.template.spec);
  return [pods.map((pod) => pod?.containers[0]?.image), pullSecret?.images];
}

test("pods have the references of built images by their digests, and logins are for these", () => {
  const [apiIn, testsIn] = [`${registry}/api:1@sha256:aa`, `${registry}/api:2@sha256:bb`];
  const [pods, withLogins] = imagesOf({ [api]: apiIn, [tests]: testsIn });
  expect(pods).toEqual([apiIn, "web:1", testsIn]);
  expect(withLogins).toEqual(["web:1", apiIn, testsIn, "alpine:3.19"]);
});

test("without a digest the content's tag names the image", () => {
  const inRegistry = (image: string) => image.replace("localhost/nestbox", registry);
  expect(imagesOf({})[0]).toEqual([inRegistry(api), "web:1", inRegistry(tests)]);
});

test("without a registry a cluster refuses images that are built, each by its property", () => {
  expect(() => manifestsOf(shop)).toThrow(
    /api\.image: is built, and .*; set kubernetes\.registry in the settings .*jobs\.tests\.image: /s,
  );
});

test("emitted manifests name finished images alone", () => {
  expect(() => kubernetesEmission([planned], {})).toThrow(
    /api\.image: is built, and .*; push it to a registry of the cluster, and name it in the declaration/,
  );
});
