import { expect, test } from "@jest/globals";
import { type BuildDefinition, build, plan, sandbox, secret, text } from "nestbox";
import { postgres } from "nestbox/catalog";
import { problemsIn } from "../../sandboxes/problems-in.ts";

function problemsOf(definition: object) {
  const image = build(definition as BuildDefinition);
  return problemsIn({ services: { api: { image, ports: [80] } } }, "shop");
}

const SECRET =
  "is a secret, which a build argument would leave in the image; use secrets, and RUN --mount=type=secret";

test.each([
  [{}, "context: is missing; a build requires it"],
  [{ context: "../api" }, 'context: "../api" is outside the project; use a path relative to the project'],
  [{ context: "/srv" }, 'context: "/srv" is outside the project'],
  [{ context: "api", dockerfile: "../Dockerfile" }, 'dockerfile: "../Dockerfile" is outside the project'],
  [{ context: "api", args: { TOKEN: secret("token") } }, `args.TOKEN: ${SECRET}`],
  [{ context: "api", args: { URL: text`https://x:${secret("token")}@y` } }, `args.URL: ${SECRET}`],
  [{ context: "api", args: { URL: `https://${secret("token")}` } }, `args.URL: ${SECRET}`],
  [{ context: "api", args: { VERSION: 1 } }, "args.VERSION: is the number 1; use a string"],
  [{ context: "api", secrets: { npm: "value" } }, 'secrets.npm: is the string "value"; use an object'],
  [{ context: "api", platform: "arm" }, 'platform: "arm" is not a platform'],
  [{ context: "api", cacheFrom: ["A B"] }, 'cacheFrom[0]: "A B" is not an image reference'],
  [{ context: "api", network: "host" }, "network: is not a property of a build; use context"],
])("a build with %j is refused", (definition, message) => {
  expect(problemsOf(definition)).toEqual([
    expect.stringContaining(`shop.services.api.image.build.${message}`),
  ]);
});

test("the words of compose lead to build()", () => {
  const api = { build: "./api", ports: [80] } as never;
  expect(problemsIn({ services: { api } }, "shop")).toContainEqual(
    expect.stringContaining('use image: build("api"), with build from "nestbox"'),
  );
});

test("a plan has each build once, with every default", () => {
  const image = build({ context: "./db/", secrets: { npm: secret("npm-token") } });
  const declared = sandbox("shop", {
    services: { database: postgres({ image }), copy: { image, ports: [80] } },
    jobs: { tests: { image: "alpine:3.19", script: ["true"] } },
  });
  const { images, builds, secrets } = plan(declared);
  expect(images).toEqual(["alpine:3.19"]);
  expect(builds).toEqual([
    {
      image: expect.stringMatching(/^localhost\/nestbox\/db:[0-9a-z]{10}$/),
      ...{ context: "db", dockerfile: "Dockerfile", args: {}, secrets: { npm: "npm-token" }, cacheFrom: [] },
    },
  ]);
  // The values of builds are read from the environment.
  expect(secrets).toEqual([]);
});

test("a build is for the platform of its container", () => {
  const api = { image: build("."), platform: "linux/arm64", ports: [80] };
  const [found] = plan(sandbox("shop", { services: { api } })).builds;
  expect(found).toMatchObject({ platform: "linux/arm64", context: "." });
  expect(found?.image).toMatch(/^localhost\/nestbox\/project:/);
});
