#!/usr/bin/env bash
# Asks a worker at OPS_URL, with the key in OPS_API_KEY, for everything its pages show: on a database that fill.sql has filled. Prints for
# each question the median and the slowest of three answers in milliseconds, the status and the size of the answer.
set -euo pipefail
cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT

id_of() { printf %s "$1" | md5sum | sed -E 's/(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/'; }
days_ago() { date -u -d "$1 days ago" +%Y-%m-%dT%H:%M:%SZ; }
times=3
ask() {
  local status size took all=()
  for _ in $(seq $times); do
    read -r status size took < <(curl -s -m 60 -o answer -H "Authorization: Bearer $OPS_API_KEY" -H 'Content-Type: application/json' \
      -w '%{http_code} %{size_download} %{time_total}\n' "${@:2}" "$OPS_URL$1" || true)
    all+=("$took")
  done
  printf '%s\n' "${all[@]}" | sort -n | awk -v status="$status" -v size="$size" -v asked="$1 ${*:2}" \
    '{ took[NR] = $1 * 1000 } END { printf "%6.0f %6.0f  %s %8s  %s\n", took[int((NR + 1) / 2)], took[NR], status, size, asked }'
}
# The page that the last answer ends with.
ask_next() {
  local next
  next=$(grep -o '"cursor": *"[^"]*"' answer | tail -1 | sed 's/.*"\([^"]*\)"$/\1/') || true
  [ -z "$next" ] || ask "$1&cursor=$next"
}

big=$(id_of merchant1) small=$(id_of merchant4711) nobody=$(id_of nobody)
job=$(id_of job4000000) payment=$(id_of payment4711)
states=('' queued succeeded retrying dead skipped)
places=('' queue=webhooks queue=webhooks_retry queue=periodic type=webhook:delivery type=never)
merchants=('' "merchant_id=$big" "merchant_id=$small" "merchant_id=$nobody")
events=('' event=payment.completed event=never)
spans=('' "from=$(days_ago 1)" "to=$(days_ago 29)")

times=1
for state in "${states[@]}"; do
  for place in "${places[@]}"; do
    for merchant in "${merchants[@]}"; do
      for event in "${events[@]}"; do
        for span in "${spans[@]}"; do
          ask "/api/jobs?${state:+state=$state&}${place:+$place&}${merchant:+$merchant&}${event:+$event&}$span"
        done
      done
    done
  done
done > combinations
times=3
for path in '?limit=500' '?state=dead' "?merchant_id=$big" "?merchant_id=$big&state=dead" '?queue=periodic' '?type=payment:expiry'; do
  ask "/api/jobs$path"
  ask_next "/api/jobs$path"
done
for reference in pay_4000000 wait_3 nothing; do
  ask "/api/jobs?reference=$reference"
  ask "/api/jobs?reference=$reference&state=dead"
done
count() { awk "$1" combinations | wc -l; }
echo "/api/jobs: $(count '$3 == 200') combinations of filters answered, of those $(count '$3 == 200 && $1 > 250') after 250 ms;" \
  "$(count '$3 == 400') told to name more. The slowest:"
sort -rn combinations | head -25

ask "/api/jobs/$job"
ask "/api/payments/$payment"
for path in queues outbox workers schedules bulk-jobs webhooks/endpoints 'webhooks/endpoints?state=disabled' \
  "webhooks/endpoints/$big" waiting/merchants \
  'waiting/merchants?limit=1000' "waiting/merchants?merchant_id=$big" wallets 'wallets?days=90' \
  "settlement-reports?from=$(date -u -d '360 days ago' +%F)"; do
  ask "/api/$path"
done
ask /metrics
for by in queue type minute hour merchant event; do ask "/api/figures?by=$by"; done
for by in queue type hour; do ask "/api/figures?by=$by&from=$(days_ago 30)"; done
for by in merchant event; do ask "/api/figures?by=$by&from=$(days_ago 6)"; done
for by in hour event; do
  ask "/api/figures?by=$by&merchant_id=$big&from=$(days_ago 30)"
  ask "/api/figures?by=$by&merchant_id=$small&from=$(days_ago 30)"
done
for query in pay_4711 A-4711 "0x$(printf hash4711 | md5sum | cut -c1-32)" 'Merchant%2047' 'no%20such%20thing' "$job" "$payment" \
  "$big" "$(id_of payout1)" "$nobody" wait_3; do
  ask "/api/search?q=$query"
done
letters=('' queue=webhooks queue=webhooks_retry queue=periodic "merchant_id=$big" "merchant_id=$small" "merchant_id=$nobody"
  event=payment.completed event=never reason=status_5xx reason=never state=requeued state=dropped state=requeueing
  "state=dropped&merchant_id=$small" "from=$(days_ago 1)" "to=$(days_ago 29)" "queue=webhooks&reason=never" "merchant_id=$big&reason=never")
for filter in "${letters[@]}"; do
  ask "/api/dead-letters?$filter"
  ask_next "/api/dead-letters?$filter"
  ask "/api/dead-letters?order=newest&$filter"
done
for filter in '"all":true' '"queue":"webhooks"' "\"merchant_id\":\"$big\"" '"event":"payment.completed"' '"reason":"status_5xx"' \
  '"reason":"never"'; do
  ask /api/dead-letters/requeue -d "{$filter,\"dry_run\":true}"
done
ask /api/webhooks/recover -d "{\"merchant_id\":\"$big\",\"from\":\"$(days_ago 30)\",\"dry_run\":true}"
ask /api/webhooks/recover -d "{\"merchant_id\":\"$big\",\"from\":\"$(days_ago 1)\",\"dry_run\":true}"
for filter in '' "merchant_id=$big" "merchant_id=$nobody" event=payment.completed event=never reason=retry reason=no_room \
  reason=duplicate attempt=first attempt=retry \
  on_the_road=true on_the_road=false unreadable=true unreadable=false "from=$(date -u -d '3 days' +%FT%TZ)" \
  "to=$(date -u -d '1 day' +%FT%TZ)" "merchant_id=$big&reason=duplicate"; do
  ask "/api/waiting?$filter"
  ask_next "/api/waiting?$filter"
done
for filter in '"all":true' "\"merchant_id\":\"$big\"" '"event":"never"' '"reason":"no_room"'; do
  ask /api/waiting/release -d "{$filter,\"dry_run\":true}"
done
for filter in limit=500 operator=operator-7 operator=nobody 'action=POST%20/api/queues/%7Bqueue%7D/pause' action=never target=4711 \
  target=never outcome=refused outcome=failed \
  outcome=open "from=$(days_ago 1)" "to=$(days_ago 89)" "operator=nobody&from=$(days_ago 7)"; do
  ask "/api/operator-actions?$filter"
done
