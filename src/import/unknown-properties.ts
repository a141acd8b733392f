import type { ComposeMap, ComposeValue } from "./compose-tree.ts";
import type { TakeNote } from "./import-note.ts";
import { defaultText } from "./load-compose.ts";

/** Properties that an import carries over. */
const CARRIED = new Set([
  ...["image", "build", "command", "entrypoint", "environment", "env_file", "ports", "expose", "volumes"],
  ...["tmpfs", "configs", "secrets", "depends_on", "networks", "user", "working_dir", "stop_signal"],
  ...["stop_grace_period", "shm_size", "cap_add", "cap_drop", "sysctls", "ulimits", "extra_hosts"],
  ...["platform", "labels", "profiles", "privileged", "mem_limit", "cpus"],
  "links",
  // They change nothing in a sandbox.
  ...["pull_policy", "annotations", "develop", "attach"],
]);

/** Properties of the spec that are left out without a reason of their own. */
const OTHERS = [
  ...["blkio_config", "cgroup", "cgroup_parent", "cpu_count", "cpu_percent", "cpu_period", "cpu_quota"],
  ...["cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "cpuset", "credential_spec", "device_cgroup_rules"],
  ...["devices", "dns_opt", "dns_search", "domainname", "external_links", "gpus", "group_add", "isolation"],
  ...["label_file", "mac_address", "mem_swappiness", "models", "oom_kill_disable", "oom_score_adj"],
  ...["pids_limit", "post_start", "pre_stop", "provider", "runtime", "storage_opt", "use_api_socket"],
  ...["userns_mode", "uts", "volumes_from"],
];

const WHOLE_HOST = "left out; a sandbox is apart from the host: use publish and ports";

/** What it costs to leave a property out, and what to do. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  container_name: "left out; a fixed name lets one copy run at once, and clients use the service's name",
  restart: "left out; a service that ends fails the sandbox, and runsOnce is for one that completes",
  hostname: "left out; clients use the service's alias",
  network_mode: WHOLE_HOST,
  pid: WHOLE_HOST,
  ipc: WHOLE_HOST,
  init: "left out; override: { docker: … } and { compose: … } can set it",
  read_only: "left out; override: { docker: … } and { compose: … } can set it",
  security_opt: "left out; override: { docker: … } and { compose: … } can set it",
  deploy: "only its limits are kept; one container runs",
  scale: "left out; one container runs",
  tty: "left out; nestbox exec has a terminal",
  stdin_open: "left out; nestbox exec has an input",
  logging: "left out; nestbox logs reads the output",
  dns: "left out; containers ask the engine's DNS",
  mem_reservation: "left out; limits: { memory } is a bound",
  memswap_limit: "left out; a container with a memory limit gets no swap",
};

/**
 * The properties that a service may have.
 * Source: https://github.com/compose-spec/compose-spec/blob/main/05-services.md
 */
export const SERVICE_PROPERTIES: ReadonlySet<string> = new Set([
  ...CARRIED,
  ...Object.keys(LEFT_OUT),
  ...OTHERS,
  ...["healthcheck", "extends"],
]);

/** Values that say what a sandbox does anyway. */
const WITHOUT_EFFECT: Readonly<Record<string, readonly string[]>> = {
  restart: ["no"],
  network_mode: ["bridge"],
  init: ["false"],
  read_only: ["false"],
  tty: ["false"],
  stdin_open: ["false"],
  scale: ["1"],
};

/** Takes a note for each property of a service that is not carried over. */
export function noteUnknown(service: ComposeMap, path: string, isCatalog: boolean, takeNote: TakeNote): void {
  for (const [name, value] of service.entries) {
    if (CARRIED.has(name) || name.startsWith("x-") || hasNoEffect(name, value)) continue;
    const property = `${path}.${name}`;
    if (name === "healthcheck") {
      if (isCatalog)
        takeNote(value.origin, property, "the catalog's own probe is used; it proves that the service works");
      continue;
    }
    if (name === "deploy" && hasOnlyLimits(value)) continue;
    const message =
      LEFT_OUT[name] ?? "left out; it has no equivalent, but override: { docker, compose } may set it";
    takeNote(value.origin, property, message);
  }
}

function hasNoEffect(name: string, value: ComposeValue): boolean {
  const text = defaultText(value);
  return text !== undefined && WITHOUT_EFFECT[name]?.includes(text) === true;
}

function hasOnlyLimits(deploy: ComposeValue): boolean {
  if (deploy.kind !== "map") return false;
  const resources = deploy.entries.get("resources");
  const names = resources?.kind === "map" ? [...resources.entries.keys()] : [];
  return resources !== undefined && deploy.entries.size === 1 && names.every((name) => name === "limits");
}
