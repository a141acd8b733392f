import { expect, test } from "@jest/globals";
import { parse } from "smol-toml";
import { clusterConfigFile } from "../../../src/gitlab/cluster-runner/cluster-config.ts";
import type { KubernetesRunner } from "../../../src/model/runner/runner.ts";

const PLAIN: KubernetesRunner = { name: "pods", tags: ["pods"], executor: "kubernetes" };

function kubernetesOf(change: Partial<KubernetesRunner> = {}) {
  const { runners } = parse(clusterConfigFile({ ...PLAIN, ...change }, "jobs")) as unknown as {
    readonly runners: readonly { readonly [key: string]: unknown; readonly kubernetes: object }[];
  };
  return runners[0];
}

test("a plain runner has unprivileged jobs without a token, and no secret", () => {
  expect(kubernetesOf()).toEqual({
    ...{ name: "pods", url: "$NESTBOX_GITLAB_URL", token: "$NESTBOX_RUNNER_TOKEN_PODS" },
    ...{ limit: 4, request_concurrency: 4, executor: "kubernetes" },
    feature_flags: { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
    kubernetes: {
      ...{ namespace: "jobs", image: "alpine:3.22", pull_policy: ["always", "if-not-present"] },
      ...{ automount_service_account_token: false, pod_termination_grace_period_seconds: 1 },
      privileged: false,
      pod_security_context: { seccomp_profile: { type: "RuntimeDefault" } },
    },
  });
});

test("privileged services are privileged alone, and no other service is allowed", () => {
  const section = kubernetesOf({ privilegedServices: ["docker:dind"], sharedFolders: ["/certs/client"] });
  expect(section?.kubernetes).toMatchObject({
    privileged: false,
    service_container_security_context: { privileged: true },
    allowed_services: ["docker:dind"],
    volumes: { empty_dir: [{ name: "shared-0", mount_path: "/certs/client" }] },
  });
});

test("a user of jobs drops all privileges", () => {
  expect(kubernetesOf({ jobUser: 1000 })?.kubernetes).toMatchObject({
    ...{ privileged: false, allow_privilege_escalation: false, cap_drop: ["ALL"] },
    pod_security_context: { run_as_user: 1000, run_as_group: 1000, run_as_non_root: true },
  });
});

test("every other setting has its key", () => {
  const section = kubernetesOf({
    ...{ limit: 8, jobLimits: { memory: "2GiB", cpus: 1.5 }, jobRequests: { memory: "512MiB" } },
    ...{ serviceLimits: { cpus: 1 }, helperLimits: { memory: "256MiB" } },
    nodeSelector: { pool: "ci" },
    tolerations: [{ key: "ci", value: "yes", effect: "NoSchedule" }, { key: "spot" }],
    ...{ pullSecrets: ["login"], serviceAccount: "deployer", startsWithin: "5m" },
    featureFlags: { FF_KUBERNETES_HONOR_ENTRYPOINT: true },
    cache: { bucket: "ci", server: "minio.example.com:9000", insecure: true, pathStyle: true, shared: true },
    idle: { pods: 2, priorityClass: "idle" },
  });
  expect(section).toMatchObject({
    ...{ limit: 8, request_concurrency: 4 },
    feature_flags: { FF_KUBERNETES_HONOR_ENTRYPOINT: true, FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
    cache: {
      ...{ Type: "s3", Shared: true },
      s3: {
        ...{ ServerAddress: "minio.example.com:9000", BucketName: "ci", BucketLocation: "us-east-1" },
        ...{ Insecure: true, PathStyle: true, AuthenticationType: "iam" },
      },
    },
    kubernetes: {
      ...{ cpu_limit: "1.5", memory_limit: "2Gi", memory_request: "512Mi", service_cpu_limit: "1" },
      ...{ helper_memory_limit: "256Mi", image_pull_secrets: ["login"], poll_timeout: 300 },
      ...{ service_account: "deployer", automount_service_account_token: true },
      node_selector: { pool: "ci" },
      node_tolerations: { "ci=yes": "NoSchedule", spot: "" },
      autoscaler: {
        ...{ max_pause_pods: 2, pause_pod_priority_class_name: "idle" },
        policy: [{ periods: ["* * * * *"], timezone: "UTC", idle_count: 2 }],
      },
    },
  });
});

test("jobs that start sandboxes have the token of their account", () => {
  const sandboxes = { namespace: "ci", apiServer: ["10.0.0.5/32"] };
  expect(kubernetesOf({ sandboxes })?.kubernetes).toMatchObject({
    ...{ service_account: "nestbox-run", automount_service_account_token: true, privileged: false },
  });
});
