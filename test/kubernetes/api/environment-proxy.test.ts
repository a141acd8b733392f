import { expect, test } from "@jest/globals";
import { environmentProxy } from "../../../src/kubernetes/api/environment-proxy.ts";

const PROXY = "http://proxy.example:3128";

/** Whether a server is reached by the proxy of the environment. */
function isProxied(server: string, NO_PROXY: string): boolean {
  return environmentProxy(new URL(server), { HTTPS_PROXY: PROXY, NO_PROXY }) !== undefined;
}

// Go's own cases: golang.org/x/net/http/httpproxy/proxy_test.go, and net/http/proxy_test.go.
test.each([
  // Never this machine.
  ["https://localhost", "", false],
  ["https://127.0.0.1:6443", "", false],
  ["https://127.0.0.2", "", false],
  ["https://[::1]:6443", "", false],
  ["https://[::2]", "", true],
  ["https://192.168.1.1", "192.168.1.1", false],
  ["https://192.168.1.2", "192.168.1.1, 192.168.1.3", true],
  ["https://[2001:db8::52:0:1]", "2001:db8::52:0:1", false],
  ["https://[2001:db8::52:0:1]", "[2001:db8::52:0:1]:443", false],
  ["https://[2001:db8::52:0:1]:6443", "[2001:db8::52:0:1]:443", true],
  ["https://192.168.1.1", "192.168.1.0/24", false],
  ["https://10.0.0.1:6443", "192.168.1.0/24, 10.0.0.0/8", false],
  ["https://192.168.2.1", "192.168.1.0/24", true],
  ["https://192.168.1.1", "192.168.1.0/240", true],
  ["https://[2001:db8::1]", "2001:db8::/32", false],
  ["https://[2001:db9::1]", "2001:db8::/32", true],
  ["https://foobar.com", "foobar.com", false],
  ["https://www.foobar.com", "foobar.com", false],
  ["https://WWW.FooBar.com", " , FOObar.com", false],
  ["https://foofoobar.com", "foobar.com", true],
  ["https://foobar.com", ".foobar.com", true],
  ["https://www.foobar.com", ".foobar.com", false],
  ["https://foobar.com", "*.foobar.com", true],
  ["https://www.foobar.com", "*.foobar.com", false],
  ["https://www.foobar.com:443", "foobar.com:443", false],
  ["https://www.foobar.com:6443", "foobar.com:443", true],
  ["https://10.0.0.1:6443", "10.0.0.1:6443", false],
  ["https://10.0.0.1:443", "10.0.0.1:6443", true],
  ["https://anything.example", "*", false],
  ["https://anything.example", "nothing.example, *", false],
  ["https://anything.example", ":443", true],
  ["https://anything.example", "", true],
] as const)("%s with NO_PROXY %s: %s", (server, noProxy, expected) => {
  expect(isProxied(server, noProxy)).toBe(expected);
});

test("the variable is that of the server's scheme, in upper or lower case", () => {
  const proxy = (server: string, environment: Readonly<Record<string, string>>) =>
    environmentProxy(new URL(server), environment)?.source;
  expect(proxy("https://a", { https_proxy: PROXY })).toBe("https_proxy");
  expect(proxy("https://a", { https_proxy: PROXY, HTTPS_PROXY: PROXY })).toBe("HTTPS_PROXY");
  expect(proxy("https://a", { HTTP_PROXY: PROXY, HTTPS_PROXY: "" })).toBeUndefined();
  expect(proxy("http://a", { HTTP_PROXY: PROXY })).toBe("HTTP_PROXY");
  expect(proxy("https://a", { HTTPS_PROXY: PROXY, no_proxy: "a" })).toBeUndefined();
});

test("an address may have a login and lack its scheme and port", () => {
  const proxy = (HTTPS_PROXY: string) => environmentProxy(new URL("https://a"), { HTTPS_PROXY });
  const source = "HTTPS_PROXY";
  expect(proxy("proxy.example")).toEqual({ source, scheme: "http", host: "proxy.example", port: 80 });
  expect(proxy("https://u%40v:p%3Aq@[fd00::1]")).toEqual({
    ...{ source, scheme: "https", host: "fd00::1", port: 443 },
    login: { user: "u@v", password: "p:q" },
  });
  expect(proxy("socks5h://proxy.example")).toMatchObject({ scheme: "socks5", port: 1080 });
});

test.each(["ftp://u:secret@a", "http://u:secret@a:b", "http://u:sec%ret@a", "socks5://", "http://u:secret@"])(
  "what is no address of a proxy is refused, without its password: %s",
  (HTTPS_PROXY) => {
    expect(() => environmentProxy(new URL("https://a"), { HTTPS_PROXY })).toThrow(
      /^HTTPS_PROXY: is not the address of a proxy; write http:\/\/, https:\/\/ or socks5:\/\/ with /,
    );
  },
);
