import type { Environment } from "../machine/environment.ts";

/** Where and how a trace is sent. */
export interface OtlpSettings {
  readonly url: URL;
  /** The time that sending it may take, in milliseconds. */
  readonly limit: number;
  /** Attributes of the program, with its `service.name`. */
  readonly resource: Readonly<Record<string, string>>;
  /** PEM files: authorities for the server's certificate, and the client's own. */
  readonly certificates: Readonly<Partial<Record<"ca" | "cert" | "key", string>>>;
}

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/**
 * The default time limit, in milliseconds. A refused connection is not repeated in it: the exporter waits
 * 800 ms at least.
 */
const LIMIT = 750;
/** The longest one. The default of OpenTelemetry, 10 s, is for programs that send in the background. */
const LONGEST_LIMIT = 5000;

/** Whether the environment asks for traces: an empty variable counts as none. */
export function wantsTraces(environment: Environment): boolean {
  const { OTEL_SDK_DISABLED: disabled = "", OTEL_TRACES_EXPORTER: exporters } = environment;
  const names = (exporters || "otlp").split(",").map((name) => name.trim());
  const hasEndpoint = [TRACES_ENDPOINT, ENDPOINT].some((name) => (environment[name] ?? "") !== "");
  return hasEndpoint && disabled.toLowerCase() !== "true" && names.includes("otlp");
}

/**
 * The settings of an environment that asks for traces, by OpenTelemetry's variables. The exporter itself
 * reads those for headers and compression.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 * @throws Error for an address or a protocol that cannot be used. It has no value, which may have a password
 */
export function otlpSettings(environment: Environment): OtlpSettings {
  const ofTraces = (name: string) =>
    environment[`OTEL_EXPORTER_OTLP_TRACES_${name}`] || environment[`OTEL_EXPORTER_OTLP_${name}`];
  if (ofTraces("PROTOCOL") === "grpc")
    throw new Error(
      "OTEL_EXPORTER_OTLP_PROTOCOL: nestbox sends traces over HTTP, not gRPC; " +
        `set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json, and ${TRACES_ENDPOINT} to the HTTP address`,
    );
  const files = {
    ca: ofTraces("CERTIFICATE"),
    cert: ofTraces("CLIENT_CERTIFICATE"),
    key: ofTraces("CLIENT_KEY"),
  };
  const limit = Number(ofTraces("TIMEOUT"));
  return {
    url: urlOf(environment),
    limit: limit > 0 ? Math.min(limit, LONGEST_LIMIT) : LIMIT,
    resource: {
      "service.name": "nestbox",
      ...keyValues(environment.OTEL_RESOURCE_ATTRIBUTES),
      ...(environment.OTEL_SERVICE_NAME && { "service.name": environment.OTEL_SERVICE_NAME }),
    },
    certificates: Object.fromEntries(Object.entries(files).filter(([, file]) => file)),
  };
}

/** The endpoint of traces as it is, or that of all signals with its path. */
function urlOf(environment: Environment): URL {
  const variable = environment[TRACES_ENDPOINT] ? TRACES_ENDPOINT : ENDPOINT;
  const endpoint = environment[variable] ?? "";
  const address = variable === ENDPOINT ? `${endpoint.replace(/\/$/, "")}/v1/traces` : endpoint;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new Error(`${variable}: is no HTTP address; use one such as http://127.0.0.1:4318`);
}

/** Pairs as in a header of W3C Baggage: "key=value,other=a%20b". Those without a key are left out. */
function keyValues(text = ""): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const [, key, value = ""] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      return key === undefined ? [] : [[key, decoded(value)]];
    }),
  );
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
