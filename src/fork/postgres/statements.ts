/** Makes a database from another one. Before version 15, a copy is always one of files. */
export function copyDatabase(name: string, from: string, version: number): string {
  const strategy = version >= 150_000 ? " STRATEGY FILE_COPY" : "";
  return `CREATE DATABASE ${name} TEMPLATE ${identifier(from)}${strategy}`;
}

/** Drops a database, from version 13 on also while clients are connected. */
export function dropDatabase(name: string, version: number): string {
  return `DROP DATABASE IF EXISTS ${name}${version < 130_000 ? "" : " WITH (FORCE)"}`;
}

/** The seconds since 1970 by the server's clock, some milliseconds from now. */
export function timeAfter(milliseconds: number): string {
  return `SELECT ceil(extract(epoch FROM now()) + ${milliseconds / 1000})::bigint AS until`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
