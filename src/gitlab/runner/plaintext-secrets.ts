import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { ConfigurationError } from "../../model/problem.ts";

/**
 * Rejects secrets in plain text in the setting `nestbox:runner` of a stack's file, which is under version
 * control. Pulumi passes encrypted and plain values to a program without distinction.
 * @param key `nestbox:runner`
 * @throws ConfigurationError for the first one, with the command that encrypts it
 */
export function rejectPlaintextSecrets(folder: string, stack: string, key: string): void {
  const file = `Pulumi.${stack}.yaml`;
  const fullPath = path.join(folder, file);
  // `pulumi --config-file` names another file.
  if (!existsSync(fullPath)) return;
  const { config } = (parse(readFileSync(fullPath, "utf8")) ?? {}) as StackFile;
  const { token, mirror, cacheAccount } = config?.[key] ?? {};
  const secrets = {
    token,
    "mirror.password": mirror ? mirror.password : undefined,
    "cacheAccount.accessKey": cacheAccount?.accessKey,
    "cacheAccount.secretKey": cacheAccount?.secretKey,
  };
  const plain = Object.entries(secrets).find(([, value]) => typeof value === "string");
  if (plain === undefined) return;
  throw new ConfigurationError(
    `${file}: ${key}.${plain[0]} is in plain text; set it with: pulumi config set --secret --path ` +
      `${key}.${plain[0]} --stack ${stack}, and replace a value that others have seen`,
  );
}

interface StackFile {
  readonly config?: Readonly<Record<string, RunnerSecrets | null>> | null;
}

/** The secrets in the setting. An encrypted one is `secure: …`, a plain one a string. */
interface RunnerSecrets {
  readonly token?: unknown;
  readonly mirror?: { readonly password?: unknown } | false | null;
  readonly cacheAccount?: { readonly accessKey?: unknown; readonly secretKey?: unknown } | null;
}
