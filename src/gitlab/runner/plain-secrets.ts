import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { ConfigurationError } from "../../model/problem.ts";

/**
 * Sees that the secrets of `nestbox:runner` are encrypted in the stack's file, which people commit. Pulumi
 * hands a program encrypted and plain values alike.
 * @param key `nestbox:runner`
 * @throws ConfigurationError naming one that is there as it is, and how to set it
 */
export function refusePlainSecrets(folder: string, stack: string, key: string): void {
  const file = `Pulumi.${stack}.yaml`;
  const place = path.join(folder, file);
  // The settings may be elsewhere: pulumi --config-file.
  if (!existsSync(place)) return;
  const { config } = (parse(readFileSync(place, "utf8")) ?? {}) as { readonly config?: Settings | null };
  const plain = plainSecrets(config?.[key])[0];
  if (plain === undefined) return;
  throw new ConfigurationError(
    `${file}: ${key}.${plain} is there as it is, for everybody who reads the file; set it with: pulumi config set --secret --path ${key}.${plain} --stack ${stack}, and make a new one where others have seen it`,
  );
}

type Settings = Readonly<Record<string, unknown>>;

/** Encrypted ones are `secure: …`. */
function plainSecrets(setting: unknown): readonly string[] {
  const { token, mirror } = (setting ?? {}) as { readonly token?: unknown; readonly mirror?: unknown };
  const { password } = (mirror || {}) as { readonly password?: unknown };
  return [
    ...(typeof token === "string" ? ["token"] : []),
    ...(typeof password === "string" ? ["mirror.password"] : []),
  ];
}
