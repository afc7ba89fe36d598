# One command per chore; `make` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= demo

# Bytecode must be kept: without it every process compiles TensorFlow's Python anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test peers flink flink-stop spark spark-stop prism beam-tests \
        postgresql postgresql-stop mysql mysql-stop mysql8 mysql8-stop database-tests fuzz lint types format wheel protos lock bench clean

help: ## list the chores
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.ready: pyproject.toml constraints.txt CMakeLists.txt $(wildcard native/*.cpp native/*.h)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "gristmill needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …" >&2; exit 1; }
	@command -v c++ >/dev/null || { echo "gristmill needs a C++17 compiler, e.g. the package g++" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt \
	  -e '.[tensorflow,notebook,beam,dataflow]' --group dev
	@touch $@

demo: $(VENV)/.ready ## set up, then run the taxi pipeline from CSV to pushed model
	@$(BIN)/gristmill template copy taxi $(DEMO) --exist-ok
	@cd $(DEMO) && $(abspath $(BIN))/gristmill run pipeline.py && $(abspath $(BIN))/python predict.py

test: $(VENV)/.ready ## set up, then run all tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

# The family's own packages, each in an environment that it installs into: data validation and the metadata store need
# Python 3.9 or 3.10 (OLD_PYTHON names one), transform takes ours. dill 0.4 breaks the Beam of that time.
PEERS      := .venv-peers
OLD_PYTHON ?= python3.10

$(PEERS)/.ready: $(VENV)/.ready
	$(BIN)/uv venv --quiet --clear --python $(OLD_PYTHON) $(PEERS)/old
	$(BIN)/uv pip install --quiet --python $(PEERS)/old/bin/python \
	  ml-metadata==1.16.0 tensorflow-data-validation==1.16.1 'dill<0.4'
	$(BIN)/uv venv --quiet --clear --python $(PYTHON) $(PEERS)/new
	$(BIN)/uv pip install --quiet --python $(PEERS)/new/bin/python \
	  tensorflow-transform==1.21.0 tensorflow-serving-api openlineage-python
	@touch $@

peers: $(PEERS)/.ready ## cross-check against the TFX family's own packages
	old=$(abspath $(PEERS)/old/bin/python); new=$(abspath $(PEERS)/new/bin/python); \
	  GRISTMILL_MLMD_PYTHON=$$old GRISTMILL_TFDV_PYTHON=$$old \
	  GRISTMILL_TFT_PYTHON=$$new GRISTMILL_SERVING_PYTHON=$$new GRISTMILL_OPENLINEAGE_PYTHON=$$new \
	  $(BIN)/python -m pytest -q -m peer tests

# Clusters on the loopback interface: Flink and Spark from PyPI's packages of them, Beam's job servers for them built with
# Maven, Beam's runner Prism built with Go. docs/beam.md tells more.
CLUSTERS   := .venv-clusters
JOB_SERVER := mvn --quiet --batch-mode --no-transfer-progress -f scripts/clusters/pom.xml package

$(CLUSTERS)/.ready: $(VENV)/.ready
	$(BIN)/uv venv --quiet --clear --python $(PYTHON) $(CLUSTERS)
	@touch $@

$(CLUSTERS)/.flink: $(CLUSTERS)/.ready
	$(BIN)/uv pip install --quiet --python $(CLUSTERS)/bin/python --no-deps apache-flink-libraries==1.19.3
	@touch $@

$(CLUSTERS)/.spark: $(CLUSTERS)/.ready
	$(BIN)/uv pip install --quiet --python $(CLUSTERS)/bin/python --no-deps pyspark==3.5.9
	@touch $@

.clusters/flink/job-server.jar: scripts/clusters/pom.xml scripts/clusters/flink/pom.xml
	@command -v mvn >/dev/null || { echo "the job server is built with Maven and Java 17, e.g. the packages maven and openjdk-17-jdk-headless" >&2; exit 1; }
	$(JOB_SERVER) -pl flink

.clusters/spark/job-server.jar: scripts/clusters/pom.xml scripts/clusters/spark/pom.xml $(CLUSTERS)/.spark
	@command -v mvn >/dev/null || { echo "the job server is built with Maven and Java 17, e.g. the packages maven and openjdk-17-jdk-headless" >&2; exit 1; }
	@$(JOB_SERVER) -pl spark -Djob.server.classpath="$$(printf 'file://%s ' $(abspath $(CLUSTERS))/lib/python3*/site-packages/pyspark/jars/*.jar)"

.clusters/bin/prism: $(VENV)/.ready
	@command -v go >/dev/null || { echo "Prism is built with Go, e.g. the package golang" >&2; exit 1; }
	GOBIN=$(abspath $(@D)) go install github.com/apache/beam/sdks/v2/go/cmd/prism@v$$($(BIN)/python -c 'from apache_beam.version import __version__ as v; print(v)')

flink: $(CLUSTERS)/.flink .clusters/flink/job-server.jar ## start a Flink cluster for Beam and print the flags to use
	@$(BIN)/python scripts/clusters start flink

spark: $(CLUSTERS)/.spark .clusters/spark/job-server.jar ## start a Spark cluster for Beam and print the flags to use
	@$(BIN)/python scripts/clusters start spark

prism: .clusters/bin/prism ## build Beam's local runner Prism and print the flags to use
	@$(BIN)/python scripts/clusters start prism

flink-stop: ## stop the Flink cluster
	@$(BIN)/python scripts/clusters stop flink

spark-stop: ## stop the Spark cluster
	@$(BIN)/python scripts/clusters stop spark

ENGINES ?= flink spark prism

beam-tests: $(addprefix .ready-,$(ENGINES)) ## compare the local engine with Flink, Spark and Prism (ENGINES=…)
	$(BIN)/python scripts/clusters run $(ENGINES) -- \
	  $(BIN)/python -m pytest -q --durations=12 -k '$(subst $() , or ,$(strip $(ENGINES)))' tests/beam

.PHONY: .ready-flink .ready-spark .ready-prism
.ready-flink: $(CLUSTERS)/.flink .clusters/flink/job-server.jar
.ready-spark: $(CLUSTERS)/.spark .clusters/spark/job-server.jar
.ready-prism: .clusters/bin/prism

# Database servers on the loopback interface, from the system's packages postgresql and mariadb-server; MySQL 8 from
# Maven's repository, half a gigabyte.
postgresql: $(VENV)/.ready ## start a private PostgreSQL server and print its URL
	@$(BIN)/python scripts/databases start postgresql

mysql: $(VENV)/.ready ## start a private MariaDB server and print its URL
	@$(BIN)/python scripts/databases start mysql

mysql8: .clusters/mysql8/bin/mysqld $(VENV)/.ready ## start a private MySQL 8 server and print its URL
	@$(BIN)/python scripts/databases start mysql8

postgresql-stop: ## stop the PostgreSQL server and drop what it stored
	@$(BIN)/python scripts/databases stop postgresql

mysql-stop: ## stop the MariaDB server and drop what it stored
	@$(BIN)/python scripts/databases stop mysql

mysql8-stop: ## stop the MySQL 8 server and drop what it stored
	@$(BIN)/python scripts/databases stop mysql8

.clusters/mysql8/bin/mysqld: scripts/databases/pom.xml
	@command -v mvn >/dev/null || { echo "MySQL 8 comes by Maven, e.g. the package maven" >&2; exit 1; }
	mvn --quiet --batch-mode --no-transfer-progress -f $< package
	@touch $@

DATABASES ?= postgresql mysql

database-tests: $(VENV)/.ready $(if $(filter mysql8,$(DATABASES)),.clusters/mysql8/bin/mysqld) ## test the metadata store on PostgreSQL and MariaDB (DATABASES="… mysql8")
	$(if $(wildcard $(PEERS)/old/bin/python),GRISTMILL_MLMD_PYTHON=$(abspath $(PEERS)/old/bin/python)) \
	  $(BIN)/python scripts/databases run $(DATABASES) -- $(BIN)/python -m pytest -q --durations=8 -m database tests/metadata

# Not the environment's: shells count their own SECONDS.
fuzz: SECONDS = 60
fuzz: $(VENV)/.ready ## fuzz the native code, for a minute in all (SECONDS=…)
	PYTHON=$(BIN)/python native/fuzz/run.sh $(SECONDS)

lint: $(VENV)/.ready ## style and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready ## strict type check
	$(BIN)/mypy

format: $(VENV)/.ready ## rewrite the code in house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: $(VENV)/.ready ## build sdist and wheel in isolation, into dist/
	$(BIN)/python -m build --installer uv

protos: $(VENV)/.ready ## regenerate the protobuf modules
	PYTHON=../$(BIN)/python scripts/generate_protos.sh

lock: $(VENV)/.ready ## choose anew the versions that CI runs with
	@{ sed -n 1p constraints.txt; printf 'pyarrow<26\nnumpy<2.5\npython-dateutil<3\n' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --no-header --no-annotate --no-emit-find-links --extra tensorflow --extra notebook --extra beam --extra dataflow --group dev -c - pyproject.toml; } > constraints.new
	@mv constraints.new constraints.txt

bench: $(VENV)/.ready ## run the benchmarks
	$(BIN)/python benchmarks/run.py

clean: ## remove everything that the chores made
	@[ ! -d .clusters/run ] || $(PYTHON) scripts/clusters stop flink spark
	@[ ! -d .clusters/run ] || $(PYTHON) scripts/databases stop postgresql mysql mysql8
	rm -rf $(VENV) $(PEERS) $(CLUSTERS) .clusters build dist $(DEMO)
