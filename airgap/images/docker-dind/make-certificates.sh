# Makes an authority, a server's and a client's certificate, unless they are there: FOLDER
# Other names and addresses of the server come from DOCKER_TLS_SAN: "DNS:my-docker,IP:10.0.0.1".
set -eu
folder=$1
days=825
umask 077
mkdir -p "$folder/ca" "$folder/server" "$folder/client"

certificate() {
  purpose=$1 usage=$2 names=$3
  key="$folder/$purpose/key.pem" signed="$folder/$purpose/cert.pem"
  [ -s "$signed" ] && openssl verify -CAfile "$folder/ca/cert.pem" "$signed" >/dev/null 2>&1 && return
  printf 'extendedKeyUsage=%s\n%s\n' "$usage" "${names:+subjectAltName=$names}" >"$folder/$purpose/extensions"
  openssl ecparam -name prime256v1 -genkey -noout -out "$key"
  openssl req -new -key "$key" -subj "/CN=docker:dind $purpose" -out "$folder/$purpose/request"
  openssl x509 -req -in "$folder/$purpose/request" -CA "$folder/ca/cert.pem" -CAkey "$folder/ca/key.pem" \
    -CAcreateserial -days "$days" -extfile "$folder/$purpose/extensions" -out "$signed"
  cp "$folder/ca/cert.pem" "$folder/$purpose/ca.pem"
  rm "$folder/$purpose/extensions" "$folder/$purpose/request"
}

if ! [ -s "$folder/ca/cert.pem" ]; then
  openssl ecparam -name prime256v1 -genkey -noout -out "$folder/ca/key.pem"
  openssl req -new -x509 -key "$folder/ca/key.pem" -subj '/CN=docker:dind CA' -days "$days" -out "$folder/ca/cert.pem"
fi
names="DNS:$(hostname),DNS:docker,DNS:localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1"
for address in $(hostname -i); do
  names="$names,IP:$address"
done
certificate server serverAuth "$names${DOCKER_TLS_SAN:+,$DOCKER_TLS_SAN}"
certificate client clientAuth ''
# A client need not be root.
chmod 755 "$folder/client"
chmod 644 "$folder"/client/*
