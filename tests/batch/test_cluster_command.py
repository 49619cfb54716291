"""``smartcert run --cluster``: the command, a real scheduler and two workers, all as processes of their own."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smartcert.batch.cluster import describe_open_connection
from smartcert.batch.request import RunRequest
from smartcert.batch.run import run
from tests.batch.test_cluster import machines
from tests.support.patience import PATIENCE
from tests.support.small_example import files, small_example

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(600)]


def smartcert(*given: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "smartcert", *given]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_the_pages_of_a_cluster_are_those_of_this_machine(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "example", ("ara", "areum", "haneul"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with machines(scratch, workers=2) as around:
        away = smartcert("run", str(folder), "--output", "away", "--cluster", around.address, cwd=tmp_path)
    assert away.returncode == 0, away.stderr
    assert away.stdout.startswith("10 reports: ")
    assert "[10/10]" in away.stderr
    run(RunRequest(round=str(folder), output=tmp_path / "here", jobs=2, languages=("ko", "en"), quiet=True))
    assert len(list((tmp_path / "away").glob("applicants/*/report.*.html"))) == 6
    assert files(tmp_path / "away") == files(tmp_path / "here")


def write_certificate(folder: Path) -> tuple[str, str]:
    """Write a certificate of its own authority and its key; return the names of both files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smartcert test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(private)
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_a_cluster_over_tls_uses_the_certificates_of_dasks_own_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_example(tmp_path / "example", ["areum"])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    certificate, key = write_certificate(tmp_path)
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION", "True")
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TLS__CA_FILE", certificate)
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{role}__CERT", certificate)
        monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{role}__KEY", key)

    def send(address: str, output: str) -> subprocess.CompletedProcess[str]:
        return smartcert("run", str(folder), "--output", output, "--language", "ko", "--cluster", address, cwd=tmp_path)

    with machines(scratch, workers=1, scheme="tls") as around:
        away = send(around.address, "away")
        plain = send(around.address.replace("tls", "tcp"), "plain")
        for name in ("CERT", "KEY"):
            monkeypatch.delenv(f"DASK_DISTRIBUTED__COMM__TLS__CLIENT__{name}")
        stranger = send(around.address, "stranger")
    assert away.returncode == 0, away.stderr
    assert "not encrypted" not in away.stderr
    assert (tmp_path / "away" / "applicants" / "areum" / "report.ko.html").is_file()
    for refused in (plain, stranger):
        assert refused.returncode == 2, refused.stderr
        assert "의 스케줄러가 응답하지 않습니다: " in refused.stderr.splitlines()[0]
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("tcp://scheduler:8786", True),
        ("scheduler:8786", True),
        ("tcp://10.1.2.3:8786", True),
        ("ws://scheduler:8787", True),
        ("tls://scheduler:8786", False),
        ("wss://scheduler:8787", False),
        ("tcp://127.0.0.1:8786", False),
        ("tcp://[::1]:8786", False),
        ("tcp://localhost:8786", False),
    ],
)
def test_what_an_open_connection_to_another_machine_means_is_said(address: str, is_open: bool) -> None:
    note = describe_open_connection(address)
    assert bool(note) is is_open
    assert not is_open or (address in note and "tls://" in note)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "tls://127.0.0.1:9"])
def test_where_no_scheduler_answers_the_command_says_so(address: str, tmp_path: Path) -> None:
    done = smartcert("run", "example", "--output", "out", "--cluster", address, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    lines = [line for line in done.stderr.splitlines() if not line.startswith("note: ")]
    assert lines[0].startswith(f"no scheduler answers at {address}: ")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
