import type { CatalogService } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";
import { text } from "../model/text.ts";
import { type AwsConnection, awsConnection } from "./aws-connection.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { Password } from "./password.ts";

/** Settings of {@link s3}, and properties of a service, which take precedence. */
export interface S3Settings extends CatalogSettings<AwsConnection> {
  /** @default "access" */
  readonly accessKey?: string;
  /** A secret has neither quotes nor backslashes. @default "secret" */
  readonly secretKey?: Password;
}

const SETTINGS_FILE = "/etc/seaweedfs/s3.json";

/**
 * SeaweedFS with the API of S3.
 * @default image `chrislusf/seaweedfs:4.00`
 */
export function s3({
  accessKey = "access",
  secretKey = "secret",
  ...service
}: S3Settings = {}): CatalogService<AwsConnection> {
  const actions = '"actions": ["Admin", "Read", "List", "Tagging", "Write"]';
  const credentials = text`"credentials": [{ "accessKey": "${accessKey}", "secretKey": "${secretKey}" }]`;
  return {
    image: "chrislusf/seaweedfs:4.00",
    ports: [8333],
    command: ["server", "-s3", `-s3.config=${SETTINGS_FILE}`],
    probe: http(8333, "/healthz", { within: "60s" }),
    // It connects to nobody.
    certificates: false,
    client: ["weed", "shell"],
    ...service,
    files: {
      [SETTINGS_FILE]: { content: text`{ "identities": [{ "name": "all", ${credentials}, ${actions} }] }` },
      ...service.files,
    },
    connection: (address) => awsConnection(address, { accessKey, secretKey }),
  };
}

export const S3: CatalogEntry<OptionOf<S3Settings>> = {
  ...{ name: "s3", from: "s3", declare: s3, key: "s3" },
  options: { accessKey: '`"access"`', secretKey: '`"secret"`' },
  readyWhen: "its gateway can serve requests",
  check: {
    image: "alpine:3.19",
    script: 'wget -qO- "$AWS_ENDPOINT_URL/healthz"',
  },
};
