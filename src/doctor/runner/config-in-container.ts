import { parse } from "smol-toml";
import type { RunnerProcess } from "../../gitlab/runner/config-file.ts";

/** The environment of a container, from the entries `NAME=value` that the engine reports. */
export function environmentOf(entries: readonly string[]): ReadonlyMap<string, string> {
  return new Map(entries.map((entry) => [entry.replace(/=.*/s, ""), entry.replace(/^[^=]*=/, "")]));
}

/** The parts of a runner's section in config.toml that the checks need. */
export interface RunnerSection {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  /** The key `tls-ca-file`. */
  readonly caFile?: string;
}

/** The runners of a config.toml; none if the file is broken. */
export function runnersIn(config: string | undefined): readonly RunnerSection[] {
  const { runners } = tableIn(config);
  const list: readonly unknown[] = Array.isArray(runners) ? runners : [];
  return list.map((each, index) => {
    const { name, url, token, "tls-ca-file": caFile } = (each ?? {}) as Readonly<Record<string, unknown>>;
    return {
      name: String(name ?? index + 1),
      url: String(url ?? ""),
      token: String(token ?? ""),
      ...(typeof caFile === "string" && { caFile }),
    };
  });
}

/** The values that come from the stack's settings instead of the declared runners. */
export function settingsIn(config: string | undefined): RunnerProcess {
  const { listen_address: metricsAddress } = tableIn(config);
  const gitlabCaFile = runnersIn(config)[0]?.caFile;
  const [, daemonConfig] = /"([^":]+):\/etc\/docker\/daemon\.json:ro"/.exec(config ?? "") ?? [];
  return {
    ...(typeof metricsAddress === "string" && { metricsAddress }),
    ...(daemonConfig !== undefined && { daemonConfig }),
    ...(gitlabCaFile !== undefined && { gitlabCaFile }),
  };
}

/** A broken file counts as empty: a separate check reports it. */
function tableIn(config: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return parse(config ?? "");
  } catch {
    return {};
  }
}

/** Expands `$VARIABLE` and `${VARIABLE}` as gitlab-runner does. Undefined if the variable is not set. */
export function expandVariable(
  value: string | undefined,
  environment: ReadonlyMap<string, string>,
): string | undefined {
  const variable = variableName(value ?? "");
  return (variable === undefined ? value : environment.get(variable)) || undefined;
}

/** The name of the variable in a value `$VARIABLE` or `${VARIABLE}`. */
export function variableName(value: string): string | undefined {
  return /^\$\{?(\w+)\}?$/.exec(value)?.[1];
}
