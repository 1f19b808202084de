# The verbs of the project. Written for GNU make 3.81 and a POSIX sh. Options are variables: make up DETACH=1

PY = .venv/bin/python
SETUP = @sh infra/local/setup.sh
LOCAL = exec $(PY) -m infra.local
MIGRATIONS = services/*/migrations/*.sql services/kit/database/migrations/*.sql
SUBGRAPHS = catalog=services/catalog/schema.graphql=http://127.0.0.1:4001/graphql
SUBGRAPHS += ordering=services/ordering/schema.graphql=http://127.0.0.1:4002/graphql
SUBGRAPHS += delivery=services/delivery/schema.graphql=http://127.0.0.1:4003/graphql
SUBGRAPHS += people=services/people/schema.graphql=http://127.0.0.1:4004/graphql
SUBGRAPHS += insight=services/insight/schema.graphql=http://127.0.0.1:4005/graphql
# services: next

.DEFAULT_GOAL = help
.PHONY: compose-check compose-lint test-compose help setup up down reset clean ps logs demo why token migrate seed test test-kafka chaos check bench bench-releases bench-gateway truth fuzz format lint types imports sql schema supergraph

help: ## the verbs, a line each
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## make the environment in .venv from the hashed requirements (PYTHON=/path/to/python)
	$(SETUP) local

up: ## start everything; Ctrl-C stops it (DETACH=1, LAN=1 for a phone, ROBOTS=company,… COURIER=profile.json PORT_BASE=14000 POSTGRES_PORT=… KAFKA_PORT=…)
	$(SETUP) local && $(LOCAL) up

down: ## stop what make up DETACH=1 started
	$(SETUP) local && $(LOCAL) down

reset: ## stop, and drop the data
	$(SETUP) local && $(LOCAL) reset

clean: ## stop, and remove all that setup and up made
	@if [ -d .wlijo ] && [ -x $(PY) ]; then $(PY) -m infra.local down; fi
	@rm -rf .wlijo .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find services gateway infra tests -name __pycache__ -type d -prune -exec rm -rf {} +

ps: ## what runs, and how much memory it takes (JSON=1)
	$(SETUP) local && $(LOCAL) ps

logs: ## the logs whose name begins with P (P=ordering; F=1 follows, N=lines)
	$(SETUP) local && $(LOCAL) logs

demo: ## place an order through the gateway and follow it to the cash (PACE=20: seconds between its steps)
	$(SETUP) local && $(LOCAL) demo

why: ## one order's life over the services: states, timers, events, offers, ledger (ORDER=LMJ-…)
	$(SETUP) local && $(LOCAL) why

.PHONY: doctor
doctor: ## what is wrong with what make up started, and what to do (ARGS=--json)
	$(SETUP) local && $(LOCAL) doctor

.PHONY: ops
ops: ## what ops type, on what make up started (DO="inbox ordering list")
	$(SETUP) local && $(LOCAL) ops

token: ## a bearer token of a seeded person (ROLE=buyer AS=siti TTL=60s)
	$(SETUP) local >&2 && $(LOCAL) token

migrate: ## apply the services' migrations to the running databases
	$(SETUP) local && $(LOCAL) migrate

seed: ## seed the running databases again (changes nothing when they are seeded)
	$(SETUP) local && $(LOCAL) seed

test: ## the tests (T=tests/unit or any pytest arguments; COVERAGE=1 measures branches)
	$(SETUP) dev && exec $(PY) -m pytest -n 2 --dist loadscope $(if $(COVERAGE),$(COVER)) $(T)

COVER = --cov --cov-branch --cov-report=term:skip-covered --cov-report=xml:.wlijo/coverage.xml

.PHONY: test-fast
test-fast: ## what a change calls for in two minutes: rules, contracts, who may what, and integration of what changed (BASE=commit)
	$(SETUP) dev && exec $(PY) -m pytest -n 2 --dist loadscope $$($(PY) -m tests.changed $(BASE))

.PHONY: test-clients
test-clients: ## Apollo, urql, Relay (example apps, old apps), graphql-sse and codegen from npm, through a restart and a token's end (needs Node)
	@command -v node >/dev/null || { echo "make test-clients needs Node 20 or newer: skipped"; exit 0; }; \
	sh infra/local/setup.sh dev && (cd tests/clients && npm ci --no-audit --no-fund --silent) && \
	WLIJO_TEST_CLIENTS=1 $(PY) -m pytest -n 2 --dist loadscope tests/clients

.PHONY: test-web
test-web: ## the pages in Chromium: axe on each, first views on a slow line, Lighthouse, five people at once; pictures in .wlijo/pictures (T=…; skips what needs a Chromium where there is none)
	$(SETUP) dev && { ! command -v node >/dev/null || (cd tests/screens/lighthouse && npm ci --no-audit --no-fund --silent --ignore-scripts) || \
	  echo "Lighthouse could not be fetched with npm: its tests are skipped"; } && WLIJO_TEST_SCREENS=1 exec $(PY) -m pytest -rs -s $(or $(T),tests/screens)

.PHONY: test-web-short
test-web-short: ## of test-web what .ci/run has time for: five people and one order, a buyer without JavaScript, axe on the pages that most people see
	$(SETUP) dev && WLIJO_TEST_SCREENS=1 exec $(PY) -m pytest -rs tests/screens/test_five.py tests/screens/test_pages.py -k "order or planted or most"

KAFKA_TESTS = tests/kafka $(addprefix tests/integration/,kit/test_backbone.py kit/test_relays.py kit/test_rebuild.py kit/test_telemetry.py \
  kit/test_waiting.py catalog/test_process.py delivery/test_worker.py delivery/test_channels.py) $(addprefix tests/e2e/test_,chaos.py collecting.py faults.py first_order.py hidden.py licences.py packing.py parts.py rounds.py why.py)

test-kafka: ## the tests that need a broker and those through the gateway in which services hear of one another, on Apache Kafka with locks on (needs Java 17 and Maven; T=… for others)
	$(SETUP) dev && $(PY) -m infra.kafka && WLIJO_TEST_BROKER=apache exec $(PY) -m pytest -n 2 --dist loadscope $(or $(T),$(KAFKA_TESTS))

KAFKA_SHORT = tests/kafka $(addprefix tests/integration/kit/test_,backbone.py relays.py rebuild.py) $(addprefix tests/e2e/test_,faults.py first_order.py)

.PHONY: test-kafka-short
test-kafka-short: ## of test-kafka what .ci/run has time for: locks, the backbone, an order, and orders while the broker is gone
	@$(MAKE) test-kafka T="$(KAFKA_SHORT)"

CHAOS = --orders $(or $(ORDERS),1000) $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

chaos: ## real processes killed, frozen and lost under load, and the verdict (ORDERS=1000 SEED=1 MINUTES=10)
	$(SETUP) dev && exec $(PY) -m tests.slow.chaos $(CHAOS)

.PHONY: install
install: ## set up an installation by docker compose: asks, checks, writes .env and secrets (ARGS="--answers FILE --apply --start", ARGS=--help)
	@sh infra/compose/install $(ARGS)

compose-check: ## whether this host can run docker compose up: engine, Compose, memory, disk, ports
	@sh infra/compose/check

compose-lint: ## the compose file, as Compose and its schema read it, and the Dockerfiles
	$(SETUP) dev && .venv/bin/check-jsonschema -q --builtin-schema vendor.compose-spec docker-compose.yml && .venv/bin/hadolint infra/docker/Dockerfile .ci/images/*.Dockerfile
	@if docker compose version >/dev/null 2>&1; then \
	  docker compose --env-file infra/compose/demo.env --profile '*' config -q && \
	  docker compose --env-file infra/compose/demo.env --env-file infra/compose/three-brokers.env --profile '*' config -q; \
	else echo 'no docker compose here: the file was read by its schema alone'; fi

test-compose: ## the compose file for real: built, upgraded, killed, cut, scaled, restored, under load (ONLY=up,kill BEFORE=commit)
	$(SETUP) dev && exec $(PY) -m tests.compose $(if $(ONLY),--only $(ONLY)) $(if $(BEFORE),--before $(BEFORE))

.PHONY: test-compose-short
test-compose-short: ## of test-compose what .ci/run has time for: built, upgraded and taken back under load, bad input, the edge, restored
	@$(MAKE) test-compose ONLY=up,upgrade,bad-input,edge,restore

.PHONY: capacity soak
capacity: ## how many orders a second this host carries by docker compose, and what each process takes of it (as root; a stack of its own)
	@$(MAKE) test-compose ONLY=up,capacity

soak: ## the stack by docker compose at half of that for long: memory, backlog, disk, and the curve (MINUTES=60 FILE=soak.csv)
	@SOAK_MINUTES=$(or $(MINUTES),60) SOAK_FILE=$(if $(FILE),$(abspath $(FILE))) $(MAKE) test-compose ONLY=up,soak

.PHONY: gate
gate: format-check lint types imports house sql drift api contracts-check settings-check compose-lint ## the static gate: nothing is run

check: gate ## the static gate, then unit and contract tests
	$(SETUP) dev && exec $(PY) -m pytest -n 2 --dist loadscope tests/unit tests/contracts tests/gateway/test_vocabulary.py

bench: ## figures of the first order, on a slow line too, of the backbone, of search, stock, files of goods and photos, of signing in, of notices, statements, rest, timers, old orders, insight and what an order leaves on disk, each beside a stated alternative
	$(SETUP) dev && $(PY) -m infra.bench.first_order && $(PY) -m infra.bench.slow_line && $(PY) -m infra.bench.backbone && $(PY) -m infra.bench.tokens && $(PY) -m infra.bench.finding && $(PY) -m infra.bench.stock && $(PY) -m infra.bench.bulk && $(PY) -m infra.bench.sign_in && $(PY) -m infra.bench.notices && $(PY) -m infra.bench.photos && $(PY) -m infra.bench.statement && $(PY) -m infra.bench.statements && $(PY) -m infra.bench.rest && $(PY) -m infra.bench.waiting && $(PY) -m infra.bench.old_orders && $(PY) -m infra.bench.insight && $(PY) -m infra.bench.projection && $(PY) -m infra.bench.storage && exec $(PY) -m infra.bench.recovery

bench-releases: ## CPU and statements of an order, requests and rest by process, beside stated figures and goals (ARGS=--beside runs 9e163227 too)
	$(SETUP) dev && exec $(PY) -m infra.bench.releases $(ARGS)

bench-gateway: ## CPU per request of the gateway beside Hive Gateway and Apollo Gateway (ARGS="--ours --seconds 5")
	$(SETUP) dev && exec $(PY) -m infra.bench.gateway $(ARGS)

truth: ## the gateway beside a plain execution, on random operations (OPERATIONS=10000 SEED=1 HIVE=1 puts Hive Gateway beside it)
	$(SETUP) dev && exec $(PY) -m tests.gateway.differential --operations $(or $(OPERATIONS),1000) --seed $(or $(SEED),1) $(if $(HIVE),--hive)

.PHONY: truth-subgraphs
truth-subgraphs: ## planned execution beside graphql-core's, on random operations of each subgraph with faults (OPERATIONS=10000 SEED=1)
	$(SETUP) dev && exec $(PY) -m tests.unit.kit.execution.differential --operations $(or $(OPERATIONS),1000) --seed $(or $(SEED),1)

fuzz: ## requests that nobody means well by, against the gateway (REQUESTS=100000 SEED=1 WORKERS=2)
	$(SETUP) dev && exec $(PY) -m tests.gateway.fuzz --requests $(or $(REQUESTS),10000) --seed $(or $(SEED),1) $(if $(WORKERS),--workers $(WORKERS))

.PHONY: fuzz-records
fuzz-records: ## hostile records on every topic, between honest ones (RECORDS=10000 SEED=1)
	$(SETUP) dev && exec $(PY) -m tests.slow.hostile_records --records $(or $(RECORDS),10000) --seed $(or $(SEED),1)

.PHONY: fuzz-partners
fuzz-partners: ## sessions of companies that nobody means well by, beside an honest one (SESSIONS=1000 SEED=1)
	$(SETUP) dev && exec $(PY) -m tests.slow.partner_sessions --sessions $(or $(SESSIONS),1000) --seed $(or $(SEED),1)

.PHONY: partner-check
partner-check: ## whether an ojek company's system keeps the partner contract: test jobs on a running platform (CHANNEL=feed|webhook|topic ARGS='--listen 9000'; docs/partners.md)
	$(SETUP) dev && exec $(PY) -m infra.partner_check $(or $(CHANNEL),feed) $(ARGS)

.PHONY: money
money: ## whole orders in any order of what can happen to them, the provider and the broker misbehaving, until no rupiah is unexplained (ORDERS=300 SEED=1 AT_ONCE=1)
	$(SETUP) dev && exec $(PY) -m tests.slow.money --orders $(or $(ORDERS),300) $(if $(SEED),--seed $(SEED)) $(if $(AT_ONCE),--at-once)

.PHONY: story
story: ## an empty installation in production mode: the first of ops, a stall, a company, an order, notices, a copy, being forgotten
	$(SETUP) dev && exec $(PY) -m tests.slow.story

.PHONY: neighbours
neighbours: ## an honest buyer's pages and orders beside each careless neighbour, and alone (ONLY=subscriptions ROUNDS=3 CONTROL=1)
	$(SETUP) dev && exec $(PY) -m tests.slow.neighbours --rounds $(or $(ROUNDS),3) --only "$(ONLY)" $(if $(CONTROL),--control)

.PHONY: test-alerts
test-alerts: ## every alert fired by doing its cause to a whole installation, and ended by its runbook (ONLY=ProcessGone,DeadLetters; root, for a disk that fills)
	$(SETUP) dev && exec $(PY) -m tests.slow.alerts $(if $(ONLY),--only $(ONLY))

.PHONY: load-sign-in
load-sign-in: ## so many persons sign in within so long, some showing codes and tokens twice, and the verdict (PERSONS=2000 MINUTES=1 CONTROL=1)
	$(SETUP) dev && exec $(PY) -m tests.slow.sign_in --persons $(or $(PERSONS),1000) --minutes $(or $(MINUTES),1) $(if $(CONTROL),--control)

format: ## put the code into the one format
	$(SETUP) dev && $(PY) -m ruff format . && $(PY) -m ruff check --fix --select I .

.PHONY: format-check
format-check:
	$(SETUP) dev && $(PY) -m ruff format --check .

lint: ## style and likely faults
	$(SETUP) dev && $(PY) -m ruff check .

types: ## strict types, tests too
	$(SETUP) dev && $(PY) -m mypy

imports: ## who may import whom
	$(SETUP) dev && .venv/bin/lint-imports

.PHONY: house
house: ## our own rules: the kit knows no business word, SQL stands in store/, no file above 400 lines, pages name paths that are there
	$(SETUP) dev && $(PY) -m tests.house

sql: ## migrations that would lock or break what runs
	$(SETUP) dev && .venv/bin/squawk $(MIGRATIONS)

.PHONY: drift
drift: ## whether each schema.graphql is what the code says, and the supergraph what they compose to
	$(SETUP) dev && $(PY) -m services.sdl --check && $(PY) -m gateway.supergraph.drift

schema: ## print each subgraph's SDL into its folder
	$(SETUP) dev && $(PY) -m services.sdl

.PHONY: dashboards
dashboards: ## write the boards of infra/dashboards for Prometheus and Grafana
	$(SETUP) dev && $(PY) -m infra.dashboards

.PHONY: sbom sbom-check
sbom: ## the software bill of materials, CycloneDX (FILE=.wlijo/wlijo.cdx.json)
	$(SETUP) dev && exec $(PY) -m infra.sbom write $(or $(FILE),.wlijo/wlijo.cdx.json)

sbom-check: ## whether a package is known to be vulnerable, by a file of OSV and without internet (OSV=all.zip ARGS=--json)
	$(SETUP) dev && exec $(PY) -m infra.sbom check --osv $(OSV) $(ARGS)

.PHONY: settings settings-check
settings: ## write docs/settings.md, every setting of every process, out of the code that reads them
	$(SETUP) dev && $(PY) -m infra.settings write

settings-check: ## whether docs/settings.md is current, and .env.example and docker-compose.yml name what is read and nothing else
	$(SETUP) dev && $(PY) -m infra.settings check

.PHONY: contracts contracts-check
contracts: ## print docs/contracts, the AsyncAPI documents, from the event classes; refuses what breaks whoever is there
	$(SETUP) dev && $(PY) -m services.contracts.printed write

contracts-check: ## whether docs/contracts are printed, and break nobody
	$(SETUP) dev && $(PY) -m services.contracts.printed check

.PHONY: api api-changelog release-api
api: ## whether the public schema is described and in shape, breaks no client of the last release, and what is written of it is current
	$(SETUP) dev && $(PY) -m gateway.governance check

api-changelog: ## print CHANGELOG-API.md, and the set-up of caches into docs/api.md
	$(SETUP) dev && $(PY) -m gateway.governance write

release-api: ## keep the public schema as a release (VERSION=0.2.0 BASELINE=1 while no app has been given out)
	$(SETUP) dev && $(PY) -m gateway.governance release $(VERSION) $(if $(BASELINE),--baseline)

.PHONY: new-service
new-service: ## write a service in the one shape and enter it wherever services are listed (NAME=reviews)
	@sh infra/local/setup.sh dev && $(PY) -m infra.new_service $(NAME)

supergraph: schema ## compose the supergraph (needs Node; at development time only)
	@cd gateway/compose && npm ci --no-audit --no-fund --silent
	@node gateway/compose/compose.mjs gateway/supergraph.graphql $(SUBGRAPHS)
	@$(PY) -m gateway.supergraph.drift
