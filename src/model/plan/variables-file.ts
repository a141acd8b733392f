import { ConfigurationError } from "../problem.ts";

/** GitLab's limit in bytes: https://docs.gitlab.com/administration/instance_limits/#limit-dotenv-file-size */
const MOST_BYTES = 5 * 1024;

/**
 * The variables in a job's variables file. As in GitLab, each line is NAME=value, without quotes, comments
 * and empty lines. Source: https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
 * @param path the property with the file's name, for errors
 * @throws ConfigurationError for a file that GitLab would reject, without any value in its message
 */
export function readVariablesFile(path: string, content: string): Readonly<Record<string, string>> {
  if (Buffer.byteLength(content) > MOST_BYTES) {
    throw new ConfigurationError(`${path}: the file exceeds GitLab's limit of 5 KiB; write fewer variables`);
  }
  const lines = content.replace(/\n$/, "").split("\n");
  return Object.fromEntries(
    (content === "" ? [] : lines).map((line, index) => {
      const [, name, value = ""] = /^\s*([A-Za-z0-9_]+)\s*=(.*)$/.exec(line) ?? [];
      if (name === undefined) {
        throw new ConfigurationError(
          `${path}: line ${index + 1} of the file is not NAME=value; write one variable a line`,
        );
      }
      return [name, value.trim()];
    }),
  );
}
