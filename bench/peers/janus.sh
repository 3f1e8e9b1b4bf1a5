#!/usr/bin/env bash
# Runs a Janus of our own in the foreground: HTTP API on loopback, EchoTest, VideoRoom and AudioBridge only, configured in
# a temporary folder that is removed at the end. Media ports are chosen by the system.
#   bench/peers/janus.sh HTTP_PORT
set -eu
port=${1:?usage: bench/peers/janus.sh HTTP_PORT}
command -v janus > /dev/null || { echo "janus is not installed (Debian: apt-get install --no-install-recommends janus)" >&2; exit 2; }
library=$(dirname "$(find /usr/lib -path '*janus/plugins/libjanus_videoroom.so' | head -n 1)")/..
folder=$(mktemp -d "${TMPDIR:-/tmp}/tandem-janus.XXXXXX")
janus_pid=
stop() {
    [ -z "$janus_pid" ] || kill "$janus_pid" 2> /dev/null || true
    [ -z "$janus_pid" ] || wait "$janus_pid" 2> /dev/null || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 0' INT TERM

# Only what is measured is loaded; everything else is as Debian ships it.
only() { # folder wanted...
    local from=$1 to=$2
    shift 2
    mkdir -p "$folder/$to"
    for name in "$@"; do ln -s "$library/$from/libjanus_$name.so" "$folder/$to/"; done
}
only plugins plugins echotest videoroom audiobridge
only transports transports http
only events events
only loggers loggers

cat > "$folder/janus.jcfg" << EOF
general: {
    configs_folder = "$folder"
    plugins_folder = "$folder/plugins"
    transports_folder = "$folder/transports"
    events_folder = "$folder/events"
    loggers_folder = "$folder/loggers"
    debug_level = ${JANUS_DEBUG:-2}
    server_name = "peer"
    session_timeout = 60
}
media: {
    ipv6 = false
}
EOF
cat > "$folder/janus.transport.http.jcfg" << EOF
general: {
    json = "compact"
    base_path = "/janus"
    http = true
    port = $port
    ip = "127.0.0.1"
    https = false
}
admin: {
    admin_http = false
    admin_https = false
}
EOF

for name in echotest videoroom audiobridge; do echo "general: {}" > "$folder/janus.plugin.$name.jcfg"; done

janus -F "$folder" --disable-colors > "${JANUS_LOG:-/dev/null}" 2>&1 &
janus_pid=$!
[ -z "${JANUS_PID_FILE:-}" ] || echo "$janus_pid" > "$JANUS_PID_FILE"
wait "$janus_pid"
