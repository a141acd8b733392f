import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** A span as a collector gets it. */
interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: number };
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A request with traces, in the JSON of OTLP. */
export interface CollectedTrace {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly spans: readonly CollectedSpan[];
}

/** A collector of traces on a port of the loopback. */
export interface Collector {
  readonly url: string;
  readonly received: readonly CollectedTrace[];
  close(): Promise<void>;
}

/** @param status the answer to each request; undefined for none */
export async function startCollector(status: number | undefined): Promise<Collector> {
  const received: CollectedTrace[] = [];
  const server = createServer(async (request, response) => {
    const { resourceSpans } = (await json(request)) as { readonly resourceSpans: readonly ResourceSpans[] };
    for (const { resource, scopeSpans } of resourceSpans)
      received.push({
        ...{ path: request.url, headers: request.headers, resource: valuesOf(resource.attributes) },
        spans: scopeSpans.flatMap(({ spans }) => spans),
      });
    if (status !== undefined) response.writeHead(status, { "Content-Type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface ResourceSpans {
  readonly resource: { readonly attributes: readonly Attribute[] };
  readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[];
}

/** Attributes by their keys. */
export function valuesOf(attributes: readonly Attribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
