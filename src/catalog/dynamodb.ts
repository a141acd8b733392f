import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type AwsConnection, awsConnection } from "./aws-connection.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";

/**
 * DynamoDB local, with its data in memory. It takes any key. Untested: no test runs its server.
 * @default image `amazon/dynamodb-local:2.6.1`
 */
export function dynamodb(service: CatalogSettings<AwsConnection> = {}): CatalogService<AwsConnection> {
  return {
    image: "amazon/dynamodb-local:2.6.1",
    ports: [8000],
    command: ["-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb"],
    // A request without a signature gets status 400.
    probe: exec("curl -s http://127.0.0.1:8000 | grep -q MissingAuthenticationToken", { within: "60s" }),
    // It connects to nobody.
    certificates: false,
    ...service,
    connection: (address) => awsConnection(address, { accessKey: "test", secretKey: "test" }),
  };
}

export const DYNAMODB: CatalogEntry<never> = {
  ...{ name: "dynamodb", from: "dynamodb", declare: dynamodb, key: "dynamodb" },
  options: {},
  readyWhen: "it answers a request",
  check: {
    image: "alpine:3.19",
    script: 'wget -O- "$AWS_ENDPOINT_URL" 2>&1 | grep 400',
  },
  untested: true,
};
