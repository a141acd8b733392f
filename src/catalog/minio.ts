import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type AwsConnection, awsConnection } from "./aws-connection.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { Password } from "./password.ts";

/** Settings of {@link minio}, and properties of a service, which take precedence. */
export interface MinioSettings extends CatalogSettings<AwsConnection> {
  /** At least three characters. @default "minio" */
  readonly accessKey?: string;
  /** At least eight characters. @default "minio-secret" */
  readonly secretKey?: Password;
}

const PASSWORD_FILE = "/run/secrets/minio-password";

/**
 * MinIO, a server with the API of S3. Its image is no longer on Docker Hub and gets no updates: `s3()` is a
 * maintained one. Untested: no test runs its server.
 *
 * @default image `quay.io/minio/minio:RELEASE.2025-04-22T22-12-26Z`
 */
export function minio({
  accessKey = "minio",
  secretKey = "minio-secret",
  ...service
}: MinioSettings = {}): CatalogService<AwsConnection> {
  return {
    image: "quay.io/minio/minio:RELEASE.2025-04-22T22-12-26Z",
    ports: [9000],
    command: ["server", "/data"],
    probe: exec(["mc", "ready", "local"], { within: "60s" }),
    // It connects to nobody.
    certificates: false,
    ...service,
    env: { MINIO_ROOT_USER: accessKey, MINIO_ROOT_PASSWORD_FILE: PASSWORD_FILE, ...service.env },
    files: { [PASSWORD_FILE]: { content: secretKey }, ...service.files },
    connection: (address) => awsConnection(address, { accessKey, secretKey }),
  };
}

export const MINIO: CatalogEntry<OptionOf<MinioSettings>> = {
  ...{ name: "minio", from: "minio", declare: minio, key: "minio" },
  options: { accessKey: '`"minio"`', secretKey: '`"minio-secret"`' },
  imageVariables: { MINIO_ROOT_USER: "accessKey", MINIO_ROOT_PASSWORD: "secretKey" },
  readyWhen: "it can serve requests",
  check: {
    image: "alpine:3.19",
    script: 'wget -qO- "$AWS_ENDPOINT_URL/minio/health/live"',
  },
  untested: true,
};
