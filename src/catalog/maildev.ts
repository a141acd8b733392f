import type { CatalogService } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * MailDev: takes mail by SMTP, and shows it on port 1080.
 *
 * @default image `maildev/maildev:2.2.1`
 */
export function maildev(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "maildev/maildev:2.2.1",
    ports: [1025, 1080],
    probe: http(1080, "/healthz"),
    // It connects to nobody.
    certificates: false,
    ...service,
    connection: ({ host, port }) => {
      const url = `smtp://${host}:${port}`;
      return { url, variables: { SMTP_HOST: host, SMTP_PORT: port, SMTP_URL: url } };
    },
  };
}

export const MAILDEV: CatalogEntry<never> = {
  ...{ name: "maildev", from: "maildev", declare: maildev, key: "maildev" },
  options: {},
  readyWhen: "its web server answers",
  check: {
    image: "python:3.10",
    script:
      'python -c "import os, smtplib as s; ' +
      "print(s.SMTP(os.environ['SMTP_HOST'], int(os.environ['SMTP_PORT'])).sendmail" +
      "('a@example.com', 'b@example.com', 'Subject: check'))\"",
  },
};
