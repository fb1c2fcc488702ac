# The project's commands. `make` alone lists them; each says what it does behind its ##.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

# Where `make run` listens, and where it keeps its data (default .data, for the demo .data-demo).
ADDR ?= 127.0.0.1:8080
DATA ?=

# Go's installer leaves the PATH to the reader; we look where it put the programs.
ifeq ($(shell command -v go),)
export PATH := $(PATH):/usr/local/go/bin
endif

# The commit goes into the programs where git will tell it; it will not in somebody else's folder.
stamp = $(if $(shell git rev-parse HEAD 2>/dev/null),auto,false)

##@ Use it

.PHONY: run
run: setup build ## Run the whole contest on this machine (ADDR=host:port, DATA=dir)
	@exec bin/showcase-local --addr '$(ADDR)' --data '$(or $(DATA),.data)'

.PHONY: demo
demo: setup build ## The same with a filled contest, for a first look
	@exec bin/showcase-local --addr '$(ADDR)' --data '$(or $(DATA),.data-demo)' --demo

.PHONY: bench
bench: setup-test build ## Measure appends, votes, rankings and transcoding beside their peers
	@exec bin/showcase-local bench

.PHONY: aws-smoke
aws-smoke: ## Try all of it on a real AWS account and take it down; only with AWS_SMOKE=yes
	@deploy/aws-smoke.sh

.PHONY: fleet
fleet: setup-test ## Break a fleet of many processes under load, one part after another, and print what was lost (nothing)
	@FLEET=all go test -v -count=1 -timeout=40m -run=TestFleet ./internal/fleet

.PHONY: simulate
simulate: ## Play the AWS fleet through launch day, a deadline burst and worse, from the templates' own targets
	@go run ./deploy/simulator -seeds 3 -bands

.PHONY: dist
dist: ## Build the releases for hosts: static programs, ffmpeg, units, with SHA-256 and bill of materials
	@scripts/dist.sh

.PHONY: setup
setup: ## Install what running needs and is missing: ffmpeg, PostgreSQL
	@scripts/setup.sh run

##@ Change it

.PHONY: build
build: ## Build the programs into bin/
	@[ -e bin/showcase-local ] || echo "building (some minutes the first time)"
	@mkdir -p bin
	@go build -buildvcs=$(stamp) -o bin/ ./cmd/...

.PHONY: test
test: setup-test test-web ## Run every test, those in Go with the race detector
	@scripts/unchecked.sh
	@go test -race -shuffle=on -timeout=20m ./...

.PHONY: check
check: check-format check-modules check-generated check-web vet check-imports lint cover ## Everything but the tests: format, generated files, imports, lint, coverage

.PHONY: fmt
fmt: bin/.tools ## Format the Go files
	@$(go-files) | xargs -0 bin/gofumpt -w

.PHONY: generate
generate: setup-test ## Write the generated files anew: the catalogue of facts, the site
	@go run ./internal/docsgen >docs/events.md.new && mv docs/events.md.new docs/events.md
	@cd web && $(node-path) npm run --silent types && $(node-path) npm run --silent build

.PHONY: lint
lint: bin/.tools ## Run the linters
	@bin/golangci-lint run ./...

.PHONY: vet
vet: ## Run go vet
	@go vet ./...

.PHONY: cover
cover: ## Require that tests reach every statement of events and aggregates
	@scripts/cover.sh

.PHONY: setup-test
setup-test: ## Install what the tests need and is missing: the same, gcc, Node.js, newman
	@scripts/setup.sh test

.PHONY: clean
clean: ## Remove what was built; data directories stay
	@rm -rf bin collections/node_modules deploy/guard/node_modules docs/analysts/check/node_modules web/node_modules

.PHONY: help
help: ## List these commands
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# The parts of check and test.

# Programs that npm installed come first; Node.js itself is among them where the system's is too old.
node-path := PATH="$(CURDIR)/bin/node/node_modules/.bin:$(CURDIR)/web/node_modules/.bin:$$PATH"

go-files := find . \( -name '.?*' -o -name node_modules -o -name testdata \) -prune -o -name '*.go' -print0

.PHONY: check-format
check-format: bin/.tools
	@unformatted=$$($(go-files) | xargs -0 bin/gofumpt -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted; type make fmt:"; echo "$$unformatted"; exit 1; fi

.PHONY: check-modules
check-modules:
	@go mod tidy -diff
	@cd tools && go mod tidy -diff

.PHONY: check-generated
check-generated:
	@diff -u docs/events.md <(go run ./internal/docsgen) || { echo "docs/events.md is not current; type make generate"; exit 1; }

.PHONY: check-web
check-web: setup-test
	@scripts/check-web.sh

.PHONY: test-web
test-web: setup-test
	@cd web && $(node-path) vitest run --passWithNoTests

.PHONY: check-imports
check-imports:
	@go test ./internal/arch

# Tools are built once for each version; tools/go.mod pins them.
bin/.tools: tools/go.mod tools/go.sum
	@echo "building gofumpt and golangci-lint (some minutes the first time)"
	@mkdir -p bin
	@cd tools && go build -buildvcs=false -o ../bin/ tool
	@touch $@
