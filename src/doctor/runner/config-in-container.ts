import { parse } from "smol-toml";
import type { StackSettingsInConfig } from "./runner-facts.ts";

/** The environment that a container was made with, out of what the engine tells of it. */
export function environmentOf(entries: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    entries.map((entry) => {
      const end = entry.indexOf("=");
      return [entry.slice(0, end), entry.slice(end + 1)] as const;
    }),
  );
}

/** What a config.toml says of a runner, as far as it matters here. */
export interface RunnerInFile {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly authorities?: string;
}

/** The runners of a config.toml. */
export function runnersIn(config: string | undefined): readonly RunnerInFile[] {
  const { runners } = tableIn(config);
  const list: readonly unknown[] = Array.isArray(runners) ? runners : [];
  return list.map((each, place) => {
    const {
      name,
      url,
      token,
      "tls-ca-file": authorities,
    } = (each ?? {}) as Readonly<Record<string, unknown>>;
    return {
      name: String(name ?? place + 1),
      url: String(url ?? ""),
      token: String(token ?? ""),
      ...(typeof authorities === "string" && { authorities }),
    };
  });
}

/** What in it comes from the stack's settings and not from the declared runners. */
export function settingsIn(config: string | undefined): StackSettingsInConfig {
  const { listen_address: metricsAddress } = tableIn(config);
  const gitlabAuthorities = runnersIn(config)[0]?.authorities;
  const [, daemonConfig] = /"([^":]+):\/etc\/docker\/daemon\.json:ro"/.exec(config ?? "") ?? [];
  return {
    ...(typeof metricsAddress === "string" && { metricsAddress }),
    ...(daemonConfig !== undefined && { daemonConfig }),
    ...(gitlabAuthorities !== undefined && { gitlabAuthorities }),
  };
}

/** A file that cannot be read has nothing in it: that it is broken is a check of its own. */
function tableIn(config: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return parse(config ?? "");
  } catch {
    return {};
  }
}

/** As gitlab-runner expands `$VARIABLE` and `${VARIABLE}`. Undefined for one that is not there. */
export function expanded(
  value: string | undefined,
  environment: ReadonlyMap<string, string>,
): string | undefined {
  const variable = variableIn(value ?? "");
  return (variable === undefined ? value : environment.get(variable)) || undefined;
}

/** The variable whose name stands in a value's place. */
export function variableIn(value: string): string | undefined {
  return /^\$\{?(\w+)\}?$/.exec(value)?.[1];
}
