/** What this machine's network gives to sandboxes. The set-up puts it into the environment. */
export interface Machine {
  readonly mtu?: number;
  readonly registryMirror?: string;
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
