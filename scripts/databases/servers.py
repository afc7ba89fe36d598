"""How each database server is set up in a folder of its own, and started there.

Servers refuse to run as root, so root runs them as the account that the server's package made. MySQL 8 has no package,
hence no account: it runs as whoever starts it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from processes import ClusterError, RunDirectory, free_ports, listens

PROCESS = "server"
"""The name of a server's process in its run directory."""

_DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")
_MYSQL8 = Path(__file__).resolve().parents[2] / ".clusters" / "mysql8"  # where the Makefile unpacks it


@dataclass(frozen=True)
class Server:
    """A kind of database server.

    Attributes:
        account: who runs it when root starts it; None for root itself.
        start: sets an instance up in an empty folder, starts it there, gives its URL.
        stops_by: the signal that ends it in good order, without waiting for its clients.
    """

    account: str | None
    start: Callable[[RunDirectory, Path, list[str]], str]
    stops_by: signal.Signals = signal.SIGTERM


def as_account(account: str | None, folder: Path) -> list[str]:
    """The prefix of commands that run as the account, which is given the folder; empty for anybody but root."""
    if account is None or os.geteuid() != 0:
        return []
    shutil.chown(folder, account, account)
    return ["setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups", "--"]


def _start_postgresql(run: RunDirectory, folder: Path, prefix: list[str]) -> str:
    programs = _postgresql_programs()
    data, file, password = folder / "data", folder / "password", secrets.token_hex()
    _write(file, password)
    certificate, key = _certificate(folder, "postgres", prefix)
    who = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={file}"]
    what = ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D", data]
    _set_up([*prefix, programs / "initdb", *who, *what], folder)
    [port] = free_ports(1)
    # What is stored need not outlive the machine.
    settings = ["fsync=off", "full_page_writes=off", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}"]
    settings += ["ssl=on", f"ssl_cert_file={certificate}", f"ssl_key_file={key}"]
    options = [part for setting in settings for part in ("-c", setting)]
    run.start(PROCESS, [*prefix, programs / "postgres", "-D", data, "-p", port, *options])
    run.wait(PROCESS, lambda: listens(port))
    return f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"


def _postgresql_programs() -> Path:
    """The folder of the server's programs: Debian's newest, else where the search path finds initdb."""
    found = sorted(_DEBIAN_POSTGRESQL.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    return _program("initdb", "postgresql").parent


def _start_mysql(run: RunDirectory, folder: Path, prefix: list[str]) -> str:
    server, installer = _program("mariadbd", "mariadb-server"), _program("mariadb-install-db", "mariadb-server")
    _set_up([*prefix, installer, "--no-defaults", f"--datadir={folder}/data", "--skip-test-db"], folder)
    options = ["--innodb-flush-method=nosync", "--skip-innodb-file-per-table", "--skip-sync-frm"]
    return _run_mysql(run, folder, prefix, [server, "--no-defaults", *options])


def _start_mysql8(run: RunDirectory, folder: Path, prefix: list[str]) -> str:
    if not _MYSQL8.exists():
        raise ClusterError("MySQL 8 is not unpacked; `make mysql8` does it")
    command: list[object] = [_MYSQL8 / "bin" / "mysqld", "--no-defaults", f"--basedir={_MYSQL8}", "--mysqlx=OFF"]
    command += ["--user=root"] if os.geteuid() == 0 else []
    _set_up([*command, f"--datadir={folder}/data", "--initialize-insecure"], folder)
    return _run_mysql(run, folder, prefix, [*command, "--innodb-flush-method=nosync", "--skip-innodb-file-per-table"])


def _run_mysql(run: RunDirectory, folder: Path, prefix: list[str], command: list[object]) -> str:
    """Starts a server whose data are set up; gives its URL."""
    first, password = folder / "first.sql", secrets.token_hex()
    grant = "GRANT ALL ON *.* TO 'gristmill'@'%' WITH GRANT OPTION"
    _write(first, f"CREATE USER IF NOT EXISTS 'gristmill'@'%' IDENTIFIED BY '{password}';\n{grant};\n")
    certificate, key = _certificate(folder, "mysql", prefix)
    [port] = free_ports(1)
    place = [f"--datadir={folder}/data", f"--socket={folder}/socket", "--bind-address=127.0.0.1", f"--port={port}"]
    # What is stored need not outlive the machine.
    quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--skip-log-bin", "--skip-name-resolve"]
    secure = [f"--ssl-cert={certificate}", f"--ssl-key={key}"]
    run.start(PROCESS, [*prefix, *command, *place, *quick, *secure, f"--init-file={first}"])
    run.wait(PROCESS, lambda: listens(port))
    return f"mysql://gristmill:{password}@127.0.0.1:{port}/"


def _write(file: Path, text: str) -> None:
    """For the account that runs the server; nobody else enters the folder."""
    file.write_text(text)
    file.chmod(0o644)


def _certificate(folder: Path, account: str, prefix: list[str]) -> tuple[Path, Path]:
    """A certificate of the address that the server listens on, signed by itself, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    openssl = _program("openssl", "openssl")
    make = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 30, "-keyout", key, "-out", certificate]
    _set_up([*make, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], folder)
    key.chmod(0o600)
    if prefix:
        shutil.chown(key, account, account)
    return certificate, key


def _program(name: str, package: str) -> Path:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ClusterError(f"there is no {name} on this machine; install e.g. the package {package}")
    return Path(found)


def _set_up(command: list[object], folder: Path) -> None:
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"{command[-1]} could not be set up:\n{done.stdout}{done.stderr}")


SERVERS = {
    "postgresql": Server("postgres", _start_postgresql, signal.SIGINT),
    "mysql": Server("mysql", _start_mysql),
    "mysql8": Server(None, _start_mysql8),
}
