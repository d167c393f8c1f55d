"""`cm-engine serve`: where it may be served, how it ends, and what stands in its way."""

import signal
import socket
import ssl
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from cm_engine.store.demo_mark import mark_as_demo
from tests.installations import Installed
from tests.servers import Served, served, wait_until

EVERYWHERE = "0.0.0.0"


@pytest.fixture
def clinic(clinic_folder: Installed) -> Installed:
    """A folder with an installation."""
    clinic_folder.well("init", "--program", "intensive-outpatient")
    return clinic_folder


def certify(folder: Path) -> None:
    """Write a certificate of this machine, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clinic")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "clinic.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "clinic.crt.key").write_bytes(private)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_end(clinic: Installed, by: signal.Signals) -> None:
    with served(clinic.folder, "serve", "--port", "0") as server:
        with urlopen(f"{server.address}/readyz", timeout=10) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        assert server.end(by) == (0, "")


def test_told_to_end_it_says_so_and_goes_on_for_as_long_as_the_settings_say(clinic: Installed) -> None:
    clinic.write("config.toml", "drain_seconds = 60\n")
    with served(clinic.folder, "serve", "--port", "0") as server:
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: asked(server, "/readyz") == (503, '{"status":"this process is about to end"}\n'))
        assert asked(server, "/healthz")[0] == 200
        assert server.end()[0] == 0  # asked a second time, it waits no longer


def asked(server: Served, path: str) -> tuple[int, str]:
    """Ask as something does that spreads requests over machines; give status and answer."""
    connection = HTTPConnection(urlsplit(server.address).netloc, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def test_beyond_this_machine_it_asks_for_tls(clinic: Installed) -> None:
    ended = clinic.run("serve", "--host", EVERYWHERE)
    assert ended.code == 2
    assert ended.says('"0.0.0.0"', "tls_certificate", "tls_proxies", "--host 127.0.0.1")


def test_by_a_certificate_of_its_own_it_speaks_tls(clinic: Installed) -> None:
    certify(clinic.folder)
    clinic.write("config.toml", 'tls_certificate = "clinic.crt"\ntls_key = "clinic.crt.key"\n')
    trusted = ssl.create_default_context(cafile=str(clinic.folder / "clinic.crt"))
    with served(clinic.folder, "serve", "--port", "0") as server:
        assert server.address.startswith("https://127.0.0.1:")
        with urlopen(f"{server.address}/readyz", timeout=10, context=trusted) as answer:  # noqa: S310 - our own server
            assert "max-age" in answer.headers["Strict-Transport-Security"]
        assert server.end() == (0, "")


def test_somebody_who_only_connects_holds_up_nobody(clinic: Installed) -> None:
    certify(clinic.folder)
    clinic.write("config.toml", 'tls_certificate = "clinic.crt"\ntls_key = "clinic.crt.key"\n')
    trusted = ssl.create_default_context(cafile=str(clinic.folder / "clinic.crt"))
    with served(clinic.folder, "serve", "--port", "0") as server:
        port = int(server.address.rpartition(":")[2])
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        with urlopen(f"{server.address}/healthz", timeout=3, context=trusted) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        for one in silent:
            one.close()


def test_a_certificate_that_is_not_there_or_not_of_this_key_is_told(clinic: Installed) -> None:
    clinic.write("config.toml", 'tls_certificate = "clinic.crt"\ntls_key = "clinic.crt.key"\n')
    assert clinic.run("serve", "--host", EVERYWHERE).says("tls_certificate (clinic.crt)", "No such file", "PEM")
    certify(clinic.folder)
    key = (clinic.folder / "clinic.crt.key").read_bytes()
    certify(clinic.folder)
    (clinic.folder / "clinic.crt.key").write_bytes(key)
    assert clinic.run("serve", "--host", EVERYWHERE).says("cannot be used", "the key that belongs to it")


def test_a_port_that_is_in_use_is_told_with_what_to_do(clinic: Installed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = clinic.run("serve", "--port", str(port))
    assert ended.code == 2
    assert ended.says(f"port {port} is in use", f"--port {port + 1}")


def test_an_address_that_is_none_is_told(clinic: Installed) -> None:
    ended = clinic.run("serve", "--host", "nowhere.invalid")
    assert ended.code == 2
    assert ended.says('"nowhere.invalid"', "127.0.0.1")


@pytest.mark.parametrize(
    ("config", "args"),
    [
        ("", ["--host", EVERYWHERE]),
        ('tls_certificate = "clinic.crt"\ntls_key = "clinic.crt.key"\n', ["--host", EVERYWHERE]),
        ('tls_proxies = ["127.0.0.1"]\n', []),
        ('tls_certificate = "clinic.crt"\ntls_key = "clinic.crt.key"\n', []),
    ],
)
def test_a_demo_is_served_on_this_machine_alone_and_by_no_settings_of_a_clinic(
    clinic: Installed, config: str, args: list[str]
) -> None:
    engine = clinic.engine()
    with engine.database.writing() as tx:
        mark_as_demo(tx, datetime.now(UTC).date())
    engine.close()
    certify(clinic.folder)
    clinic.write("config.toml", config)
    ended = clinic.run("serve", *args)
    assert ended.code == 2
    assert ended.says("this is a demo database")


def test_without_a_database_it_says_what_to_do(clinic_folder: Installed) -> None:
    ended = clinic_folder.run("serve")
    assert ended.code == 2
    assert ended.says("cm-engine init")
