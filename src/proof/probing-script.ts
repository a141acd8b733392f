import { WAIT_FUNCTIONS } from "../gitlab/jobs/wait-functions.ts";
import { shellWord } from "../model/shell.ts";
import { askingCommands, type Question } from "./question.ts";

/** The file by which the observer lets a probing job go on. */
export const RELEASE_FILE = "/tmp/nestbox-proved";

/** The exit code of a probing job. */
export const PROBING_EXIT_CODE = 7;

/** Shell functions, one for each kind of question. They need what every image with a shell has. */
const FUNCTIONS = `\
prove_say() { printf 'nestbox-answer=%s %s\\n' "$1" "$2"; }
prove_hash() { sha256sum | cut -c 1-64; }
prove_variable() {
  if eval "[ -z \\"\\\${$1+set}\\" ]"; then echo absent; return; fi
  eval "printf %s \\"\\$nonce\\$$1\\"" | prove_hash
}
prove_file() {
  if [ -e "$1" ]; then { printf %s "$nonce"; cat "$1"; } 2>/dev/null | prove_hash; else echo absent; fi
}
prove_dial() {
  for client in bash python3 perl nc curl; do
    if command -v "$client" >/dev/null; then
      attempt=1
      until nestbox_dial "$1" "$2" >/dev/null 2>&1; do
        if [ $attempt = "$3" ]; then echo silent; return; fi
        attempt=$((attempt + 1))
      done
      # A gateway on the way out may accept connections to any address, and then to any port.
      if nestbox_dial "$1" 1 >/dev/null 2>&1; then echo silent; else echo answered; fi
      return
    fi
  done
  echo unable
}
prove_writable() {
  file=$1/.nestbox-proof
  if (: >"$file") 2>/dev/null; then rm -f "$file"; echo writable; else echo read-only; fi
}
prove_host() {
  while read -r address names; do
    for name in $names; do if [ "$name" = "$1" ]; then echo "$address"; return; fi; done
  done </etc/hosts
  echo absent
}
prove_probe() {
  if ("$@") </dev/null >/dev/null 2>&1; then echo passes; else echo "fails with exit code $?"; fi
}
prove_tmpfs() {
  while read -r _ folder kind options _; do
    if [ "$folder $kind" = "$1 tmpfs" ]; then size=\${options##*size=}; echo "\${size%%,*}"; return; fi
  done </proc/mounts
  echo absent
}
prove_user() { echo "$(id -u):$(id -g):$(id -un 2>/dev/null)"; }
prove_memory() {
  cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes
}
prove_processor() {
  cat /sys/fs/cgroup/cpu.max 2>/dev/null && return
  for folder in /sys/fs/cgroup/cpu /sys/fs/cgroup/cpu,cpuacct; do
    cd $folder 2>/dev/null || continue
    echo "$(cat cpu.cfs_quota_us) $(cat cpu.cfs_period_us)"
    return
  done
}
prove_privileged() {
  while read -r key value; do
    # CAP_SYS_ADMIN, of the capabilities that a process may ever have.
    if [ "$key" = CapBnd: ]; then
      if [ $((0x$value >> 21 & 1)) = 1 ]; then echo yes; else echo no; fi
    fi
  done </proc/self/status
}
prove_output() { sh -c "$1" 2>/dev/null; }
prove_addresses() { hostname -i; }`;

/**
 * A script for the shell of a service.
 * @param nonce what hashes begin with, so that none says anything elsewhere
 */
export function servicesScript(nonce: string, questions: readonly Question[]): string {
  return [`nonce=${nonce}`, WAIT_FUNCTIONS, FUNCTIONS, askingCommands(questions)].join("\n");
}

/**
 * The script of a probing job. Its packets go out first. Then it waits, while services are observed beside
 * it, and answers the other questions.
 */
export function jobScript(
  nonce: string,
  packets: readonly Question[],
  others: readonly Question[],
): readonly string[] {
  const script = [
    `nonce=${nonce}`,
    WAIT_FUNCTIONS,
    FUNCTIONS,
    `printf 'nestbox-begins=%s\\n' "$(uname -n)"`,
    askingCommands(packets),
    WAIT_FOR_RELEASE,
    askingCommands(others, packets.length),
  ].join("\n");
  return [`sh -c ${shellWord(script)} || true`, `exit ${PROBING_EXIT_CODE}`];
}

/** Whether a line says that a probing job runs: the name of its host. */
export function beginningIn(line: string): string | undefined {
  return /nestbox-begins=([\w.-]+)/.exec(line)?.[1];
}

/** Ends by itself where the file cannot be made. */
const WAIT_FOR_RELEASE = `\
rounds=0
until [ -e ${RELEASE_FILE} ] || [ $rounds = 600 ]; do
  rounds=$((rounds + 1))
  sleep 0.1 2>/dev/null || sleep 1
done`;
