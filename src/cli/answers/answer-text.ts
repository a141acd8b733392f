import { type Answer, SCHEMA } from "./answers.ts";

/** How an answer is printed: one document, or one line of several. */
export type AnswerLayout = "document" | "line";

/** The text of an answer, with its version. Ends with a line break. */
export function answerText<Given extends Answer>(
  answer: Omit<Given, "schema">,
  layout: AnswerLayout = "document",
): string {
  return `${JSON.stringify({ schema: SCHEMA, ...answer }, undefined, layout === "line" ? undefined : 2)}\n`;
}
