# Names for the scripts in scripts/, where the work is.

.DEFAULT_GOAL := help
.PHONY: help demo fast test test-sensu fuzz lint docs site site-serve pictures goldens bench deb release clean

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

demo: ## run checks on this machine, and compile examples/shop for Nagios and Sensu
	@scripts/demo

test: ## lint, then run all tests, with real components where they can be installed
	@scripts/test

fast: ## lint, then run every test that needs no daemon
	@scripts/fast

test-sensu: ## run the tests with a real Sensu Go, from the folder SENSU_GO_BIN
	@scripts/test-sensu

fuzz: ## fuzz the parsers of text from outside, until one fails or you stop it
	@scripts/fuzz $(MINUTES)

lint: ## ruff and mypy --strict
	@scripts/lint

bench: ## measure the promises of docs/background/performance.md; WHAT=http names a part, WHAT=all takes an hour
	@scripts/bench $(WHAT)

docs: ## write the generated pages: checks, rules, API, command line
	@scripts/docs

site: ## build the documentation site into site/, and fail on a broken link
	@scripts/site

site-serve: ## show the site at http://localhost:8000, and build it again after each change
	@scripts/site serve
pictures: ## make the pictures of the docs again from real runs; WHAT=explain names one
	@scripts/pictures $(WHAT)

goldens: ## write golden files again after an intended change of output
	@scripts/goldens

deb: ## build a Debian package of the checks into dist/
	@scripts/build-deb dist

release: ## build wheel, sdist and .deb, check and try each, and print how to tag
	@scripts/release

clean: ## remove environments, builds and caches
	@scripts/clean
