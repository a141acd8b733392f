/**
 * The configuration of Debian's docker-registry (the reference implementation, "distribution") as JSON, which
 * is valid YAML. The registry is read-only: no container can change the images that others pull.
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
