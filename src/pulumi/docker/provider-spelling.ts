/**
 * Values spelled as Pulumi's Docker provider reads them back from the engine: any other spelling of the same
 * value would count as a change at the next `up`, and replace the container. Source: the functions …Read of
 * github.com/kreuzwerker/terraform-provider-docker, internal/provider/.
 */

/** As Go prints a duration: `50ms`, `1.5s`, `2m0s`, `1h0m0s`. */
export function spelledDuration(nanoseconds: number): string {
  const whole = Math.round(nanoseconds / 1e6);
  if (whole < 1000) return `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor((whole % 3_600_000) / 60_000);
  const seconds = `${(whole % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** A number of processors; undefined for one that the provider reads back as another. */
export function spelledCpus(cpus: number): string | undefined {
  const exact = (Math.round(cpus * 1e9) / 1e9).toFixed(9);
  // With nine zeros the provider rounds to a tenth, else it takes away those at the end
  // (nanoInt64ToDecimalString).
  const spelled = exact.split("0").length === 10 ? Number(exact).toFixed(1) : exact.replace(/0+$/, "");
  return Number(spelled) === Number(exact) ? spelled : undefined;
}
