/** What the engine says in the end of every operation that failed. */
const SUMMARY = /^(update|destroy) failed$/;

/** What Pulumi puts before the message of an error of the program, and hashicorp/go-multierror before one of a provider. */
const WRAPPINGS = [
  /^Running program '[^']*' failed with an unhandled exception:\n/,
  /^\d+ errors? occurred:\n\t\* /,
];

/** The errors of an operation in their own words, each once. */
export function plainErrors(messages: readonly string[]): readonly string[] {
  const plain = [...new Set(messages.map(unwrapped))];
  const reasons = plain.filter((message) => !SUMMARY.test(message));
  return reasons.length > 0 ? reasons : plain;
}

function unwrapped(message: string): string {
  return WRAPPINGS.reduce((text, wrapping) => text.replace(wrapping, ""), message.trim()).trim();
}
