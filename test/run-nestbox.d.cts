export function nestbox(...words: string[]): string;
