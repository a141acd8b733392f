import type { ServiceAddress } from "../model/declaration/service.ts";
import type { Text } from "../model/text.ts";
import type { UrlConnection } from "./url-connection.ts";

/** The connection of a client of Amazon's APIs. */
export interface AwsConnection extends UrlConnection {
  readonly accessKey: string;
  readonly secretKey: Text;
}

/**
 * The connection to a server with Amazon's APIs, of the region us-east-1.
 *
 * Variables: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
export function awsConnection(
  { host, port }: ServiceAddress,
  { accessKey, secretKey }: { readonly accessKey: string; readonly secretKey: Text },
): AwsConnection {
  const url = `http://${host}:${port}`;
  return {
    url,
    accessKey,
    secretKey,
    variables: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: secretKey,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
    },
  };
}
