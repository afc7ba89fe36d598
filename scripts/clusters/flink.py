"""A Flink cluster of one JobManager and one TaskManager, and the job server through which Beam reaches it."""

from __future__ import annotations

import json
from pathlib import Path

from java import OPEN_MODULES
from processes import RunDirectory, fetch, free_ports, listens

SLOTS = 2
_LOG4J = Path(__file__).parent / "flink" / "log4j.properties"
# Flink's start scripts compute these; they are no part of the package, so the configuration names them.
_TASKMANAGER_MEMORY = {
    "taskmanager.cpu.cores": SLOTS,
    "taskmanager.memory.framework.heap.size": "128m",
    "taskmanager.memory.framework.off-heap.size": "128m",
    "taskmanager.memory.jvm-metaspace.size": "256m",
    "taskmanager.memory.jvm-overhead.min": "192m",
    "taskmanager.memory.jvm-overhead.max": "192m",
    "taskmanager.memory.task.heap.size": "768m",
    "taskmanager.memory.task.off-heap.size": "64m",
    "taskmanager.memory.network.min": "512m",
    "taskmanager.memory.network.max": "512m",
    "taskmanager.memory.managed.size": "256m",
}


def start(run: RunDirectory, package: Path, job_server_jar: Path) -> list[str]:
    """Starts the cluster; the sets of flags that reach it, the first through the job server that is up already.

    Args:
        run: where its processes are kept.
        package: the folder `pyflink` of apache-flink-libraries.
        job_server_jar: Beam's job server.
    """
    rest, rpc, job, artifact, expansion = free_ports(5)
    _write_configuration(run.path, rest, rpc)
    libraries = f"{package / 'lib'}/*"
    java = ["java", *OPEN_MODULES, f"-Dlog4j.configurationFile={_LOG4J}", "-cp", libraries]
    entry = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
    run.start("jobmanager", [java[0], "-Xmx512m", *java[1:], entry, "--configDir", run.path])
    # A TaskManager that knocks too early knocks again after ten seconds.
    run.wait("jobmanager", lambda: fetch(f"http://127.0.0.1:{rest}/overview") is not None)
    worker = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
    run.start("taskmanager", [java[0], "-Xmx1g", *java[1:], worker, "--configDir", run.path])
    ports = [f"--job-port={job}", f"--artifact-port={artifact}", f"--expansion-port={expansion}"]
    server = ["java", "-Xmx512m", *OPEN_MODULES, "-jar", job_server_jar, f"--flink-master=localhost:{rest}"]
    run.start("job-server", [*server, *ports, f"--artifacts-dir={run.path / 'artifacts'}"])
    run.wait("taskmanager", lambda: _slots(rest) == SLOTS)
    run.wait("job-server", lambda: listens(job))
    shared = f"--environment_type=LOOPBACK --parallelism={SLOTS}"
    return [
        f"--runner=PortableRunner --job_endpoint=localhost:{job} {shared}",
        f"--runner=FlinkRunner --flink_master=localhost:{rest} --flink_job_server_jar={job_server_jar} {shared}",
    ]


def _slots(rest: int) -> int:
    overview = fetch(f"http://127.0.0.1:{rest}/overview")
    return int(json.loads(overview)["slots-total"]) if overview else 0


def _write_configuration(folder: Path, rest: int, rpc: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    settings: dict[str, object] = {
        "jobmanager.rpc.address": "localhost",
        "jobmanager.rpc.port": rpc,
        "jobmanager.bind-host": "localhost",
        "jobmanager.memory.process.size": "1g",
        "rest.address": "localhost",
        "rest.bind-address": "localhost",
        "rest.port": rest,
        "taskmanager.host": "localhost",
        "taskmanager.bind-host": "localhost",
        "taskmanager.numberOfTaskSlots": SLOTS,
        "io.tmp.dirs": str(folder),
        **_TASKMANAGER_MEMORY,
    }
    (folder / "config.yaml").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
