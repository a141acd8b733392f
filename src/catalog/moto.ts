import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type AwsConnection, awsConnection } from "./aws-connection.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";

const STATUS = "urllib.request.urlopen('http://127.0.0.1:5000/moto-api/data.json')";

/** Moto, which answers like Amazon's services. It takes any key. @default image `motoserver/moto:5.1.22` */
export function moto(service: CatalogSettings<AwsConnection> = {}): CatalogService<AwsConnection> {
  return {
    image: "motoserver/moto:5.1.22",
    ports: [5000],
    probe: exec(["python", "-c", `import urllib.request; ${STATUS}`], { within: "60s", startEvery: "100ms" }),
    // It connects to nobody.
    certificates: false,
    ...service,
    connection: (address) => awsConnection(address, { accessKey: "test", secretKey: "test" }),
  };
}

/** Creates a bucket, which needs no key. */
export const CREATE_BUCKET =
  "python -c \"import os, urllib.request as u; url = os.environ['AWS_ENDPOINT_URL'] + '/bucket'; " +
  "print(u.urlopen(u.Request(url, method='PUT')).status)\" | grep 200";

export const MOTO: CatalogEntry<never> = {
  ...{ name: "moto", from: "moto", declare: moto, key: "moto" },
  options: {},
  readyWhen: "its own API answers",
  check: {
    image: "python:3.10",
    script: CREATE_BUCKET,
  },
};
