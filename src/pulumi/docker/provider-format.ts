/**
 * Values in the format in which Pulumi's Docker provider reads them from the engine. Any other format would
 * be a change at the next `up` and replace the container.
 * Source: the …Read functions of github.com/kreuzwerker/terraform-provider-docker, internal/provider/
 */

/** A duration in Go's format: `50ms`, `1.5s`, `2m0s`, `1h0m0s`. */
export function formatDuration(nanoseconds: number): string {
  const whole = Math.round(nanoseconds / 1e6);
  if (whole < 1000) return `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor((whole % 3_600_000) / 60_000);
  const seconds = `${(whole % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** A number of CPUs. Undefined if the provider would read back another number. */
export function formatCpus(cpus: number): string | undefined {
  const exact = (Math.round(cpus * 1e9) / 1e9).toFixed(9);
  // The provider's nanoInt64ToDecimalString: with nine zeros it rounds to a tenth, else it trims zeros at the
  // end.
  const formatted = exact.split("0").length === 10 ? Number(exact).toFixed(1) : exact.replace(/0+$/, "");
  return Number(formatted) === Number(exact) ? formatted : undefined;
}
