import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/** The account that Azurite documents: https://github.com/Azure/Azurite#default-storage-account */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const ASK_BLOBS =
  `fetch("http://127.0.0.1:10000/${ACCOUNT}?comp=list").then(` +
  "({ status }) => process.exit(status === 403 ? 0 : 1), () => process.exit(1))";

/**
 * Azurite: blobs on port 10000, queues on 10001, tables on 10002. Published, it has the connection of blobs
 * alone: the others keep their port.
 *
 * @default image `mcr.microsoft.com/azure-storage/azurite:3.35.0`
 */
export function azurite(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "mcr.microsoft.com/azure-storage/azurite:3.35.0",
    ports: [10000, 10001, 10002],
    command: [
      ...["azurite", "--location", "/data", "--skipApiVersionCheck"],
      ...["--blobHost", "0.0.0.0", "--queueHost", "0.0.0.0", "--tableHost", "0.0.0.0"],
    ],
    // A request without a signature gets status 403.
    probe: exec(["node", "-e", ASK_BLOBS], { within: "60s", startEvery: "100ms" }),
    // It connects to nobody.
    certificates: false,
    ...service,
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}/${ACCOUNT}`;
      const login = `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY}`;
      const others = [
        `QueueEndpoint=http://${host}:10001/${ACCOUNT}`,
        `TableEndpoint=http://${host}:10002/${ACCOUNT}`,
      ].join(";");
      const variables = {
        AZURE_STORAGE_BLOB_ENDPOINT: url,
        AZURE_STORAGE_CONNECTION_STRING: `${login};BlobEndpoint=${url};${others};`,
      };
      return { url, variables };
    },
  };
}

export const AZURITE: CatalogEntry<never> = {
  ...{ name: "azurite", from: "azurite", declare: azurite, key: "azurite" },
  options: {},
  readyWhen: "it refuses a request for blobs without a signature",
  check: {
    image: "alpine:3.19",
    script: 'wget -O- "$AZURE_STORAGE_BLOB_ENDPOINT?comp=list" 2>&1 | grep 403',
  },
};
