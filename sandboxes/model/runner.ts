/** A GitLab runner with the Docker executor, as far as jobs depend on it. */
export interface Runner {
  /** How jobs and messages name it. */
  readonly name: string;
  /** What jobs ask for in `tags`. */
  readonly tags: readonly string[];
  /** The images that it runs privileged as services; `*` stands for any characters but `/`. Jobs never are. @default none */
  readonly privilegedServices?: readonly string[];
  /** The folders that a job and its services share: `volumes` in its config.toml. Docker-in-Docker with TLS needs `/certs/client`. @default none */
  readonly sharedFolders?: readonly string[];
  /** The largest packet that leaves its host, in bytes. @default Docker's own 1500 */
  readonly mtu?: number;
  /** The address of a registry mirror for Docker daemons in jobs: `"http://mirror.example.com:5000"`. @default none */
  readonly registryMirror?: string;
}
