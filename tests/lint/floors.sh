#!/usr/bin/env bash
# Floors and circles: a file includes headers of its own folder and of lower floors only (relay/README.md), public headers
# do the same, and no chain of includes leads back to its file pair. Prints each violation and a summary; exit 1 on any.
set -eu
cd "$(dirname "$0")/../.."
git ls-files -co --exclude-standard 'relay/*.c' 'relay/*.h' 'codec/*.c' 'codec/*.h' 'include/*.h' | xargs awk '
BEGIN {
    n = split("base=0 net=1 rtp=1 sdp=1 auth=1 codec=1 transport=2 media=2 cc=2 room=3 bridge=4 record=4 cluster=5 signal=6 app=7", list, " ")
    for (i = 1; i <= n; i++) { split(list[i], pair, "="); floor[pair[1]] = pair[2] }
    # a third-party header, and the only files that may include it
    only["libwebsockets.h"] = "relay/signal/http"
    only["openssl/"] = "relay/transport/dtls|relay/transport/certificate|relay/transport/srtp_ciphers|relay/transport/srtp_cipher|relay/transport/hmac_sha1|relay/transport/srtp_keys|relay/auth/turn_credentials"
    only["srtp2/"] = "relay/transport/srtp_"
    only["intel-ipsec-mb.h"] = "relay/transport/srtp_cipher"
    only["stun/"] = "relay/transport/ice_"
    only["opus"] = "codec/"
    only["libyuv"] = "codec/"
    only["vpx/"] = "codec/"
    only["jansson.h"] = "relay/signal/"
    only["jwt.h"] = "relay/auth/token"
    only["libconfig.h"] = "relay/app/config"
}
function folder_of(path,   parts) { split(path, parts, "/"); return parts[1] == "codec" ? "codec" : parts[2] }
# a file pair: relay/rtp/rtcp.c, relay/rtp/rtcp.h and include/rtp/rtcp.h are one node "rtp/rtcp"
function node_of(path,   name) { name = path; sub(/^(relay|include)\//, "", name); sub(/\.[ch]$/, "", name); return name }
function bad(text) { print FILENAME ":" FNR ": " text; violations++ }
/^[ \t]*#[ \t]*include/ {
    folder = folder_of(FILENAME)
    if (match($0, /"[^"]+"/)) {
        target = substr($0, RSTART + 1, RLENGTH - 2)
        if (index(target, "/") == 0) { target = folder "/" target }
        split(target, parts, "/")
        if (!(parts[1] in floor)) { bad("includes " target ", a folder without a floor"); next }
        if (parts[1] != folder && floor[parts[1]] >= floor[folder]) {
            bad("floor " floor[folder] " (" folder ") includes " target " of floor " floor[parts[1]])
        }
        from = node_of(FILENAME); to = target; sub(/\.h$/, "", to)
        if (from != to && !((from, to) in seen)) { seen[from, to] = 1; edges[from] = edges[from] " " to }
    } else if (match($0, /<[^>]+>/)) {
        target = substr($0, RSTART + 1, RLENGTH - 2)
        for (header in only) {
            if (index(target, header) == 1 && FILENAME !~ ("^(" only[header] ")")) {
                bad("includes <" target ">, which belongs to " only[header])
            }
        }
    }
    if (floor[folder] <= 4 && folder != "net" && FILENAME !~ /base\/(mono|rand|log)/ &&
        $0 ~ /<(sys\/socket|sys\/epoll|pthread|time|threads|poll|unistd|sys\/time)\.h>/) {
        bad("floors 0 to 4 outside net/ open no socket, start no thread and read no clock: " $0)
    }
}
function visit(node, path,   list, count, i) {
    if (state[node] == 2) { return }
    if (state[node] == 1) { print "circle:" path " -> " node; circles++; return }
    state[node] = 1
    count = split(edges[node], list, " ")
    for (i = 1; i <= count; i++) { visit(list[i], path " -> " node) }
    state[node] = 2
}
END {
    for (node in edges) { visit(node, "") }
    printf "floors: %d violations, %d circles\n", violations, circles
    exit violations + circles > 0
}'
