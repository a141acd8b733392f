import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { importCompose } from "../../src/import/sandbox-module.ts";

let project: string;

beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), "nestbox-import-"));
});

afterEach(() => {
  rmSync(project, { recursive: true });
});

function write(files: Readonly<Record<string, string | Buffer>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
    writeFileSync(path.join(project, file), content);
  }
}

function imported(
  content: string,
  files: Readonly<Record<string, string | Buffer>> = {},
  services: string[] = [],
) {
  write({ "compose.yaml": content, ...files });
  const { code, notes } = importCompose({
    ...{ project, files: ["compose.yaml"], services, name: "app", projectFromModule: "..", asList: false },
  });
  return { code, notes: notes.map(({ file, line, path, message }) => `${file}:${line} ${path}: ${message}`) };
}

/** The lines of the sandbox, without the imports. */
function body(code: string): string {
  return code.slice(code.indexOf("export default"), code.indexOf("\n});\n") + 4);
}

test("an application becomes what a person would have written", () => {
  const { code, notes } = imported(
    `name: Shop
services:
  db:
    image: postgres:16-alpine
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: "\${DB_PASSWORD}", TZ: UTC }
    ports: ["5432:5432"]
    volumes: [data:/var/lib/postgresql/data, ./init.sql:/docker-entrypoint-initdb.d/init.sql:ro]
    healthcheck: { test: pg_isready }
  cache: { image: redis:7-alpine }
  migrate:
    image: api
    command: ./migrate "to the end"
    depends_on: { db: { condition: service_healthy } }
  api:
    image: api:\${TAG:-latest}
    environment: ["DATABASE_URL=postgres://shop:\${DB_PASSWORD}@db/shop", "LEVEL=\${LEVEL:-info}"]
    depends_on: { migrate: { condition: service_completed_successfully } }
    healthcheck: { test: [CMD, curl, -f, "http://localhost"], interval: 10s, retries: 5, start_period: 1m }
    networks: [front, back]
networks: { front: , back: { internal: true } }
volumes: { data: }
`,
    { "init.sql": "" },
  );
  expect(code).toContain('import { exec, sandbox, secret, text } from "nestbox";\n');
  expect(code).toContain('import { postgres, redis } from "nestbox/catalog";\n');
  expect(code).toContain('const env = { ...variablesOf(".env"), ...environment };');
  expect(body(code)).toBe(`export default sandbox("shop", {
  networks: {
    default: {},
    front: {},
    back: { internal: true },
  },
  volumes: ["data"],
  services: {
    db: postgres({
      image: "postgres:16-alpine",
      networks: ["default"],
      user: "shop",
      password: secret("db-password"),
      env: { TZ: "UTC" },
      publish: true,
      files: { "/docker-entrypoint-initdb.d/init.sql": { path: "init.sql" } },
      volumes: { "/var/lib/postgresql/data": "data" },
    }),
    cache: redis({ networks: ["default"] }),
    migrate: {
      image: "api",
      networks: ["default"],
      command: ["./migrate", "to the end"],
      after: { db: "ready" },
      runsOnce: true,
    },
    api: {
      image: \`api:\${env.TAG || "latest"}\`,
      networks: ["front", "back"],
      env: {
        DATABASE_URL: text\`postgres://shop:\${secret("db-password")}@db/shop\`,
        LEVEL: env.LEVEL || "info",
      },
      probe: exec(["curl", "-f", "http://localhost"], {
        within: "110s",
        every: "10s",
        retries: 5,
      }),
      after: { migrate: "completed" },
    },
  },
});`);
  expect(notes).toEqual([
    expect.stringMatching(
      /^compose\.yaml:5 services\.db\..*: is secret\("db-password"\); set NESTBOX_SECRET_DB_PASSWORD/,
    ),
    expect.stringMatching(/^compose\.yaml:6 services\.db\.ports: .*publish: \{ 5432: 5432 \}/),
    expect.stringMatching(/^compose\.yaml:8 services\.db\.healthcheck: the catalog's own probe/),
    expect.stringMatching(/^compose\.yaml:16 .*is secret\("db-password"\)/),
  ]);
});

test("no value of the environment or of a file of variables is written", () => {
  process.env.TEST_VALUE = "value-of-the-environment";
  try {
    const { code } = imported(
      "services: { a: { image: x:$TEST_VALUE, env_file: .env.a, environment: [TEST_VALUE] } }",
      {
        ".env": "TEST_VALUE=value-of-env",
        ".env.a": "API_TOKEN=value-of-token\nMODE=value-of-mode\n",
      },
    );
    expect(code).not.toContain("value-of");
    expect(code).toContain(
      '...variablesOf(".env.a"), API_TOKEN: secret("api-token")'.replace(", ", ",\n        "),
    );
    expect(code).toContain('TEST_VALUE: env.TEST_VALUE ?? ""');
  } finally {
    delete process.env.TEST_VALUE;
  }
});

test("anchors, extends and includes are followed, with paths from their own folders", () => {
  const { code } = imported(
    `x-base: &base { image: app, environment: { A: "1", B: "2" } }
include: [ops/compose.yaml]
services:
  one: { <<: *base, command: [a] }
  two: { extends: { file: base/compose.yaml, service: web }, environment: { C: "3" } }
`,
    {
      "ops/compose.yaml": "services: { metrics: { image: metrics, volumes: [./m.yml:/m.yml:ro] } }",
      "ops/m.yml": "",
      "base/compose.yaml":
        "services: { web: { image: web, command: [b], volumes: [./c:/c:ro], environment: [D=4] } }",
      "base/c": "",
    },
  );
  expect(body(code)).toContain('files: { "/m.yml": { path: "ops/m.yml" } }');
  expect(body(code)).toMatch(/one: \{\s+image: "app",\s+command: \["a"\],\s+env: \{ A: "1", B: "2" \},/);
  expect(body(code)).toMatch(/two: \{\s+image: "web",\s+command: \["b"\],\s+env: \{ D: "4", C: "3" \},/);
  expect(body(code)).toContain('files: { "/c": { path: "base/c" } }');
});

test("later files are laid over earlier ones", () => {
  write({
    "compose.yaml": "services: { a: { image: x, command: [a, b], ports: ['80:80'], environment: [A=1] } }",
    "over.yaml": "services: { a: { command: [c], ports: !reset [], environment: { A: 2, B: 3 } } }",
  });
  const files = ["compose.yaml", "over.yaml"];
  const { code } = importCompose({
    ...{ project, files, services: [], name: "app", projectFromModule: "..", asList: false },
  });
  expect(code).toContain('a: { image: "x", command: ["c"], env: { A: "2", B: "3" } }');
});

test("a build is a build, with all that build() knows", () => {
  const { code, notes } = imported(
    `
services:
  web: { build: ./web, image: postgres:17-alpine, expose: [80] }
  api:
    build:
      context: .
      dockerfile: api/Dockerfile
      target: prod
      args: { VERSION: "\${TAG:-1}", MODE: }
      secrets: [npm, { source: npm, target: registry }]
      platforms: [linux/arm64]
      cache_from: [api:main, "type=gha"]
    expose: [80]
secrets: { npm: { file: .npmrc } }
`,
    {},
  );
  expect(code).toMatch(/import \{ build, sandbox, secret \} from "nestbox"/);
  expect(body(code)).toContain('web: { image: build("web"), ports: [80] }');
  expect(body(code).replace(/\s+/g, " ")).toContain(
    'image: build({ context: ".", dockerfile: "api/Dockerfile", target: "prod", ' +
      'args: { VERSION: env.TAG || "1", MODE: env.MODE ?? "" }, ' +
      'secrets: { npm: secret("npm"), registry: secret("npm") }, ' +
      'platform: "linux/arm64", cacheFrom: ["api:main"], }), ports: [80],',
  );
  expect(notes).toContainEqual(expect.stringMatching(/build\.secrets: is secret\("npm"\)/));
});

test("chosen services bring those that they depend on", () => {
  const { code } = imported(
    "services: {a: { image: a, depends_on: [b] }, b: { image: b, links: [c] }, c: {image: c}, d: {image: c}}",
    {},
    ["a"],
  );
  expect(code).toContain('c: { image: "c" }');
  expect(code).not.toContain("d: {");
});

describe("nothing is dropped silently", () => {
  test.each([
    ["restart: always", /services\.a\.restart: left out/],
    ["container_name: x", /container_name: left out; a fixed name lets one copy run at once/],
    ["network_mode: host", /network_mode: left out; a sandbox is apart from the host/],
    ["devices: [/dev/fuse]", /devices: left out; it has no equivalent/],
    ["build: ../api", /build: \.\.\/api is outside the project, and build\(\) takes a folder inside it/],
    ["build: https://example.com/a.git", /build: https:\S+ is not fetched; clone it into the project/],
    ["build: { context: ., dockerfile_inline: FROM a }", /build: has its Dockerfile inline; write it into/],
    ["build: { context: ., network: host }", /build\.network: left out; build\(\) has no equivalent/],
    ["build: { context: ., args: [NPM_TOKEN] }", /args\.NPM_TOKEN: every user of the image can read it/],
    ["volumes: [/var/run/docker.sock:/var/run/docker.sock]", /socket is left out; .*use dind\(\)/],
    ["volumes: [../other:/x]", /\.\.\/other is left out; files come from a folder inside the project/],
    ["tmpfs: /tmp", /\/tmp gets the bound of 256MiB/],
    ["extra_hosts: [host.docker.internal:host-gateway]", /host\.docker\.internal is left out/],
    ["deploy: { replicas: 2 }", /deploy: only its limits are kept/],
    ["mem_limit: 1k", /limits\.memory: .*the limit is left out/],
    ["ports: ['8080:80']", /publish: \{ 80: 8080 \} fixes it/],
  ])("%s", (property, note) => {
    expect(imported(`services: { a: { image: x, ${property} } }`).notes).toContainEqual(
      expect.stringMatching(note),
    );
  });

  test("a service without a healthcheck", () => {
    expect(imported("services: { a: { image: x, expose: [80] } }").notes).toEqual([
      expect.stringMatching(
        /:1 services\.a: has no healthcheck, so it is ready once port 80 accepts connections;/,
      ),
    ]);
  });

  test("a remote file, which is not fetched", () => {
    const { notes } = imported("include: [https://example.com/a.yaml]\nservices: { a: { image: x } }");
    expect(notes[0]).toBe(
      "compose.yaml:1 include: https://example.com/a.yaml is not fetched; copy the file and include the copy",
    );
  });
});

describe("rejects with file and line", () => {
  test.each<[string, string, RegExp]>([
    ["YAML that is broken", "services:\n  a: [\n", /^compose\.yaml:3:1: is no YAML/],
    ["tabs", "services:\n\ta: {}\n", /^compose\.yaml:2:1: is no YAML/],
    ["a list", "- a\n", /^compose\.yaml: is no compose file/],
    ["no services", "services: {}\n", /^compose\.yaml: has no services/],
    ["an alias without an anchor", "services: *a\n", /compose\.yaml:1.*(?:alias|anchor)/i],
    ["an alias in itself", "services: &a { b: *a }\n", /^compose\.yaml:1: the alias contains itself/],
    [
      "neither image nor build",
      "services:\n  a: { command: x }\n",
      /^compose\.yaml:2: services\.a: has neither an image/,
    ],
    [
      "an unknown property",
      "services:\n  a:\n    imgae: x\n    image: x\n",
      /^compose\.yaml:3: .*imgae; did you mean image\?/,
    ],
    [
      "an undefined volume",
      "services:\n  a: { image: x, volumes: [vol:/v] }\n",
      /^compose\.yaml:2: .*undefined volume vol/,
    ],
    [
      "an undefined network",
      "services:\n  a: { image: x, networks: [n] }\n",
      /^compose\.yaml:2: .*undefined network n/,
    ],
    ["an undefined service", "services:\n  a: { image: x, depends_on: [b] }\n", /undefined service b/],
    [
      "a circle",
      "services: { a: { image: x, depends_on: [b] }, b: { image: x, depends_on: [a] } }",
      /a → b → a/,
    ],
    [
      "an interpolation",
      "services:\n  a: { image: 'x:${TAG' }\n",
      /^compose\.yaml:2: has a variable that does not end/,
    ],
    [
      "an unknown base",
      "services:\n  a: { extends: b }\n",
      /^compose\.yaml:2: services\.a\.extends: there is no service b/,
    ],
    [
      "a base of itself",
      "services:\n  a: { image: x, extends: a }\n",
      /^compose\.yaml:2: .*extends: is a circle/,
    ],
    [
      "an include of itself",
      "include: [compose.yaml]\nservices: { a: { image: x } }",
      /^compose\.yaml:1: include: is a circle/,
    ],
    [
      "a file outside",
      "include: [../other.yaml]\nservices: { a: { image: x } }",
      /cannot be read|leaves the project/,
    ],
  ])("%s", (_, content, message) => {
    expect(() => imported(content)).toThrow(message);
  });

  test("aliases that multiply", () => {
    const lines = Array.from({ length: 8 }, (_, index) => {
      const item = index === 0 ? "x" : `*a${index - 1}`;
      return `x-${index}: &a${index} [${Array(10).fill(item).join(", ")}]`;
    });
    expect(() => imported(`${lines.join("\n")}\nservices: { a: { image: x } }`)).toThrow(
      /aliases make more than/,
    );
  });

  test("what is no UTF-8", () => {
    expect(() =>
      imported("", { "compose.yaml": Buffer.from("services: { a: { image: \xff } }", "latin1") }),
    ).toThrow("compose.yaml: is not UTF-8; convert it");
  });

  test("a link out of the project", () => {
    write({ "inside/empty": "" });
    const outside = mkdtempSync(path.join(tmpdir(), "nestbox-outside-"));
    writeFileSync(path.join(outside, "other.yaml"), "services: { b: { image: x } }");
    symlinkSync(path.join(outside, "other.yaml"), path.join(project, "link.yaml"));
    try {
      expect(() => imported("include: [link.yaml]\nservices: { a: { image: x } }")).toThrow(
        "link.yaml: leaves the project; copy it into the project's folder",
      );
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  test("more than 10 MiB", () => {
    expect(() => imported("", { "compose.yaml": Buffer.alloc(10 * 1024 ** 2 + 1, "#") })).toThrow(
      "more than 10 MiB",
    );
  });
});
