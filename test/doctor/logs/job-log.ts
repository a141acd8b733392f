/** Lines as GitLab's runner writes them into a job's log: each with its time and stream. */
export function stamped(lines: readonly string[]): string {
  return lines
    .map((line, index) => `2026-03-02T09:15:${String(index % 60).padStart(2, "0")}.123456Z 00O ${line}`)
    .join("\n");
}

/** The log of a job whose script writes these lines and fails. */
export function failedJob(lines: readonly string[], flags = "FF_TIMESTAMPS:true"): string {
  return stamped([
    ...header(flags),
    ...lines,
    ...ENDING,
    "\u001b[31;1mERROR: Job failed: exit code 1\u001b[0;m",
  ]);
}

/** What the runner writes before a script's own lines. */
export function header(flags: string): readonly string[] {
  return [
    "\u001b[0KRunning with gitlab-runner 19.3.0 (1a2b3c4d)\u001b[0;m",
    "\u001b[0K  on docker-in-docker t3_abcdef, system ID: s_0123456789ab\u001b[0;m",
    `\u001b[0K  feature flags: ${flags}\u001b[0;m`,
    'section_start:1772442901:prepare_executor\r\u001b[0K\u001b[0K\u001b[36;1mPreparing the "docker" ' +
      "executor\u001b[0;m\u001b[0;m",
    "\u001b[0KUsing Docker executor with image docker:29-cli ...\u001b[0;m",
    "\u001b[0KStarting service docker:29-dind...\u001b[0;m",
    "\u001b[0KPulling docker image docker:29-dind ...\u001b[0;m",
    "\u001b[0KUsing docker image sha256:6a1f for docker:29-dind with digest docker@sha256:77ab ...\u001b[0;m",
    "\u001b[0KWaiting for services to be up and running (timeout 30 seconds)...\u001b[0;m",
    "section_end:1772442912:prepare_executor\r\u001b[0Ksection_start:1772442912:get_sources\r\u001b[0K",
    "Fetching changes with git depth set to 20...",
    "Initialized empty Git repository in /builds/team/app/.git/",
    "Checking out 1f2e3d4c as detached HEAD (ref is main)...",
    "section_end:1772442915:get_sources\r\u001b[0K" +
      "section_start:1772442915:step_script[collapsed=true]\r\u001b[0K",
    '\u001b[0K\u001b[36;1mExecuting "step_script" stage of the job script\u001b[0;m',
  ];
}

const ENDING = [
  "section_end:1772442931:step_script\r\u001b[0Ksection_start:1772442931:cleanup_file_variables\r\u001b[0K",
  "\u001b[0KCleaning up project directory and file based variables\u001b[0;m",
  "section_end:1772442932:cleanup_file_variables\r\u001b[0K",
];

/** The output of a healthy script with words that also occur in failures. */
export const HEALTHY_SCRIPT: readonly string[] = [
  "\u001b[32;1m$ docker info\u001b[0;m",
  " Server Version: 29.7.2",
  " Storage Driver: overlay2",
  "  Supports d_type: true",
  " Cgroup Driver: cgroupfs",
  " Registry Mirrors: http://10.0.0.5:5000/",
  "\u001b[32;1m$ docker network create tests\u001b[0;m",
  "8d3c6e8f0c7a5b3f",
  "\u001b[32;1m$ pip install -r requirements.txt\u001b[0;m",
  "Collecting redis==5.0.1",
  "  Downloading redis-5.0.1-py3-none-any.whl (250 kB)\r     ━━━━━━━━━━ 250.3/250.3 kB 8.1 MB/s eta 0:00:00",
  "Successfully installed pytest-7.4.4 redis-5.0.1",
  "\u001b[32;1m$ docker run --rm --network=host redis:7-alpine redis-cli -h some-random-cache ping\u001b[0;m",
  "PONG",
  "\u001b[32;1m$ pytest -q\u001b[0;m",
  "test_that_a_wrong_host_name_is_reported PASSED",
  "test_that_an_expired_x509_certificate_is_refused PASSED",
  "test_tags_of_runners PASSED",
  "3 passed in 0.41s",
];

/** What the Kubernetes executor writes while a pod waits for a node and an image, and gets both. */
export const POD_THAT_STARTED: readonly string[] = [
  'Preparing the "kubernetes" executor',
  "Using Kubernetes namespace: ci",
  "Using Kubernetes executor with image registry.example.com/app:1 ...",
  "Using attach strategy to execute scripts...",
  "Waiting for pod ci/runner-t3abcdef-project-7-concurrent-0 to be running, status is Pending",
  '\tUnschedulable: "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint."',
  "Waiting for pod ci/runner-t3abcdef-project-7-concurrent-0 to be running, status is Pending",
  '\tContainersNotInitialized: "containers with incomplete status: [init-permissions]"',
  '\tContainersNotReady: "containers with unready status: [build helper]"',
  'WARNING: Failed to pull image with policy "Always": image pull failed: Back-off pulling image "app:1"',
  'WARNING: Event retrieved from the cluster: MountVolume.SetUp failed for volume "ca": not registered',
  "Running on runner-t3abcdef-project-7-concurrent-0 via runner-6d5f8c9b7-x2x4z...",
];

/** The log of a job that did well. */
export function healthyJob(): string {
  return stamped([
    ...header("FF_NETWORK_PER_BUILD:true"),
    ...HEALTHY_SCRIPT,
    ...ENDING,
    "\u001b[32;1mJob succeeded\u001b[0;m",
  ]);
}
