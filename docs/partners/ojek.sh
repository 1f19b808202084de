#!/usr/bin/env bash
# One job by hand with curl: takes the first test job that is offered, and carries it to its end. Needs bash, curl and grep, no more.
#
#   WLIJO_URL=https://wlijo.example CLIENT_ID=cli_… CLIENT_SECRET=… RIDER_ID=rid_… bash ojek.sh
#
# To see how it goes, not to work with: a machine of yours reads JSON as JSON, and sends again what was not answered (ojek.py, ojek.mjs).
set -euo pipefail

# The first value of a name in JSON that has none of its own like it.
value() { grep -o "\"$1\": *\"[^\"]*\"" | head -n 1 | sed 's/.*: *"//; s/"$//'; }

token=$(curl -sS --fail-with-body -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials "$WLIJO_URL/oauth2/token" | value access_token)

reply() { # name, type, data
  curl -sS --fail-with-body --retry 5 --retry-all-errors -H "authorization: Bearer $token" -H "content-type: application/cloudevents+json" \
    -d "{\"specversion\": \"1.0\", \"id\": \"$offer.$1\", \"type\": \"partner.$2.v1\", \"data\": {\"job_id\": \"$job\"${3:+, $3}}}" \
    "$WLIJO_URL/partner/v1/replies"
  echo
}

cursor="" offered=""
until [ -n "$offered" ]; do
  page=$(curl -sS --fail-with-body --retry 5 -G -H "authorization: Bearer $token" --data-urlencode "after=$cursor" -d wait=20 \
    "$WLIJO_URL/partner/v1/events")
  cursor=$(printf %s "$page" | value cursor)
  # Of the newest offer of a test job the head of its data: its ids stand right behind `test` and `sent_at`.
  offered=$(printf %s "$page" | grep -o '"test": *true, *"sent_at": *"[^"]*", *"job_id": *"[^"]*", *"offer_id": *"[^"]*"' | tail -n 1 || true)
done
job=$(printf %s "$offered" | value job_id) offer=$(printf %s "$offered" | value offer_id)

reply accept accept "\"offer_id\": \"$offer\", \"rider_id\": \"$RIDER_ID\""
reply at_pickup arrived '"at": "pickup"'
reply picked_up picked_up
reply at_dropoff arrived '"at": "dropoff"'
reply delivered delivered "\"pin\": \"000000\", \"cash_collected_rupiah\": ${CASH:-0}"
