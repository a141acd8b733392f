import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { containerProxies, proxiesOfNetwork } from "../../src/docker/container-proxies.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "container-proxies-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ENGINE = "tcp://engine.example.com:2376";

function proxies(config: unknown, host = ENGINE) {
  const text = typeof config === "string" ? config : JSON.stringify(config);
  writeFileSync(path.join(folder, "config.json"), text);
  return containerProxies({ host }, { DOCKER_CONFIG: folder });
}

test("each key of config.json is a variable", () => {
  const all = {
    ...{ httpProxy: "http://a", httpsProxy: "http://b", ftpProxy: "http://c" },
    ...{ allProxy: "socks5://d", noProxy: "*.example.com" },
  };
  expect(proxies({ proxies: { default: all } })).toEqual({
    HTTP_PROXY: "http://a",
    HTTPS_PROXY: "http://b",
    FTP_PROXY: "http://c",
    ALL_PROXY: "socks5://d",
    NO_PROXY: "*.example.com",
  });
});

test("those of an engine replace the default ones as a whole", () => {
  const config = {
    proxies: { default: { httpProxy: "http://a", noProxy: "b" }, [ENGINE]: { httpsProxy: "http://c" } },
  };
  expect(proxies(config)).toEqual({ HTTPS_PROXY: "http://c" });
  expect(proxies(config, "unix:///var/run/docker.sock")).toEqual({ HTTP_PROXY: "http://a", NO_PROXY: "b" });
});

test.each<unknown>([
  ...["", "{", "null", "[]", {}, { proxies: null }, { proxies: "default" }, { proxies: { default: null } }],
  ...[{ proxies: { default: [] } }, { proxies: { default: { httpProxy: "", httpsProxy: 3128 } } }],
])("%j has none", (config) => {
  expect(proxies(config)).toEqual({});
  expect(proxiesOfNetwork({ host: ENGINE }, { DOCKER_CONFIG: folder })).toEqual({});
});

test("a file that is missing has none", () => {
  expect(containerProxies({ host: ENGINE }, { DOCKER_CONFIG: folder })).toEqual({});
});

test("a network has no address of a proxy, which may have a password", () => {
  proxies({ proxies: { default: { httpsProxy: "http://me:xylophone@a", noProxy: "b" } } });
  const network = proxiesOfNetwork({ host: ENGINE }, { DOCKER_CONFIG: folder });
  expect(network).toEqual({ proxies: { variables: ["HTTPS_PROXY"], noProxy: "b" } });
});
