import { expect, test } from "@jest/globals";
import { dind } from "../../../src/catalog/dind.ts";
import { secret } from "../../../src/model/text.ts";
import { problemsIn } from "../../sandboxes/problems-in.ts";

/** The problems of a sandbox with a Docker daemon and a job with this environment. */
function withJob(tls: boolean, env: object): readonly string[] {
  return problemsIn({
    services: { docker: dind({ tls }) },
    jobs: { tests: { image: "docker:cli", script: ["docker info"], env } },
  });
}

const REMEDY = "; use env: ({ docker }) => docker.variables";

test.each<[boolean, string, string, string]>([
  [
    true,
    "DOCKER_HOST",
    "tcp://docker:2375",
    'is "tcp://docker:2375", but "docker" serves with TLS on port 2376',
  ],
  [
    false,
    "DOCKER_HOST",
    "tcp://docker:2376/",
    'is "tcp://docker:2376/", but "docker" serves without TLS on port 2375',
  ],
  [
    false,
    "DOCKER_TLS_VERIFY",
    "1",
    'is "1", which enables TLS as any value does, but "docker" serves without TLS',
  ],
  [
    false,
    "DOCKER_TLS_VERIFY",
    "0",
    'is "0", which enables TLS as any value does, but "docker" serves without TLS',
  ],
  [true, "DOCKER_TLS_VERIFY", "", 'is "", which disables TLS, but "docker" serves with TLS'],
  [true, "DOCKER_TLS_CERTDIR", "", 'is "", but "docker" serves with TLS'],
  [false, "DOCKER_TLS_CERTDIR", "/certs", 'is "/certs", but "docker" serves without TLS'],
  [false, "DOCKER_CERT_PATH", "/certs/client", 'is "/certs/client", but "docker" serves without TLS'],
  [true, "DOCKER_CERT_PATH", "/certs", 'is "/certs", but "docker" shares its certificates at /certs/client'],
])("TLS %s and a job's %s=%j contradict each other", (tls, name, value, message) => {
  const problems = [`snake.jobs.tests.env.${name}: ${message}${REMEDY}`];
  expect(withJob(tls, { [name]: value })).toEqual(problems);
  expect(withJob(tls, (services: Services) => ({ ...services.docker.variables, [name]: value }))).toEqual(
    problems,
  );
});

interface Services {
  readonly docker: { readonly variables: object; readonly url: string };
}

test.each<[string, boolean, object | ((services: Services) => object)]>([
  ["the reference's variables", true, ({ docker }: Services) => docker.variables],
  ["the reference's variables, without TLS", false, ({ docker }: Services) => docker.variables],
  [
    "the same values as literals",
    true,
    { DOCKER_HOST: "tcp://docker:2376", DOCKER_CERT_PATH: "/certs/client/" },
  ],
  [
    "the same values as literals, without TLS",
    false,
    { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_VERIFY: "" },
  ],
  [
    "a daemon outside the sandbox",
    false,
    { DOCKER_HOST: "tcp://elsewhere.example.com:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/mine" },
  ],
  ["a socket", false, { DOCKER_HOST: "unix:///run/user/1000/docker.sock", DOCKER_TLS_VERIFY: "1" }],
  ["a secret, which has no value yet", true, { DOCKER_HOST: secret("docker-host") }],
])("%s is not a contradiction", (_, tls, env) => {
  expect(withJob(tls, env)).toEqual([]);
});

test("DOCKER_HOST selects the daemon, and services are clients too", () => {
  expect(
    problemsIn({
      services: {
        open: dind({ tls: false, alias: "open" }),
        "closed-one": dind({ alias: ["locked", "docker"] }),
        builder: { image: "docker:cli", env: { DOCKER_HOST: "tcp://locked:2375" } },
        other: { image: "docker:cli", env: { DOCKER_HOST: "tcp://open:2375", DOCKER_TLS_VERIFY: "1" } },
      },
    }),
  ).toEqual([
    'snake.services.builder.env.DOCKER_HOST: is "tcp://locked:2375", but "closed-one" serves with TLS on ' +
      'port 2376; use env: (services) => services["closed-one"].variables',
    'snake.services.other.env.DOCKER_TLS_VERIFY: is "1", which enables TLS as any value does, but "open" ' +
      "serves without TLS; use env: ({ open }) => open.variables",
  ]);
});

test("a wrong host name of the daemon is refused with its aliases", () => {
  const named = (host: string, extraHosts = {}) =>
    problemsIn({
      services: { daemon: dind({ tls: false, alias: "my-docker-service" }) },
      jobs: { tests: { image: "docker:cli", script: ["x"], env: { DOCKER_HOST: host }, extraHosts } },
    });
  expect(named("tcp://docker:2375")).toEqual([
    'snake.jobs.tests.env.DOCKER_HOST: is "tcp://docker:2375", but no service has the alias "docker", ' +
      'and the daemon "daemon" has my-docker-service; use env: ({ daemon }) => daemon.variables',
  ]);
  expect(named("tcp://my-docker-service:2375")).toEqual([]);
  expect(named("tcp://docker:2375", { docker: "192.0.2.7" })).toEqual([]);
  expect(named("tcp://localhost:2375")).toEqual([]);
  expect(named("tcp://docker.example.com:2375")).toEqual([]);
});

test("a daemon's own variable must match its declaration", () => {
  expect(problemsIn({ services: { docker: dind({ tls: true, env: { DOCKER_TLS_CERTDIR: "" } }) } })).toEqual([
    'snake.services.docker.env.DOCKER_TLS_CERTDIR: is "", which turns TLS off, but the daemon is ' +
      "declared with TLS; remove it and use dind({ tls: false })",
  ]);
  expect(
    problemsIn({ services: { docker: dind({ tls: false, env: { DOCKER_TLS_CERTDIR: "/certs" } }) } }),
  ).toEqual([expect.stringContaining("turns TLS on, but the daemon is declared without TLS")]);
  expect(problemsIn({ services: { docker: dind({ env: { DOCKER_TLS_CERTDIR: "/elsewhere" } }) } })).toEqual(
    [],
  );
});
