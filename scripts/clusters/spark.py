"""A Spark standalone cluster of one master and one worker, and the job server through which Beam reaches it."""

from __future__ import annotations

import json
from pathlib import Path

from java import OPEN_MODULES
from processes import RunDirectory, fetch, free_ports, listens

CORES = 2
_DEPLOY = "org.apache.spark.deploy"


def start(run: RunDirectory, package: Path, job_server_jar: Path) -> list[str]:
    """Starts the cluster; the sets of flags that reach it, the first through the job server that is up already.

    Args:
        run: where its processes are kept.
        package: the folder `pyspark`, Spark's home.
        job_server_jar: Beam's job server.
    """
    port, page, worker_page, job, artifact, expansion = free_ports(6)
    # The worker starts executors with Spark's own launcher, which finds its way by these.
    environment = {"SPARK_HOME": str(package), "SPARK_SCALA_VERSION": "2.12", "SPARK_LOCAL_IP": "127.0.0.1"}
    java = ["java", "-Xmx512m", *OPEN_MODULES, "-cp", f"{package / 'jars'}/*"]
    ports = ["--host", "localhost", "--port", port, "--webui-port", page]
    run.start("master", [*java, f"{_DEPLOY}.master.Master", *map(str, ports)], environment)
    run.wait("master", lambda: _master(page) is not None)
    resources = ["--host", "localhost", "--cores", CORES, "--memory", "2g", "--webui-port", worker_page]
    resources += ["--work-dir", run.path / "work"]
    url = f"spark://localhost:{port}"
    run.start("worker", [*java, f"{_DEPLOY}.worker.Worker", *map(str, resources), url], environment)
    # Spark allows one context in a process. Jobs share it: else a job fails that comes while another one runs.
    share = "-Dbeam.spark.test.reuseSparkContext=true"
    server = ["java", "-Xmx1g", share, *OPEN_MODULES, "-jar", job_server_jar, f"--spark-master-url={url}"]
    ports = [f"--job-port={job}", f"--artifact-port={artifact}", f"--expansion-port={expansion}"]
    run.start("job-server", [*server, *ports, f"--artifacts-dir={run.path / 'artifacts'}"], environment)
    run.wait("worker", lambda: _cores(page) == CORES)
    run.wait("job-server", lambda: listens(job))
    # Without the list executors fetch all jars that the job server runs with, the 250 of Spark too, which they have.
    shared = f"--environment_type=LOOPBACK --files_to_stage={job_server_jar}"
    return [
        f"--runner=PortableRunner --job_endpoint=localhost:{job} {shared}",
        f"--runner=SparkRunner --spark_master_url={url} --spark_job_server_jar={job_server_jar}"
        f" --job_server_jvm_properties={share} {shared}",
    ]


def _master(page: int) -> dict[str, object] | None:
    state = fetch(f"http://127.0.0.1:{page}/json/")
    return dict(json.loads(state)) if state else None


def _cores(page: int) -> object:
    return (_master(page) or {}).get("cores")
