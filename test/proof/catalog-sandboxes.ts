import { http, sandbox, secret } from "nestbox";
import { CATALOG, type CatalogEntry, dind, postgres, redis, registryMirror } from "nestbox/catalog";
import { STAND_INS } from "../../airgap/images/stand-ins.ts";

/** Pushes an image to a registry, and pulls it through its mirror. */
const PULL_THROUGH = `python - <<'END'
import hashlib, json, os, urllib.request

def call(method, url, data=None, kind="application/octet-stream"):
    request = urllib.request.Request(url, data, {"Content-Type": kind, "Accept": kind}, method=method)
    return urllib.request.urlopen(request)

KIND, CONFIG = ("application/vnd.oci.image." + name + ".v1+json" for name in ("manifest", "config"))
origin, mirror = (os.environ[name] + "/v2/greeter/" for name in ("ORIGIN", "REGISTRY_MIRROR"))
rootfs = {"type": "layers", "diff_ids": []}
config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": rootfs}).encode()
digest = "sha256:" + hashlib.sha256(config).hexdigest()
place = call("POST", origin + "blobs/uploads/").headers["Location"]
call("PUT", place + ("&" if "?" in place else "?") + "digest=" + digest, config)
manifest = json.dumps({
    "schemaVersion": 2, "mediaType": KIND, "layers": [],
    "config": {"mediaType": CONFIG, "digest": digest, "size": len(config)},
}).encode()
call("PUT", origin + "manifests/1", manifest, KIND)
assert call("GET", mirror + "manifests/1", kind=KIND).read() == manifest
assert call("GET", mirror + "blobs/" + digest).read() == config
END`;

/** Sandboxes of services with options, each with a job that uses it, by the names of the services. */
const WITH_OPTIONS = {
  redis: sandbox("catalog-redis", {
    services: { cache: redis({ password: secret("cache-password"), database: 3 }) },
    jobs: {
      use: {
        image: "redis:7-alpine",
        env: ({ cache }) => ({ ...cache.variables, REDISCLI_AUTH: cache.variables.REDIS_PASSWORD ?? "" }),
        script: ['redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" -n "$REDIS_DB" SET answer 42 | grep OK'],
      },
    },
  }),
  postgres: sandbox("catalog-postgres", {
    services: {
      database: postgres({ user: "shop", database: "orders", password: secret("database-password") }),
    },
    jobs: {
      use: {
        image: "postgres:17-alpine",
        env: ({ database }) => database.variables,
        script: ["psql -tAc 'create table orders (id int); select count(*) from orders' | grep 0"],
      },
    },
  }),
  docker: sandbox("catalog-dind", {
    services: { docker: dind({ alias: ["docker", "daemon"] }) },
    jobs: {
      use: {
        image: "docker:25.0.0-cli",
        env: ({ docker }) => docker.variables,
        script: ["docker run --rm alpine:3.19 echo nested | grep nested"],
      },
    },
  }),
  "registry-mirror": sandbox("catalog-registry-mirror", {
    services: {
      origin: { image: "registry:3", ports: [5000], probe: http(5000, "/v2/") },
      // A registry that is a mirror asks its origin when it starts.
      mirror: registryMirror({ upstream: "http://origin:5000", after: { origin: "ready" } }),
    },
    jobs: {
      use: {
        image: "python:3.10",
        env: ({ origin, mirror }) => ({
          ...mirror.variables,
          ORIGIN: `http://${origin.host}:${origin.port}`,
        }),
        script: [PULL_THROUGH],
      },
    },
  }),
};

/** The images that take long to install or to start. */
const ON_REQUEST = STAND_INS.filter(({ onRequest }) => onRequest).map(({ name }) => name);

function isRun({ declare, untested }: CatalogEntry): boolean {
  const isQuick = !ON_REQUEST.includes(String(declare().image));
  return !untested && (isQuick || process.env.NESTBOX_CATALOG_ALL !== undefined);
}

/**
 * A sandbox for each service of the catalog: one with options, or the one that `nestbox init` writes. Those
 * of slow images run with `npm test -- --all` alone, those without an image never.
 */
export default CATALOG.filter(isRun).map(({ name, key, declare, check: { image, script } }) =>
  name in WITH_OPTIONS
    ? WITH_OPTIONS[name as keyof typeof WITH_OPTIONS]
    : sandbox(`catalog-${name}`, {
        services: { [key]: declare() },
        jobs: {
          check: { image, env: (services) => services[key]?.variables ?? {}, script: [script] },
        },
      }),
);
