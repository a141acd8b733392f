import { milliseconds } from "../../model/duration.ts";
import type { Limits } from "../../model/limits.ts";
import type { JobToleration, KubernetesExecutor } from "../../model/runner/kubernetes-executor.ts";
import type { KubernetesRunner } from "../../model/runner/runner.ts";
import {
  commonSection,
  configText,
  JOB_IMAGE,
  NO_TOKEN_ROTATION,
  type ProcessSettings,
  PULL_POLICY,
} from "../runner/config-file.ts";
import { JOB_ACCOUNT } from "./runner-access.ts";

const IDLE_IMAGE = "registry.k8s.io/pause:3.10";
/** gitlab-runner kills the processes of a job that has ended or was cancelled. */
const END_OF_JOB_SECONDS = 1;

/**
 * The config.toml of a gitlab-runner in a cluster. It contains no secret: url and token are variables, and
 * the account of a cache is in the variables of the AWS SDK.
 *
 * Source of the keys: https://docs.gitlab.com/runner/executors/kubernetes/#configuration-settings
 * @param namespace of jobs
 */
export function clusterConfigFile(
  runner: KubernetesRunner,
  namespace: string,
  process: ProcessSettings = {},
): string {
  const section = {
    ...commonSection(runner, process),
    executor: "kubernetes",
    feature_flags: { ...runner.featureFlags, ...NO_TOKEN_ROTATION },
    cache: runner.cache && cacheSection(runner.cache),
    kubernetes: kubernetesSection(runner, namespace),
  };
  return configText([runner], process, [section]);
}

/** Jobs can overrule none of these: each `…_overwrite_allowed` is empty by default. */
function kubernetesSection(runner: KubernetesRunner, namespace: string) {
  const { privilegedServices = [], sharedFolders = [], startsWithin } = runner;
  const serviceAccount = runner.sandboxes === undefined ? runner.serviceAccount : JOB_ACCOUNT;
  return {
    namespace,
    image: runner.image ?? JOB_IMAGE,
    pull_policy: runner.pullPolicy ?? PULL_POLICY,
    helper_image: runner.helperImage,
    image_pull_secrets: runner.pullSecrets,
    service_account: serviceAccount,
    automount_service_account_token: serviceAccount !== undefined,
    poll_timeout: startsWithin && Math.ceil(milliseconds(startsWithin) / 1000),
    pod_termination_grace_period_seconds: END_OF_JOB_SECONDS,
    node_selector: runner.nodeSelector,
    node_tolerations: runner.tolerations && tolerated(runner.tolerations),
    ...resourceKeys("", runner.jobLimits, runner.jobRequests),
    ...resourceKeys("service_", runner.serviceLimits, runner.serviceRequests),
    ...resourceKeys("helper_", runner.helperLimits, runner.helperRequests),
    ...securityKeys(runner),
    // An empty list allows every image.
    allowed_services: privilegedServices.length > 0 ? privilegedServices : undefined,
    volumes:
      sharedFolders.length === 0
        ? undefined
        : {
            empty_dir: sharedFolders.map((folder, index) => ({
              name: `shared-${index}`,
              mount_path: folder,
            })),
          },
    autoscaler: runner.idle && autoscalerSection(runner.idle),
  };
}

/** `privileged` alone would cover the job's own container, too. */
function securityKeys({ privilegedServices = [], userNamespaces = false, jobUser }: KubernetesRunner) {
  const unconfined = { seccomp_profile: { type: "Unconfined" }, app_armor_profile: { type: "Unconfined" } };
  return {
    privileged: false,
    ...(jobUser !== undefined && { allow_privilege_escalation: false, cap_drop: ["ALL"] }),
    pod_security_context: {
      seccomp_profile: { type: "RuntimeDefault" },
      ...(jobUser !== undefined && { run_as_user: jobUser, run_as_group: jobUser, run_as_non_root: true }),
    },
    build_container_security_context: userNamespaces ? unconfined : undefined,
    service_container_security_context: privilegedServices.length > 0 ? { privileged: true } : undefined,
  };
}

function resourceKeys(prefix: string, limits: Limits = {}, requests: Limits = {}) {
  return {
    [`${prefix}cpu_limit`]: limits.cpus?.toString(),
    [`${prefix}memory_limit`]: limits.memory?.replace("iB", "i"),
    [`${prefix}cpu_request`]: requests.cpus?.toString(),
    [`${prefix}memory_request`]: requests.memory?.replace("iB", "i"),
  };
}

/** The keys are `key=value` of taints, or a key alone for any value. */
function tolerated(tolerations: readonly JobToleration[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tolerations.map(({ key, value, effect = "" }) => [value === undefined ? key : `${key}=${value}`, effect]),
  );
}

function cacheSection(cache: NonNullable<KubernetesExecutor["cache"]>) {
  const { bucket, server, region = "us-east-1", insecure, pathStyle, shared } = cache;
  return {
    Type: "s3",
    Shared: shared,
    s3: {
      ServerAddress: server,
      BucketName: bucket,
      BucketLocation: region,
      Insecure: insecure,
      PathStyle: pathStyle,
      // The SDK finds the account in the environment, or by the identity of the pod.
      AuthenticationType: "iam",
    },
  };
}

function autoscalerSection({
  pods,
  priorityClass,
  image = IDLE_IMAGE,
}: NonNullable<KubernetesExecutor["idle"]>) {
  return {
    max_pause_pods: pods,
    pause_pod_image: image,
    pause_pod_priority_class_name: priorityClass,
    policy: [{ periods: ["* * * * *"], timezone: "UTC", idle_count: pods }],
  };
}
