import type { MariaDbSession, Row } from "./mariadb-session.ts";

/**
 * The statements that fill an empty database, which is the session's default, with a copy of another one.
 * Tables are created by their own definition: `CREATE TABLE … LIKE` leaves out foreign keys.
 */
export async function copyStatements(session: MariaDbSession, from: string): Promise<readonly string[]> {
  const tables = await namesOf(
    session,
    `TABLES WHERE TABLE_TYPE <> 'VIEW' AND TABLE_SCHEMA = ${sqlText(from)}`,
  );
  const views = await namesOf(
    session,
    `TABLES WHERE TABLE_TYPE = 'VIEW' AND TABLE_SCHEMA = ${sqlText(from)}`,
  );
  const create: string[] = [];
  const fill: string[] = [];
  for (const table of tables) {
    create.push(...(await definition(session, from, "TABLE", table)));
    const columns = await columnsOf(session, from, table);
    const insert = `INSERT INTO ${identifier(table)} (${columns}) SELECT ${columns}`;
    fill.push(`${insert} FROM ${identifier(from)}.${identifier(table)}`);
  }
  const behind: string[] = [];
  for (const [kind, place] of PARTS)
    for (const name of await namesOf(session, `${place} = ${sqlText(from)}`))
      behind.push(...(await definition(session, from, kind, name)));
  const shown: string[] = [];
  for (const view of views) shown.push(...(await definition(session, from, "VIEW", view)));
  return [...create, ...fill, ...behind, ...inOrderOfUse(shown, views)];
}

/** What is created behind the data, and where the server lists it. Views may use functions. */
const PARTS = [
  ["FUNCTION", "ROUTINES WHERE ROUTINE_TYPE = 'FUNCTION' AND ROUTINE_SCHEMA"],
  ["PROCEDURE", "ROUTINES WHERE ROUTINE_TYPE = 'PROCEDURE' AND ROUTINE_SCHEMA"],
  ["TRIGGER", "TRIGGERS WHERE TRIGGER_SCHEMA"],
  ["EVENT", "EVENTS WHERE EVENT_SCHEMA"],
] as const;

const NAME_COLUMNS: Readonly<Record<string, string>> = {
  TABLES: "TABLE_NAME",
  ROUTINES: "ROUTINE_NAME",
  TRIGGERS: "TRIGGER_NAME",
  EVENTS: "EVENT_NAME",
};

async function namesOf(session: MariaDbSession, where: string): Promise<readonly string[]> {
  const column = NAME_COLUMNS[where.split(" ", 1)[0] ?? ""];
  const rows = await session.run(`SELECT ${column} AS name FROM information_schema.${where} ORDER BY 1`);
  return rows.map(({ name }) => String(name));
}

/** The statement that creates something, with the mode that it was created in. */
async function definition(
  session: MariaDbSession,
  from: string,
  kind: string,
  name: string,
): Promise<readonly string[]> {
  const [row = {}] = await session.run(`SHOW CREATE ${kind} ${identifier(from)}.${identifier(name)}`);
  const text = textOf(row).replaceAll(`${identifier(from)}.`, "");
  if (row.sql_mode === undefined) return [text];
  return [`SET sql_mode = ${sqlText(row.sql_mode ?? "")}`, text, COPY_MODE];
}

/** Numbers that a table would count on stay as they are. */
export const COPY_MODE = "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'";

/** The definition in an answer of SHOW CREATE, whose column has another name for each kind. */
function textOf(row: Row): string {
  const column = Object.keys(row).find((name) => /^(?:Create |SQL Original Statement)/.test(name));
  return String(row[column ?? ""]);
}

/** The columns that have values of their own. */
async function columnsOf(session: MariaDbSession, from: string, table: string): Promise<string> {
  const rows = await session.run(
    "SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS WHERE IS_GENERATED = 'NEVER' " +
      `AND TABLE_SCHEMA = ${sqlText(from)} AND TABLE_NAME = ${sqlText(table)} ORDER BY ORDINAL_POSITION`,
  );
  return rows.map(({ name }) => identifier(String(name))).join(", ");
}

/** Views after the views that they read. */
function inOrderOfUse(definitions: readonly string[], views: readonly string[]): readonly string[] {
  const left = new Map(views.map((view, index) => [view, definitions[index] ?? ""]));
  const ordered: string[] = [];
  const uses = (view: string, text: string) =>
    [...left.keys()].some((other) => other !== view && text.includes(identifier(other)));
  while (left.size > 0) {
    const free = [...left].filter(([view, text]) => !uses(view, text));
    // A view that only has the name of another one among its columns.
    for (const [view, text] of free.length > 0 ? free : [...left]) {
      ordered.push(text);
      left.delete(view);
    }
  }
  return ordered;
}

export function identifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

export function sqlText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
