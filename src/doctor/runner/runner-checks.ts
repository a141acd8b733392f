import { TomlError, type TomlTable } from "smol-toml";
import { CONFIGURE_SMALLER_SUBNETS } from "../../gitlab/runner/host-limits.ts";
import { type Check, failed, good, uncertain, warning } from "../check.ts";
import { checkRunnerConfig, readRunnerConfig } from "./runner-config-checks.ts";
import type { MirrorFacts, RunnerFacts, TokenState } from "./runner-facts.ts";

/**
 * Since this version config.toml may contain variables instead of tokens:
 * https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/CHANGELOG.md
 */
const VERSION_WITH_VARIABLES = { major: 18, minor: 10 };
const DAY = 24 * 3_600_000;
/** A token that expires within this time is a warning. */
const SOON = 7 * DAY;

/**
 * The checks of a gitlab-runner container.
 * @param now in milliseconds since 1970
 */
export function checkRunner(facts: RunnerFacts, now = Date.now()): readonly Check[] {
  const parsed = readRunnerConfig(facts.config ?? "");
  // checkConfig reports a broken file.
  const config = parsed instanceof TomlError ? {} : parsed;
  return [
    checkContainer(facts),
    checkVersion(facts),
    checkConfig(facts, parsed),
    ...checkContents(facts),
    ...checkNetworkCapacity(config, facts),
    checkMetrics(config, facts),
    checkGitLab(facts),
    checkGitLabFromRunner(facts),
    ...(facts.mirror ? [checkMirror(facts.mirror), checkEngineMirror(facts.mirror)] : []),
    ...Object.entries(facts.tokens).map(([runner, token]) => checkToken(runner, token, facts, now)),
  ];
}

function checkContainer({ name, state, health, exitCode, restarts, jobs }: RunnerFacts): Check {
  const id = "runner";
  const readLog = `\`docker logs --tail 50 ${name}\` shows the cause.`;
  if (state === "restarting")
    return failed(id, `${name} restarts repeatedly: ${restarts} restarts, exit code ${exitCode}`, readLog);
  if (state !== "running") {
    const finding = `${name} is not running (${state}${state === "exited" ? `, exit code ${exitCode}` : ""})`;
    const verb = state === "paused" ? "unpause" : "start";
    return failed(id, finding, `Run \`docker ${verb} ${name}\`. ${readLog}`);
  }
  if (health === "unhealthy") return failed(id, `${name} is running, but unhealthy`, readLog);
  const running = jobs === undefined ? "running" : `running, ${jobs === 1 ? "1 job" : `${jobs} jobs`}`;
  if (restarts === 0) return good(id, `${name} is ${running}`);
  const times = restarts === 1 ? "once" : `${restarts} times`;
  return warning(id, `${name} is ${running}; the engine restarted it ${times} after it exited`, readLog);
}

function checkVersion({ version, stack }: RunnerFacts): Check {
  const id = "runner-version";
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  if (major === undefined || minor === undefined)
    return uncertain(id, "the version of gitlab-runner could not be determined");
  const { major: least, minor: leastMinor } = VERSION_WITH_VARIABLES;
  const finding = `gitlab-runner ${version}`;
  if (Number(major) > least || (Number(major) === least && Number(minor) >= leastMinor))
    return good(id, finding);
  const remedy =
    `Use ${least}.${leastMinor} or newer, by the setting \`image\` in \`nestbox:runner\` of the stack ` +
    `"${stack}": older versions do not expand variables in config.toml.`;
  return failed(id, finding, remedy);
}

function checkConfig({ config, declared, stack }: RunnerFacts, found: TomlTable | TomlError): Check {
  const id = "runner-config";
  const rewrite = `Run \`nestbox up --stack ${stack}\` in the project's folder: it writes the file again.`;
  if (config === undefined) return failed(id, "the container has no config.toml", rewrite);
  if (found instanceof TomlError) {
    const place = `line ${found.line}, column ${found.column}`;
    const effect = "gitlab-runner still uses its last valid configuration";
    return failed(id, `config.toml is broken at ${place}: ${effect}`, rewrite);
  }
  if ("unknown" in declared) return uncertain(id, `config.toml can be read, but ${declared.unknown}`);
  const wanted = readRunnerConfig(declared.config);
  if (wanted instanceof TomlError) throw wanted;
  const places = differences(found, wanted);
  if (places.length === 0) return good(id, "config.toml matches the declared runners");
  const more = places.length > 4 ? ` and ${places.length - 4} more` : "";
  return warning(
    id,
    `config.toml differs from the declared runners: ${places.slice(0, 4).join(", ")}${more}`,
    `${rewrite} Declare manual changes first: they are overwritten.`,
  );
}

/** The problems and warnings of the file's contents. checkConfig reports a broken file. */
function checkContents({ config, uplinkMtu }: RunnerFacts): readonly Check[] {
  if (config === undefined) return [];
  return checkRunnerConfig(config, uplinkMtu).filter(
    ({ id, state }) => id !== "config-syntax" && (state === "warning" || state === "problem"),
  );
}

/** The paths at which two configurations differ, without values: one may be a token. */
function differences(one: unknown, other: unknown, path = ""): readonly string[] {
  if (Array.isArray(one) && Array.isArray(other) && [...one, ...other].every(isTable)) {
    return differences(byName(one), byName(other), path);
  }
  if (!isTable(one) || !isTable(other)) return JSON.stringify(one) === JSON.stringify(other) ? [] : [path];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.flatMap((key) => differences(one[key], other[key], path === "" ? key : `${path}.${key}`));
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function byName(tables: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(tables.map((table, index) => [String(table.name ?? index + 1), table]));
}

/** Each job has its own network, which takes a subnet. */
function checkNetworkCapacity({ concurrent }: TomlTable, { freeNetworks }: RunnerFacts): readonly Check[] {
  if (typeof concurrent !== "number") return [];
  const id = "runner-room";
  const finding =
    `up to ${concurrent} concurrent jobs, and ${freeNetworks} free subnets in the engine's ` +
    "address pools";
  if (concurrent <= freeNetworks) return [good(id, finding)];
  const remedy = `Lower the limits, remove unused networks, or ${CONFIGURE_SMALLER_SUBNETS}.`;
  return [warning(id, finding, remedy)];
}

const LOOPBACK = /^(?:127\.|::1$|localhost$|\[::1\]$)/;

function checkMetrics(
  { listen_address: listens }: TomlTable,
  { publishedAt, onHostNetwork, stack }: RunnerFacts,
): Check {
  const id = "runner-metrics";
  const ownAddress = String(listens ?? "127.0.0.1").replace(/:\d*$/, "") || "0.0.0.0";
  const open = (onHostNetwork ? [ownAddress] : publishedAt).filter((address) => !LOOPBACK.test(address));
  if (open.length > 0)
    return failed(
      id,
      `ports are open to the network, at ${[...new Set(open)].join(", ")}: metrics and debugging pages ` +
        "show every job",
      `Run \`nestbox up --stack ${stack}\`: it recreates the container with metrics on the loopback ` +
        "only, and only if `metricsPort` is set.",
    );
  const isLocal = typeof listens === "string" && (onHostNetwork || publishedAt.length > 0);
  return good(id, isLocal ? "metrics on this machine's loopback only" : "no metrics are published");
}

function checkGitLab({ gitlab, gitlabUrl = "GitLab" }: RunnerFacts): Check {
  const id = "gitlab";
  switch (gitlab.kind) {
    case "answers":
      return good(id, `${gitlabUrl} is reachable from this machine`);
    case "not-gitlab":
      return failed(
        id,
        `${gitlabUrl} answers with ${gitlab.status}, but is not GitLab`,
        "Correct `gitlabUrl`, or check for a proxy or gateway that answers instead of GitLab.",
      );
    case "unreachable":
      return failed(
        id,
        `${gitlabUrl} is unreachable from this machine: ${gitlab.reason}`,
        "Check the address, name resolution, firewall and certificates.",
      );
    case "unknown":
      return uncertain(id, `whether GitLab is reachable: ${gitlab.reason}`);
  }
}

function checkGitLabFromRunner({ verified, name }: RunnerFacts): Check {
  const id = "gitlab-from-runner";
  switch (verified.kind) {
    case "answers":
      return good(id, "GitLab is reachable from the runner");
    case "unreachable":
      return failed(
        id,
        `GitLab is unreachable from the runner: ${verified.reason}`,
        `Check the container's network, name servers and certificates: \`docker exec ${name} ` +
          "gitlab-runner verify` repeats the request.",
      );
    case "unknown":
      return uncertain(id, `whether GitLab is reachable from the runner: ${verified.reason}`);
  }
}

function checkMirror({ name, works, status, address = "" }: MirrorFacts): Check {
  const id = "registry-mirror";
  if (!works)
    return failed(
      id,
      `the registry mirror ${name} does not work (${status}): each job pulls from the registry`,
      `Run \`docker start ${name}\`. \`docker logs --tail 50 ${name}\` shows the cause.`,
    );
  if (/\/\/(?:0\.0\.0\.0|::|\[::\]):/.test(address))
    return warning(
      id,
      `the registry mirror is open to the network, at ${address}: clients can use its account`,
      "Set `mirror.address` in `nestbox:runner` to one address of the host that jobs reach.",
    );
  return good(id, `the registry mirror serves at ${address || name}`);
}

/** The host's engine pulls the images of jobs, and uses only the mirrors of its own daemon.json. */
function checkEngineMirror({ address, engineMirrors }: MirrorFacts): Check {
  const id = "engine-mirror";
  if (address === undefined)
    return uncertain(id, "whether the engine pulls through the registry mirror: the mirror does not listen");
  const mirrors = engineMirrors.map((url) => url.replace(/\/+$/, ""));
  if (mirrors.includes(address))
    return good(id, "the engine pulls the images of jobs through the registry mirror");
  const others = mirrors.length === 0 ? "no mirror" : `another mirror, ${mirrors.join(", ")}`;
  return warning(
    id,
    `the engine has ${others}: it does not pull images of jobs and services through the runner's ` +
      `mirror, ${address}`,
    `Add "registry-mirrors": ["${address}"] to the engine's daemon.json (/etc/docker/daemon.json) and ` +
      "reload it: systemctl reload docker.",
  );
}

function checkToken(runner: string, token: TokenState, { stack }: RunnerFacts, now: number): Check {
  const id = "runner-token";
  switch (token.kind) {
    case "missing":
      return failed(
        id,
        `${runner}: config.toml takes the token from $${token.variable}, which is not set`,
        `Run \`nestbox up --stack ${stack}\`: it recreates the container with the variable.`,
      );
    case "refused": {
      const isGone = token.status === 422;
      const why = isGone ? "its project was deleted" : "it was reset or expired, or the runner was deleted";
      return failed(
        id,
        `${runner}: GitLab refuses the token (${token.status}): ${why}`,
        `Run \`nestbox pulumi up --refresh --stack ${stack}\`: it registers a deleted runner again. ` +
          "After a reset, delete the runner in GitLab first: GitLab shows a token only at creation.",
      );
    }
    case "unknown":
      return uncertain(id, `${runner}: whether the token is valid: ${token.reason}`);
    case "valid":
      return checkExpiry(runner, token.expires, stack, now);
  }
}

function checkExpiry(runner: string, expires: string | undefined, stack: string, now: number): Check {
  const id = "runner-token";
  if (expires === undefined) return good(id, `${runner}: the token is valid and does not expire`);
  const left = Date.parse(expires) - now;
  const days = Math.floor(left / DAY);
  const term = days === 1 ? "1 day" : `${days} days`;
  const finding = `${runner}: the token is valid until ${expires}, for ${term}`;
  if (left >= SOON) return good(id, finding);
  const remedy =
    "Set `tokenLifetime` in `nestbox:runner` to the lifetime of tokens in GitLab: `nestbox up " +
    `--stack ${stack}\` then replaces tokens before they expire.`;
  return warning(id, finding, remedy);
}
