# Names for the scripts in scripts/, where the work is.

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench clean

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

demo: ## run checks on this machine, and compile examples/shop for Nagios and Sensu
	@scripts/demo

test: ## lint, then run all tests, with real components where they can be installed
	@scripts/test

lint: ## ruff and mypy --strict
	@scripts/lint

bench: ## measure what docs/performance.md promises
	@scripts/bench

clean: ## remove environments, builds and caches
	@scripts/clean
