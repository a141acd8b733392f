import type { CatalogService } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";
import { type AwsConnection, awsConnection } from "./aws-connection.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import { CREATE_BUCKET } from "./moto.ts";

/**
 * LocalStack, which answers like Amazon's services. Later versions start only with LOCALSTACK_AUTH_TOKEN.
 * Untested: no test runs its server.
 *
 * @default image `localstack/localstack:4.14.0`
 */
export function localstack(service: CatalogSettings<AwsConnection> = {}): CatalogService<AwsConnection> {
  return {
    image: "localstack/localstack:4.14.0",
    ports: [4566],
    probe: http(4566, "/_localstack/health", { within: "120s", startEvery: "200ms" }),
    ...service,
    connection: (address) => awsConnection(address, { accessKey: "test", secretKey: "test" }),
  };
}

export const LOCALSTACK: CatalogEntry<never> = {
  ...{ name: "localstack", from: "localstack", declare: localstack, key: "localstack" },
  options: {},
  readyWhen: "its own API answers",
  check: {
    image: "python:3.10",
    script: CREATE_BUCKET,
  },
  untested: true,
};
