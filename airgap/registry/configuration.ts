/**
 * The configuration of a Debian docker-registry (the reference implementation, "distribution"): JSON, which
 * is YAML too. It is read only, so that no container can put an image in another's way.
 */
export function registryConfiguration(address: string, storage: string): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storage },
      maintenance: { readonly: { enabled: true }, uploadpurging: { enabled: false } },
    },
    http: { addr: address },
  });
}
