import type { LogsOfFailures } from "./logs-of-failures.ts";

const KUBERNETES = 'Preparing the "kubernetes" executor';

export const CERTIFICATES_LOGS: LogsOfFailures = {
  "certificates-missing-in-pod": {
    shownBy: [[KUBERNETES, "open /certs/client/ca.pem: no such file or directory"]],
    notShownBy: ["open /certs/client/ca.pem: no such file or directory"],
  },
  "certificates-missing": {
    shownBy: [
      "unable to resolve docker endpoint: open /certs/client/ca.pem: no such file or " + "directory",
      "unable to resolve docker endpoint: open /root/.docker/ca.pem: no such file or " + "directory",
    ],
    notShownBy: ["cat: /etc/ssl/ca.pem: No such file or directory"],
  },
  "certificate-for-other-name": {
    shownBy: [
      'error during connect: Get "https://dind:2376/v1.47/info": tls: failed to verify ' +
        "certificate: x509: certificate is valid for 4f5e6d7c8b9a, docker, localhost, not dind",
      "tls: failed to verify certificate: x509: certificate is valid for 4f5e6d7c8b9a, " +
        "docker, localhost, not my-docker-service",
      'error during connect: Get "https://build.example.com:2376/v1.47/info": tls: failed ' +
        "to verify certificate: x509: certificate is valid for docker, localhost, not " +
        "build.example.com",
    ],
    notShownBy: [
      'Get "https://api.example.com/": x509: certificate is valid for *.example.org, not ' +
        "api.example.com",
    ],
  },
  "certificate-of-other-daemon": {
    shownBy: [
      'error during connect: Get "https://docker:2376/v1.47/info": tls: failed to verify ' +
        "certificate: x509: certificate signed by unknown authority",
      'error during connect: Get "https://my-docker-service:2376/v1.51/info": tls: failed ' +
        "to verify certificate: x509: certificate signed by unknown authority (possibly " +
        'because of "crypto/rsa: verification error" while trying to verify candidate ' +
        'authority certificate "docker:dind CA")',
    ],
    notShownBy: ['Get "https://api.example.com/": x509: certificate signed by unknown authority'],
  },
  "certificate-expired": {
    shownBy: [
      'Get "https://registry.example.com/v2/": tls: failed to verify certificate: x509: ' +
        "certificate has expired or is not yet valid: current time 2026-03-02 is after " +
        "2026-02-27",
      "curl: (60) SSL certificate problem: certificate has expired",
    ],
    notShownBy: ["warning: the license certificate has expired"],
  },
};
