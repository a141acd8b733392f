import { expect, test } from "@jest/globals";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { noProxyEnvironment, proxyEnvironment } from "../../../src/model/plan/place-proxies.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";

const PLAN = plan(
  sandbox("shop", {
    services: { web: { image: "a", alias: ["web", "www"] }, cache: { image: "b", alias: "store" } },
    jobs: { tests: { image: "a", script: ["x"] } },
  }),
);

test("without proxies a container gets no variables", () => {
  expect(proxyEnvironment(undefined, PLAN)).toEqual({});
});

test("addresses are secrets, in both cases, and the sandbox's own names are reached without them", () => {
  const proxies = { variables: ["HTTP_PROXY", "ALL_PROXY"], noProxy: " .example.com , web," } as const;
  const direct = ".example.com,web,localhost,127.0.0.1,::1,www,store,build";
  expect(proxyEnvironment(proxies, PLAN)).toEqual({
    ...{ HTTP_PROXY: { secret: "HTTP_PROXY" }, http_proxy: { secret: "HTTP_PROXY" } },
    ...{ ALL_PROXY: { secret: "ALL_PROXY" }, all_proxy: { secret: "ALL_PROXY" } },
    ...{ NO_PROXY: direct, no_proxy: direct },
  });
  expect(noProxyEnvironment(proxies, PLAN)).toEqual({ NO_PROXY: direct, no_proxy: direct });
});

test("the word for all hosts means them only alone", () => {
  const proxies = { variables: ["HTTP_PROXY"], noProxy: "*" } as const;
  expect(noProxyEnvironment(proxies, PLAN)).toEqual({ NO_PROXY: "*", no_proxy: "*" });
});

test("a place without exceptions of its own has those of the sandbox", () => {
  const { NO_PROXY } = noProxyEnvironment({ variables: ["HTTP_PROXY"] }, PLAN);
  expect(NO_PROXY).toBe("localhost,127.0.0.1,::1,web,www,store,build");
});
