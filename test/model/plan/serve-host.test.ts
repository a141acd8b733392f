import { expect, test } from "@jest/globals";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { servingHost } from "../../../src/model/plan/serve-host.ts";

test("every port is published on the loopback, declared ones as they are, and jobs are left out", () => {
  const planned = plan(
    sandbox("box", {
      services: {
        open: { image: "one", ports: [80, 81], publish: { 80: 8080 } },
        closed: { image: "two", ports: [90] },
        silent: { image: "two" },
      },
      jobs: { test: { image: "three", script: ["true"] } },
    }),
  );
  const { services, jobs, images } = servingHost(planned);
  expect(services.map(({ published }) => published)).toEqual([
    [
      { container: 80, host: 8080, protocol: "tcp", address: "127.0.0.1" },
      { container: 81, protocol: "tcp", address: "127.0.0.1" },
    ],
    [{ container: 90, protocol: "tcp", address: "127.0.0.1" }],
    [],
  ]);
  expect({ jobs, images }).toEqual({ jobs: [], images: ["one", "two"] });
});
