import type { LogsOfFailures } from "./logs-of-failures.ts";

export const SERVICES_LOGS: LogsOfFailures = {
  "services-limit": {
    shownBy: ["ERROR: Preparation failed: too many services requested: 6, only 5 allowed"],
    notShownBy: ["3 services requested"],
  },
  "alias-taken": {
    shownBy: ['WARNING: Skipping alias "redis" for service "redis:7": already in use'],
    notShownBy: ['the name "redis" is already in use by an index'],
  },
  "service-not-started": {
    shownBy: [
      "*** WARNING: Service runner-abc-project-1-concurrent-0-redis-0 probably didn't start " + "properly.",
      "Service container 1a2b has no exposed ports",
    ],
    notShownBy: ["build service image: mysql:8 healthcheck failed: mysql:33060"],
  },
  "service-needs-password": {
    shownBy: [
      "Error: Database is uninitialized and superuser password is not specified.",
      "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified",
      "You need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
    ],
    notShownBy: ["password not specified"],
  },
  "service-password": {
    shownBy: [
      'FATAL:  password authentication failed for user "app"',
      "ERROR 1045 (28000): Access denied for user 'app'@'172.17.0.4' (using password: YES)",
    ],
    notShownBy: ["Access denied for user app"],
  },
  "service-database": {
    shownBy: ['FATAL:  database "app" does not exist', "ERROR 1049 (42000): Unknown database 'app'"],
    notShownBy: ['FATAL:  role "root" does not exist'],
  },
  "client-without-authentication-plugin": {
    shownBy: [
      "ERROR 2059 (HY000): Authentication plugin 'caching_sha2_password' cannot be loaded: no such file",
    ],
    notShownBy: ["using caching_sha2_password"],
  },
  "services-on-host-network": {
    shownBy: [
      "create service container: Error response from daemon: conflicting options: host type networking " +
        "can't be used with links. This would result in undefined behavior (services.go:208:0s)",
    ],
    notShownBy: ["links: none"],
  },
};
