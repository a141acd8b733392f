/**
 * Properties of compose and GitLab CI that people write from habit, and what a declaration has instead.
 * https://docs.docker.com/reference/compose-file/services/, https://docs.gitlab.com/ci/yaml/
 */
type ForeignWords = Readonly<Record<string, string>>;

const ENV = 'use env, for example env: { NAME: "value" }';
const ENV_FILE = `${ENV}, whose values the module may read from the file`;
const LIMITS = 'use limits, for example limits: { memory: "256MiB", cpus: 1 }';
const NETWORKS = "use networks, the keys of networks of the sandbox";
const SECRETS = 'use secret("name") in env, or as the content of one of files';

/** Of compose's containers. */
const OF_CONTAINERS: ForeignWords = {
  build: 'use image: build("api"), with build from "nestbox"',
  container_name: "remove it: Nestbox names containers, and others reach a service by its alias",
  cpus: LIMITS,
  deploy: LIMITS,
  env_file: ENV_FILE,
  environment: ENV,
  extends: "spread a constant with the common properties: { ...common, … }",
  mem_limit: LIMITS,
  network_mode: NETWORKS,
  secrets: SECRETS,
};

export const WORDS_OF_SERVICES: ForeignWords = {
  ...OF_CONTAINERS,
  configs: 'use files, for example files: { "/etc/app.conf": { path: "app.conf" } }',
  depends_on: 'use after, for example after: { database: "ready" }',
  expose: "use ports, for example ports: [8080]",
  external_links: "use extraHosts for hosts outside, and networks for services",
  healthcheck: 'use probe, for example probe: exec("redis-cli ping"), with exec from "nestbox"',
  hostname: "use alias, the name by which others reach the service",
  links: "remove it: services on a network reach each other by alias",
  restart: "remove it: a service that stops is an error, and the next up replaces it",
  scale: "declare the service once for each copy",
  stop_grace_period: 'use stop, for example stop: { grace: "30s" }',
  stop_signal: 'use stop, for example stop: { signal: "SIGINT" }',
  volumes_from: "use shares in the other service, and refer to that service in env",
};

const RULES = 'use gitlab, for example gitlab: { rules: [{ if: "$CI_COMMIT_BRANCH", when: "manual" }] }';

export const WORDS_OF_JOBS: ForeignWords = {
  ...OF_CONTAINERS,
  after_script: "use cleanup, which also runs after a failure",
  alias: "remove it: nobody connects to a job",
  allow_failure: "use gitlab: { allowedExitCodes: [1] }",
  before_script: "use before",
  command: "use script, a list of commands",
  depends_on: "use needs for other jobs; all services are ready before a job starts",
  dependencies: "use needs",
  except: RULES,
  only: RULES,
  rules: RULES,
  services: "use services of the sandbox, beside jobs",
  stage: 'use gitlab, for example gitlab: { stage: "test" }',
  tags: "use gitlab: { runner: … }, the name of a declared runner, whose tags the job gets",
  variables: ENV,
  when: RULES,
  working_dir: "use workingFolder",
};

export const WORDS_OF_SANDBOXES: ForeignWords = {
  configs: "use files of a service",
  include: "import the other module",
  name: 'remove it: the name is the first argument of sandbox("name", { … })',
  secrets: SECRETS,
  stages: "use gitlab: { stage } of each job",
  variables: "use env of each job",
  version: "remove it",
};
