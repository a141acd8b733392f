/** What this machine's network gives to sandboxes. The set-up puts it into the environment. */
export interface Machine {
  /** The largest packet, in bytes, that leaves the machine whole. @default Docker's own 1500 */
  readonly mtu?: number;
  /**
   * The URL from which nested Docker daemons pull images first.
   * @default none: they ask the registries themselves
   */
  readonly registryMirror?: string;
  /**
   * The path of a file with the certificates of authorities, in PEM, that jobs and Docker daemons trust as
   * well.
   * @default none
   */
  readonly certificates?: string;
}

/** Reads NESTBOX_MTU, NESTBOX_REGISTRY_MIRROR and NESTBOX_CA_BUNDLE. */
export function machineFrom(environment: Readonly<Record<string, string | undefined>>): Machine {
  const mtu = Number(environment.NESTBOX_MTU);
  const registryMirror = environment.NESTBOX_REGISTRY_MIRROR;
  const certificates = environment.NESTBOX_CA_BUNDLE;
  return {
    ...(Number.isInteger(mtu) && mtu > 0 ? { mtu } : {}),
    ...(registryMirror ? { registryMirror } : {}),
    ...(certificates ? { certificates } : {}),
  };
}
