import { expect, test } from "@jest/globals";
import { dind } from "../../src/catalog/dind.ts";
import { connectionOf } from "../../src/model/declaration/references.ts";

test("clients get certificates with TLS, the default", () => {
  const docker = dind();
  expect(docker).toMatchObject({
    image: "docker:dind",
    alias: "docker",
    ports: [2376],
    privileged: true,
    dockerDaemon: { tls: true },
    shares: ["/certs/client"],
    env: { DOCKER_TLS_CERTDIR: "/certs" },
  });
  expect(docker.env).not.toHaveProperty("DOCKER_TLS_SAN");
  expect(connectionOf("docker", docker).variables).toEqual({
    DOCKER_HOST: "tcp://docker:2376",
    DOCKER_TLS_VERIFY: "1",
    DOCKER_CERT_PATH: "/certs/client",
  });
});

test("clients get no certificates without TLS", () => {
  const docker = dind({ tls: false, alias: "my-docker-service" });
  expect(docker).toMatchObject({
    ports: [2375],
    dockerDaemon: { tls: false },
    env: { DOCKER_TLS_CERTDIR: "" },
  });
  expect(docker).not.toHaveProperty("shares");
  expect(docker.env).not.toHaveProperty("DOCKER_TLS_SAN");
  expect(connectionOf("docker", docker).variables).toEqual({ DOCKER_HOST: "tcp://my-docker-service:2375" });
});

test("the certificate includes every alias, and declared properties take precedence", () => {
  const docker = dind({ alias: ["docker", "one", "two"], env: { TZ: "UTC" } });
  expect(docker.env).toEqual({ DOCKER_TLS_CERTDIR: "/certs", DOCKER_TLS_SAN: "DNS:one,DNS:two", TZ: "UTC" });
});

test("the probe calls the daemon over its socket", () => {
  expect(dind().probe).toMatchObject({
    kind: "exec",
    command: ["docker", "--host", "unix:///var/run/docker.sock", "info"],
  });
});
