import { ConfigurationError } from "../problem.ts";

/**
 * GitLab's limit, in bytes: https://docs.gitlab.com/administration/instance_limits/#limit-dotenv-file-size
 */
const MOST_BYTES = 5 * 1024;

/**
 * The variables in a file that a job wrote for others, by GitLab's rules: a line each, without quotes,
 * comments and empty lines. Source: https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
 * @param path the property that names the file, for errors, which repeat no value
 */
export function readVariablesFile(path: string, content: string): Readonly<Record<string, string>> {
  if (Buffer.byteLength(content) > MOST_BYTES) {
    throw new ConfigurationError(
      `${path}: the file has more than 5 KiB, and GitLab takes no more; write less`,
    );
  }
  const lines = content.replace(/\n$/, "").split("\n");
  return Object.fromEntries(
    (content === "" ? [] : lines).map((line, index) => {
      const [, name, value = ""] = /^\s*([A-Za-z0-9_]+)\s*=(.*)$/.exec(line) ?? [];
      if (name === undefined) {
        throw new ConfigurationError(
          `${path}: line ${index + 1} of the file is not NAME=value; write nothing else`,
        );
      }
      return [name, value.trim()];
    }),
  );
}
