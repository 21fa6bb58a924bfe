#!/bin/sh
# Moves traffic to a colour as soon as that answers with a commit, and not before.
#
#   HAPROXY_SOCKET=… LIVE_MAP=… switch.sh green http://10.0.0.6:8080 "$(git rev-parse HEAD)"
#
# Requests that the other colour is answering go on there to their end. It fails, and nothing has
# moved, if the colour does not answer so within SWITCH_TRIES seconds or so (60).
set -eu
colour=$1 url=$2 commit=$3

curl -fsS -o /dev/null --max-time 5 --retry "${SWITCH_TRIES:-60}" --retry-delay 1 \
    --retry-all-errors "$url/__build?commit=$commit"

# HAProxy answers a command that it has carried out with an empty line.
said=$(printf 'set map %s live %s\n' "$LIVE_MAP" "$colour" | socat - "UNIX-CONNECT:$HAPROXY_SOCKET")
if [ -n "$said" ]; then
    echo "HAProxy did not switch: $said" >&2
    exit 1
fi
# For the next start.
printf 'live %s\n' "$colour" >"$LIVE_MAP"
