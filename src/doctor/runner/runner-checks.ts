import { TomlError } from "smol-toml";
import type { Check } from "../check.ts";
import { checkRunnerConfig, readRunnerConfig } from "./runner-config-checks.ts";
import type { MirrorFacts, RunnerFacts, TokenState } from "./runner-facts.ts";

/**
 * Since this version config.toml may name variables instead of holding tokens:
 * https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/CHANGELOG.md
 */
const VERSION_WITH_VARIABLES = { major: 18, minor: 10 };
const DAY = 24 * 3_600_000;
/** A token that ends sooner is warned of. */
const SOON = 7 * DAY;

/**
 * What is good and bad about a container with gitlab-runner.
 * @param now in milliseconds since 1970
 */
export function checkRunner(facts: RunnerFacts, now = Date.now()): readonly Check[] {
  return [
    checkContainer(facts),
    checkVersion(facts),
    checkConfig(facts),
    ...checkContents(facts),
    ...checkRoom(facts),
    checkMetrics(facts),
    checkGitLab(facts),
    checkGitLabFromRunner(facts),
    ...(facts.mirror ? [checkMirror(facts.mirror), checkEngineMirror(facts.mirror)] : []),
    ...Object.entries(facts.tokens).map(([runner, token]) => checkToken(runner, token, facts, now)),
  ];
}

function checkContainer({ name, state, health, exitCode, restarts, jobs }: RunnerFacts): Check {
  const id = "runner";
  const log = `docker logs --tail 50 ${name}`;
  if (state === "restarting") {
    const finding = `${name} ends again and again: started ${restarts} times more, exit code ${exitCode}`;
    return { id, state: "problem", finding, remedy: `\`${log}\` says why.` };
  }
  if (state !== "running") {
    const finding = `${name} does not run (${state}${state === "exited" ? `, exit code ${exitCode}` : ""})`;
    const verb = state === "paused" ? "unpause" : "start";
    return {
      id,
      state: "problem",
      finding,
      remedy: `\`docker ${verb} ${name}\`; \`${log}\` says why it ended.`,
    };
  }
  if (health === "unhealthy") {
    const finding = `${name} runs, but its healthcheck fails`;
    return { id, state: "problem", finding, remedy: `\`${log}\` says why.` };
  }
  const work =
    jobs === undefined ? "" : `, ${jobs === 0 ? "no job" : jobs === 1 ? "1 job" : `${jobs} jobs`} right now`;
  if (restarts > 0) {
    const times = restarts === 1 ? "once" : `${restarts} times`;
    const finding = `${name} runs${work}, but has ended by itself and was started again ${times}`;
    return { id, state: "warning", finding, remedy: `\`${log}\` says why.` };
  }
  return { id, state: "good", finding: `${name} runs${work}` };
}

function checkVersion({ version, stack }: RunnerFacts): Check {
  const id = "runner-version";
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  if (major === undefined || minor === undefined) {
    return {
      id,
      state: "unknown",
      finding: "gitlab-runner's version: it does not tell, and neither does its image's tag",
    };
  }
  const { major: least, minor: leastMinor } = VERSION_WITH_VARIABLES;
  const finding = `gitlab-runner ${version}`;
  if (Number(major) > least || (Number(major) === least && Number(minor) >= leastMinor))
    return { id, state: "good", finding };
  const remedy = `It takes the names of variables in config.toml for the tokens themselves: use ${least}.${leastMinor} or newer, as the setting \`image\` in \`nestbox:runner\` of the stack "${stack}".`;
  return { id, state: "problem", finding, remedy };
}

function checkConfig({ config, declared, stack }: RunnerFacts): Check {
  const id = "runner-config";
  const again = `\`nestbox up --stack ${stack}\` in the project's folder writes it again.`;
  if (config === undefined)
    return { id, state: "problem", finding: "there is no config.toml in the container", remedy: again };
  const found = readRunnerConfig(config);
  if (found instanceof TomlError) {
    const finding = `config.toml is broken at line ${found.line}, column ${found.column}: gitlab-runner goes on with what it has read before`;
    return { id, state: "problem", finding, remedy: again };
  }
  if ("unknown" in declared)
    return { id, state: "unknown", finding: `config.toml can be read, but ${declared.unknown}` };
  const wanted = readRunnerConfig(declared.config);
  if (wanted instanceof TomlError) throw wanted;
  const places = differences(found, wanted);
  if (places.length === 0)
    return { id, state: "good", finding: "config.toml is what sandboxes/runners.ts gives" };
  const shown = `${places.slice(0, 4).join(", ")}${places.length > 4 ? ` and ${places.length - 4} more` : ""}`;
  return {
    id,
    state: "warning",
    finding: `config.toml is not what sandboxes/runners.ts gives: ${shown}`,
    remedy: `${again} What was changed by hand is lost then: declare it.`,
  };
}

/** What is wrong with the file whatever is declared; that it is broken has been told. */
function checkContents({ config, uplinkMtu }: RunnerFacts): readonly Check[] {
  if (config === undefined) return [];
  return checkRunnerConfig(config, { ...(uplinkMtu !== undefined && { uplinkMtu }) }).filter(
    ({ id, state }) => id !== "config-syntax" && (state === "warning" || state === "problem"),
  );
}

/** The paths at which two configurations differ. No values: one may be a token. */
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
  return Object.fromEntries(tables.map((table, place) => [String(table.name ?? place + 1), table]));
}

/** Each job has a network of its own, which takes a subnet. */
function checkRoom({ config = "", freeNetworks }: RunnerFacts): readonly Check[] {
  const found = readRunnerConfig(config);
  if (found instanceof TomlError || typeof found.concurrent !== "number") return [];
  const id = "runner-room";
  const finding = `up to ${found.concurrent} jobs at once, and room for ${freeNetworks} of their networks in the engine's address pools`;
  if (found.concurrent <= freeNetworks) return [{ id, state: "good", finding }];
  const remedy =
    'Lower the limits, remove unused networks, or give the engine smaller subnets in its daemon.json: "default-address-pools": [{"base": "10.201.0.0/16", "size": 24}].';
  return [{ id, state: "warning", finding, remedy }];
}

const LOOPBACK = /^(?:127\.|::1$|localhost$|\[::1\]$)/;

function checkMetrics({ config, publishedAt, onHostNetwork, stack }: RunnerFacts): Check {
  const id = "runner-metrics";
  const found = config === undefined ? {} : readRunnerConfig(config);
  const listens = found instanceof TomlError ? undefined : found.listen_address;
  const open = onHostNetwork
    ? [String(listens ?? "127.0.0.1").replace(/:\d*$/, "") || "0.0.0.0"].filter((one) => !LOOPBACK.test(one))
    : publishedAt.filter((one) => !LOOPBACK.test(one));
  if (open.length > 0) {
    const finding = `its ports are open to the network, at ${[...new Set(open)].join(", ")}: metrics and debugging pages tell of every job`;
    const remedy = `Let \`nestbox up --stack ${stack}\` make the container again: it publishes metrics on the loopback alone, and only where \`metricsPort\` is set.`;
    return { id, state: "problem", finding, remedy };
  }
  const finding =
    typeof listens === "string" && (onHostNetwork || publishedAt.length > 0)
      ? "metrics on this machine's loopback alone"
      : "no metrics are published";
  return { id, state: "good", finding };
}

function checkGitLab({ gitlab, gitlabUrl = "GitLab" }: RunnerFacts): Check {
  const id = "gitlab";
  switch (gitlab.kind) {
    case "answers":
      return { id, state: "good", finding: `${gitlabUrl} answers this machine` };
    case "stranger": {
      const finding = `something answers at ${gitlabUrl} with ${gitlab.status}, but it is no GitLab`;
      const remedy =
        "Correct `gitlabUrl`, or look at what stands between: a proxy, or a gateway that answers for everybody.";
      return { id, state: "problem", finding, remedy };
    }
    case "unreachable": {
      const finding = `${gitlabUrl} does not answer this machine: ${gitlab.reason}`;
      const remedy =
        "Without GitLab no job comes. Check the address, name resolution, firewall and certificates.";
      return { id, state: "problem", finding, remedy };
    }
    case "unknown":
      return { id, state: "unknown", finding: `whether GitLab answers: ${gitlab.reason}` };
  }
}

function checkGitLabFromRunner({ verified, name }: RunnerFacts): Check {
  const id = "gitlab-from-runner";
  switch (verified.kind) {
    case "answers":
      return { id, state: "good", finding: "GitLab answers the runner" };
    case "unreachable": {
      const finding = `GitLab does not answer the runner: ${verified.reason}`;
      const remedy = `\`docker exec ${name} gitlab-runner verify\` shows it. If GitLab answers this machine, the container's network, name servers or certificates differ.`;
      return { id, state: "problem", finding, remedy };
    }
    case "unknown":
      return { id, state: "unknown", finding: `whether GitLab answers the runner: ${verified.reason}` };
  }
}

function checkMirror({ name, works, status, address = "" }: MirrorFacts): Check {
  const id = "registry-mirror";
  if (!works) {
    const finding = `the registry mirror ${name} does not work (${status}): jobs pull from the registry itself, each again`;
    return {
      id,
      state: "problem",
      finding,
      remedy: `\`docker start ${name}\`; \`docker logs --tail 50 ${name}\` says why.`,
    };
  }
  if (/\/\/(?:0\.0\.0\.0|::|\[::\]):/.test(address)) {
    const finding = `the registry mirror is open to the network, at ${address}: whoever reaches it pulls what its account can`;
    const remedy =
      "Let it listen on one address of the host that jobs reach: `mirror.address` in `nestbox:runner`.";
    return { id, state: "warning", finding, remedy };
  }
  return { id, state: "good", finding: `the registry mirror serves at ${address || name}` };
}

/** Jobs' own images are pulled by the host's engine, which knows only its own mirrors. */
function checkEngineMirror({ address, engineMirrors }: MirrorFacts): Check {
  const id = "engine-mirror";
  const bare = (url: string) => url.replace(/\/+$/, "");
  if (address === undefined)
    return {
      id,
      state: "unknown",
      finding: "whether the engine pulls through the registry mirror: it does not listen",
    };
  if (engineMirrors.map(bare).includes(address))
    return { id, state: "good", finding: "the engine pulls the images of jobs through the registry mirror" };
  const others =
    engineMirrors.length === 0 ? "no mirror" : `another mirror, ${engineMirrors.map(bare).join(", ")}`;
  return {
    id,
    state: "warning",
    finding: `the engine has ${others}: the images of jobs and services do not come through the runner's, ${address}`,
    remedy: `Write "registry-mirrors": ["${address}"] into the engine's daemon.json (/etc/docker/daemon.json) and let it read that again: systemctl reload docker.`,
  };
}

function checkToken(runner: string, token: TokenState, { stack }: RunnerFacts, now: number): Check {
  const id = "runner-token";
  switch (token.kind) {
    case "missing": {
      const finding = `${runner}: config.toml takes the token from $${token.variable}, which the container does not have`;
      return {
        id,
        state: "problem",
        finding,
        remedy: `\`nestbox up --stack ${stack}\` makes the container with it.`,
      };
    }
    case "refused": {
      const why =
        token.status === 422 ? "its project is gone" : "it was reset or has ended, or the runner was deleted";
      const finding = `${runner}: GitLab refuses the token (${token.status}): ${why}`;
      const remedy = `\`nestbox pulumi up --refresh --stack ${stack}\` registers the runner again if it was deleted. One whose token was reset must be deleted in GitLab first: only a new runner tells its token.`;
      return { id, state: "problem", finding, remedy };
    }
    case "unknown":
      return { id, state: "unknown", finding: `${runner}: whether GitLab takes the token: ${token.reason}` };
    case "valid":
      return checkExpiry(runner, token.expires, stack, now);
  }
}

function checkExpiry(runner: string, expires: string | undefined, stack: string, now: number): Check {
  const id = "runner-token";
  if (expires === undefined)
    return { id, state: "good", finding: `${runner}: GitLab takes the token, which does not end` };
  const left = Date.parse(expires) - now;
  const days = Math.floor(left / DAY);
  const finding = `${runner}: GitLab takes the token, which ends at ${expires}, in ${days === 1 ? "1 day" : `${days} days`}`;
  if (left >= SOON) return { id, state: "good", finding };
  const remedy = `Set \`tokenLifetime\` in \`nestbox:runner\` to how long GitLab lets tokens live: \`nestbox up --stack ${stack}\` then replaces them in time, this one too.`;
  return { id, state: "warning", finding, remedy };
}
