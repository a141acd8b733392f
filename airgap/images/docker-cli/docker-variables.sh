# Points the docker command, as the original image does, at a service called docker unless it is told otherwise.
certificates=${DOCKER_TLS_CERTDIR:+$DOCKER_TLS_CERTDIR/client}
has_certificates() {
  [ -n "$certificates" ] && [ -s "$certificates/ca.pem" ] && [ -s "$certificates/cert.pem" ] && [ -s "$certificates/key.pem" ]
}
if [ -z "${DOCKER_HOST:-}" ] && [ ! -S /var/run/docker.sock ]; then
  if has_certificates || [ -n "${DOCKER_TLS_VERIFY:-}" ]; then
    export DOCKER_HOST=tcp://docker:2376
  else
    export DOCKER_HOST=tcp://docker:2375
  fi
fi
case ${DOCKER_HOST:-} in
tcp:*)
  if [ -z "${DOCKER_TLS_VERIFY:-}" ] && [ -z "${DOCKER_CERT_PATH:-}" ] && has_certificates; then
    export DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$certificates"
  fi
  ;;
esac
