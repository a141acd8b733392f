export function nestboxCluster(...words: string[]): string;
