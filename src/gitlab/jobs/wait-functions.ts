const PERL_CONNECTION = "IO::Socket::INET->new(PeerAddr => $ARGV[1], PeerPort => $ARGV[2], Timeout => 5)";

/**
 * Shell functions that wait for services. They need a POSIX shell and one of bash, python3, perl, nc and
 * curl.
 * - `nestbox_wait SERVICE SECONDS COMMAND…` repeats the command until it succeeds. After the time limit it
 *   fails the job.
 * - `nestbox_dial HOST PORT` succeeds if the port accepts a connection.
 * - `nestbox_ask HOST PORT FORMAT PATTERN` sends the output of `printf FORMAT`. It succeeds if the first line
 *   of the answer starts with the pattern.
 */
export const WAIT_FUNCTIONS = `\
nestbox_wait() {
  nestbox_service=$1 nestbox_limit=$2 nestbox_end=$(($(date +%s) + $2))
  shift 2
  until nestbox_answer=$("$@" 2>&1); do
    if [ "$(date +%s)" -ge "$nestbox_end" ]; then
      echo "nestbox: service $nestbox_service was not ready within $nestbox_limit s: $nestbox_answer" >&2
      echo 'nestbox: set the variable CI_DEBUG_SERVICES to "true" to see its log here' >&2
      exit 1
    fi
    sleep 0.1 2>/dev/null || sleep 1
  done
}
nestbox_dial() {
  nestbox_talk dial "$1" "$2" ''
}
nestbox_ask() {
  nestbox_line=$(nestbox_talk ask "$1" "$2" "$3") || { echo "$nestbox_line"; return 1; }
  case $nestbox_line in
    $4*) ;;
    *) echo "$2 answers $nestbox_line"; return 1 ;;
  esac
}
nestbox_talk() {
  if command -v bash >/dev/null; then
    # bash would wait minutes where packets are dropped. An old BusyBox timeout needs -t: do without it.
    if timeout 5 date >/dev/null 2>&1; then nestbox_bound='timeout 5'; else nestbox_bound=; fi
    printf "$4" | $nestbox_bound bash -c '
      exec 3<>"/dev/tcp/$1/$2" || exit 1
      [ "$0" = ask ] || exit 0
      cat >&3 && IFS= read -r -t 5 line <&3 && printf "%s" "$line"' "$1" "$2" "$3" || {
      case $? in 124 | 143) echo "$2:$3 did not answer within 5 s" ;; esac
      return 1
    }
  elif command -v python3 >/dev/null; then
    printf "$4" | python3 -c 'if True:
      import socket, sys
      try:
        server = socket.create_connection((sys.argv[2], int(sys.argv[3])), 5)
        if sys.argv[1] == "ask":
          server.sendall(sys.stdin.buffer.read())
          print(server.makefile(encoding="latin-1").readline(), end="")
      except OSError as error:
        sys.exit(str(error))' "$1" "$2" "$3"
  elif command -v perl >/dev/null; then
    printf "$4" | perl -MIO::Socket::INET -e '
      $server = ${PERL_CONNECTION} or die "$@\\n";
      exit if $ARGV[0] eq "dial";
      alarm 5; print $server <STDIN>; $server->flush; print scalar <$server>' "$1" "$2" "$3"
  elif command -v nc >/dev/null; then
    if [ "$1" = ask ]; then
      printf "$4" | nc -w 5 "$2" "$3" | head -n 1
    else
      # BusyBox nc lacks -z: a timeout means that it connected.
      nc -z -w 1 "$2" "$3" 2>/dev/null || {
        timeout 3 nc -w 1 "$2" "$3" </dev/null >/dev/null
        case $? in 0 | 124 | 143) ;; *) return 1 ;; esac
      }
    fi
  elif command -v curl >/dev/null; then
    if [ "$1" = ask ]; then
      printf "$4" | curl -s --max-time 5 "telnet://$2:$3" | head -n 1
    else
      [ "$(curl -s -o /dev/null --max-time 2 -w '%{time_connect}' "telnet://$2:$3" </dev/null)" != 0.000000 ]
    fi
  else
    echo "the image of this job has none of bash, python3, perl, nc and curl to reach $2:$3 with; add one"
    return 1
  fi
}`;
