/** Why a service failed to start. */
export interface FailedService {
  /** "ended with exit code 7" */
  readonly reason: string;
  /** The last lines of its output. Empty without a container. */
  readonly output: readonly string[];
}

/** Services failed to start: each with its path, the reason and its last output. */
export class ServicesFailed extends Error {
  override readonly name = "ServicesFailed";
  /** The services that failed, by key. */
  readonly services: Readonly<Record<string, FailedService>>;

  constructor(message: string, services: Readonly<Record<string, FailedService>>) {
    super(message);
    this.services = services;
  }
}
