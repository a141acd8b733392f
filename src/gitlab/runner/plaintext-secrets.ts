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
  const { config } = (parse(readFileSync(fullPath, "utf8")) ?? {}) as { readonly config?: Settings | null };
  const plain = plainSecrets(config?.[key])[0];
  if (plain === undefined) return;
  throw new ConfigurationError(
    `${file}: ${key}.${plain} is in plain text; set it with: pulumi config set --secret --path ` +
      `${key}.${plain} --stack ${stack}, and replace a value that others have seen`,
  );
}

type Settings = Readonly<Record<string, unknown>>;

/** The keys of secrets in plain text. An encrypted one is `secure: …`. */
function plainSecrets(setting: unknown): readonly string[] {
  const { token, mirror } = (setting ?? {}) as { readonly token?: unknown; readonly mirror?: unknown };
  const { password } = (mirror || {}) as { readonly password?: unknown };
  return [
    ...(typeof token === "string" ? ["token"] : []),
    ...(typeof password === "string" ? ["mirror.password"] : []),
  ];
}
