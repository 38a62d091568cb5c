# make train    sets up .venv and trains a reader; DATA=FOLDER for images of your own,
#               MINUTES=4 or IMAGES=20000 (shown, the same on any machine) for another budget
# make test     sets up .venv and runs the linters and the tests

PYTHON ?= python3
OUT ?= runs/first
SOURCE = $(if $(DATA),--data "$(DATA)")
BUDGET = $(if $(IMAGES),--images $(IMAGES)) $(if $(MINUTES),--minutes $(MINUTES))

.PHONY: train test

train: .venv/ready
	.venv/bin/python -m fcn_captcha.train $(SOURCE) --out "$(OUT)" $(BUDGET)

test: .venv/ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/pytest -q -n 2 --dist worksteal

.venv/ready: setup.cfg
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q --upgrade pip
	.venv/bin/python -m pip install -q -e '.[train,annotation,serve,test]'
	touch $@
