import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * Mailpit: takes mail by SMTP, and shows it on port 8025. Untested: no test runs its server.
 *
 * @default image `axllent/mailpit:v1.27`
 */
export function mailpit(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "axllent/mailpit:v1.27",
    ports: [1025, 8025],
    probe: exec(["/mailpit", "readyz"]),
    // It connects to nobody.
    certificates: false,
    ...service,
    connection: ({ host, port }) => {
      const url = `smtp://${host}:${port}`;
      return { url, variables: { SMTP_HOST: host, SMTP_PORT: port, SMTP_URL: url } };
    },
  };
}

export const MAILPIT: CatalogEntry<never> = {
  ...{ name: "mailpit", from: "mailpit", declare: mailpit, key: "mailpit" },
  options: {},
  readyWhen: "its web server and its mail server answer",
  check: {
    image: "python:3.10",
    script:
      'python -c "import os, smtplib as s; ' +
      "print(s.SMTP(os.environ['SMTP_HOST'], int(os.environ['SMTP_PORT'])).sendmail" +
      "('a@example.com', 'b@example.com', 'Subject: check'))\"",
  },
  untested: true,
};
