import { base36Digest } from "../../model/names.ts";
import type { KubernetesRunner } from "../../model/runner/runner.ts";
import { tokenVariable, URL_VARIABLE } from "../runner/config-file.ts";
import { clusterConfigFile } from "./cluster-config.ts";
import { RUNNER_NAME } from "./runner-access.ts";
import type { RunnerNamespaces } from "./runner-namespaces.ts";
import { METRICS_PORT } from "./runner-policies.ts";

/** What the Deployment of a runner is made with. */
export interface RunnerWorkload {
  readonly gitlabUrl: string;
  /** The image of gitlab-runner. */
  readonly image: string;
  /** The time in seconds for running jobs before a pod is removed. */
  readonly drainSeconds: number;
  /** CA certificates for GitLab, in PEM. @default the system's alone */
  readonly caCertificates?: string | undefined;
  /** Whether the Secret has an account of the cache. */
  readonly hasCacheAccount: boolean;
}

const CONFIG_FOLDER = "/etc/gitlab-runner";
const HOME = "/home/gitlab-runner";
const CONFIG_FILE = "config.toml";
const CA_FILE = "gitlab-authorities.pem";
/** Any user but root can run gitlab-runner. */
const USER = 65_532;
const LABELS = { "app.kubernetes.io/name": RUNNER_NAME, "app.kubernetes.io/managed-by": "nestbox" };

/** The keys of the Secret, by the variables of gitlab-runner. */
export const SECRET_KEYS = {
  token: "token",
  cacheAccess: "cache-access-key",
  cacheSecret: "cache-secret-key",
} as const;

/**
 * SIGQUIT lets gitlab-runner finish its jobs. Kubernetes sends SIGTERM, which aborts them, once this command
 * has ended, and kills both after the grace period.
 */
const DRAIN = "kill -s QUIT 1; while kill -0 1; do sleep 1; done";

/** The ConfigMap and the Deployment of a runner. The Secret with its token is not among them. */
export function runnerWorkload(
  runner: KubernetesRunner,
  { jobs, manager }: RunnerNamespaces,
  workload: RunnerWorkload,
) {
  const { caCertificates } = workload;
  const config = clusterConfigFile(runner, jobs, {
    ...(runner.metricsFrom !== undefined && { metricsAddress: `:${METRICS_PORT}` }),
    ...(caCertificates !== undefined && { gitlabCaFile: `${CONFIG_FOLDER}/${CA_FILE}` }),
  });
  const files = {
    [CONFIG_FILE]: config,
    ...(caCertificates !== undefined && { [CA_FILE]: caCertificates }),
  };
  const metadata = { name: RUNNER_NAME, namespace: manager, labels: LABELS };
  return {
    config: { apiVersion: "v1", kind: "ConfigMap", metadata, data: files },
    deployment: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: runner.replicas ?? 1,
        selector: { matchLabels: LABELS },
        // A pod that ends at once is not ready: its configuration or its token is wrong.
        minReadySeconds: 2,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: {
            labels: LABELS,
            // gitlab-runner reads its file at its start: mounts of single files never change.
            annotations: { "nestbox.plan": base36Digest(JSON.stringify(files), 20) },
          },
          spec: podSpec(runner, workload, Object.keys(files)),
        },
      },
    },
  } as const;
}

function podSpec(runner: KubernetesRunner, workload: RunnerWorkload, files: readonly string[]) {
  const { image, drainSeconds } = workload;
  return {
    serviceAccountName: RUNNER_NAME,
    terminationGracePeriodSeconds: drainSeconds,
    securityContext: {
      ...{ runAsUser: USER, runAsGroup: USER, fsGroup: USER, runAsNonRoot: true },
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: RUNNER_NAME,
        image,
        command: ["gitlab-runner", "run"],
        args: [`--config=${CONFIG_FOLDER}/${CONFIG_FILE}`, `--working-directory=${HOME}`],
        env: variables(runner, workload),
        ...(runner.metricsFrom !== undefined && {
          ports: [{ name: "metrics", containerPort: METRICS_PORT, protocol: "TCP" }],
        }),
        lifecycle: { preStop: { exec: { command: ["/bin/sh", "-c", DRAIN] } } },
        resources: { requests: { cpu: "50m", memory: "64Mi" } },
        securityContext: {
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
          // For `.runner_system_id`, which gitlab-runner writes beside its file.
          { name: "state", mountPath: CONFIG_FOLDER, subPath: "config" },
          { name: "state", mountPath: HOME, subPath: "home" },
          { name: "state", mountPath: "/tmp", subPath: "tmp" },
          ...files.map((file) => ({
            ...{ name: "config", mountPath: `${CONFIG_FOLDER}/${file}` },
            ...{ subPath: file, readOnly: true },
          })),
        ],
      },
    ],
    volumes: [
      { name: "state", emptyDir: {} },
      { name: "config", configMap: { name: RUNNER_NAME } },
    ],
  };
}

function variables({ name, cache }: KubernetesRunner, { gitlabUrl, hasCacheAccount }: RunnerWorkload) {
  return [
    { name: "HOME", value: HOME },
    { name: URL_VARIABLE, value: gitlabUrl },
    fromSecret(tokenVariable(name), SECRET_KEYS.token),
    ...(cache !== undefined && hasCacheAccount
      ? [
          fromSecret("AWS_ACCESS_KEY_ID", SECRET_KEYS.cacheAccess),
          fromSecret("AWS_SECRET_ACCESS_KEY", SECRET_KEYS.cacheSecret),
        ]
      : []),
  ];
}

function fromSecret(name: string, key: string) {
  return { name, valueFrom: { secretKeyRef: { name: RUNNER_NAME, key } } };
}
