import { expect, test } from "@jest/globals";
import { otlpSettings, wantsTraces } from "../../src/timings/otlp-settings.ts";

const OTEL_EXPORTER_OTLP_ENDPOINT = "http://collector:4318";

test("an endpoint asks for traces, unless another variable turns them off", () => {
  const wants = (environment: Readonly<Record<string, string>>) =>
    wantsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT, ...environment });
  expect(wants({})).toBe(true);
  expect(wants({ OTEL_TRACES_EXPORTER: "console, otlp" })).toBe(true);
  expect(wants({ OTEL_TRACES_EXPORTER: "none" })).toBe(false);
  expect(wants({ OTEL_SDK_DISABLED: "TRUE" })).toBe(false);
  expect(wants({ OTEL_EXPORTER_OTLP_ENDPOINT: "" })).toBe(false);
  expect(wantsTraces({})).toBe(false);
  expect(wantsTraces({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector" })).toBe(true);
});

test("the endpoint of all signals gets a path, that of traces is as it is", () => {
  const url = (environment: Readonly<Record<string, string>>) =>
    otlpSettings({ OTEL_EXPORTER_OTLP_ENDPOINT, ...environment }).url.href;
  expect(url({})).toBe("http://collector:4318/v1/traces");
  expect(url({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector/otlp/" })).toBe(
    "https://collector/otlp/v1/traces",
  );
  expect(url({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://traces/in" })).toBe("http://traces/in");
});

test("what cannot be used is named with its remedy, and without its value", () => {
  const settings = (environment: Readonly<Record<string, string>>) => () =>
    otlpSettings({ OTEL_EXPORTER_OTLP_ENDPOINT, ...environment });
  for (const address of ["collector:4318", "grpc://me:secret@collector", "http://"])
    expect(settings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address })).toThrow(
      /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: is no HTTP address; use one such as http:\/\/127\.0\.0\.1:4318$/,
    );
  expect(settings({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toThrow(
    /not gRPC; set OTEL_EXPORTER_OTLP_TRACES_/,
  );
  const http = { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc", OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" };
  expect(settings(http)).not.toThrow();
});

test("the time limit is short, and one of the environment has an end", () => {
  const limit = (environment: Readonly<Record<string, string>>) =>
    otlpSettings({ OTEL_EXPORTER_OTLP_ENDPOINT, ...environment }).limit;
  expect(limit({})).toBe(750);
  expect(limit({ OTEL_EXPORTER_OTLP_TIMEOUT: "2000" })).toBe(2000);
  expect(limit({ OTEL_EXPORTER_OTLP_TIMEOUT: "10000" })).toBe(5000);
  expect(limit({ OTEL_EXPORTER_OTLP_TIMEOUT: "soon" })).toBe(750);
});

test("attributes of the program and files of certificates are those of the environment", () => {
  const { resource, certificates } = otlpSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_RESOURCE_ATTRIBUTES: "service.name=old, team=a%20b,broken=%,=none,bare",
    OTEL_SERVICE_NAME: "shop",
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/all.pem",
    OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: "/traces.pem",
    OTEL_EXPORTER_OTLP_CLIENT_KEY: "/key.pem",
  });
  expect(resource).toEqual({ "service.name": "shop", team: "a b", broken: "%" });
  expect(certificates).toEqual({ ca: "/traces.pem", key: "/key.pem" });
  expect(otlpSettings({ OTEL_EXPORTER_OTLP_ENDPOINT }).resource).toEqual({ "service.name": "nestbox" });
});
