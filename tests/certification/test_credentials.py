"""Certificates as Verifiable Credentials: their schemas, their status lists, their signatures by another library."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import jwt
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from smartcert.certification.events import EventKind
from smartcert.certification.signing import generate_key, write_key
from smartcert.certification.store import Register
from smartcert.cli import main
from smartcert.errors import UsageError
from smartcert.services.credentials import LEAST_BITS, Credential, build_credentials, encode_bits
from smartcert.services.holders import codes_of
from tests.support.registering import DAY, clock, course, draft, law
from tests.support.schemas import FOLDER

ADDRESS = "https://example.org/certificates"
REVOKED, SUSPENDED, SURRENDERED, VALID = (f"{9000000000 + number}" for number in range(4))
AFTER = DAY + timedelta(days=200)


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("register") / "register.sqlite"
    Register.create(path).close()
    with Register.open(path, codes_of) as opened:
        enter = partial(opened.append_all, law=law, clock=clock)
        for subject in (REVOKED, SUSPENDED, SURRENDERED, VALID):
            enter(list(course(DAY, subject=subject)))
        late = DAY + timedelta(days=90)
        enter([draft(EventKind.SUSPENDED, late, subject=SUSPENDED)])
        enter([draft(EventKind.SURRENDERED, late, subject=SURRENDERED)])
        first = DAY + timedelta(days=30)
        enter([draft(EventKind.FIRST_NOTICE, first, subject=REVOKED)])
        enter([draft(EventKind.SECOND_NOTICE, first + timedelta(days=40), subject=REVOKED)])
        enter([draft(EventKind.REVOKED, first + timedelta(days=90), subject=REVOKED)])
    return path


def read_bits(encoded: str) -> set[int]:
    """Return the indexes that are set, by the recommendation: multibase u, gzip, the first bit leftmost."""
    assert encoded[0] == "u"
    raw = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    assert len(raw) * 8 >= LEAST_BITS
    text = "".join(f"{byte:08b}" for byte in raw)
    return {index for index, bit in enumerate(text) if bit == "1"}


def by_path(built: tuple[Credential, ...]) -> dict[str, Any]:
    return {one.path: json.loads(one.write()[f"{one.path}.json"]) for one in built}


def by_subject(contents: dict[str, Any]) -> dict[str, Any]:
    own = (one for path, one in contents.items() if path.startswith("credentials/"))
    return {one["credentialSubject"]["administrativeCode"]: one for one in own}


def test_what_is_written_follows_the_shipped_schemas(register: Path) -> None:
    for path, content in by_path(build_credentials(register, law, AFTER, ADDRESS)).items():
        name = "credential.status" if path.startswith("status/") else "credential"
        schema = json.loads((FOLDER / f"{name}.schema.json").read_text("utf-8"))
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        assert [error.message for error in validator.iter_errors(content)] == []
        assert not validator.is_valid({key: value for key, value in content.items() if key != "issuer"})
        assert not validator.is_valid(content | {"note": ""})


def test_who_has_no_effect_any_more_has_the_bit_set_and_nobody_else(register: Path) -> None:
    contents = by_path(build_credentials(register, law, AFTER, ADDRESS))
    expected = {"revocation": {REVOKED, SURRENDERED}, "suspension": {SUSPENDED}}
    for purpose, marked in expected.items():
        bits = read_bits(contents[f"status/{purpose}"]["credentialSubject"]["encodedList"])
        for subject, content in by_subject(contents).items():
            entry = next(one for one in content["credentialStatus"] if one["statusPurpose"] == purpose)
            assert entry["statusListCredential"] == contents[f"status/{purpose}"]["id"]
            assert (int(entry["statusListIndex"]) in bits) is (subject in marked)
        assert len(bits) == len(marked)


def test_before_it_was_revoked_no_bit_is_set_and_indexes_are_the_same(register: Path) -> None:
    before, after = (by_path(build_credentials(register, law, day, ADDRESS)) for day in (DAY, AFTER))
    for purpose in ("revocation", "suspension"):
        assert read_bits(before[f"status/{purpose}"]["credentialSubject"]["encodedList"]) == set()
    for subject, content in by_subject(before).items():
        assert content["credentialStatus"] == by_subject(after)[subject]["credentialStatus"]


def test_a_credential_is_valid_from_the_first_to_the_last_second_of_its_period(register: Path) -> None:
    content = by_subject(by_path(build_credentials(register, law, DAY, ADDRESS)))[VALID]
    assert content["validFrom"] == f"{DAY}T00:00:00+09:00"
    assert content["validUntil"] == f"{date(DAY.year + 2, DAY.month, DAY.day - 1)}T23:59:59+09:00"
    assert content["credentialSubject"]["level"] == 3


@given(st.sets(st.integers(0, LEAST_BITS + 5), max_size=20), st.integers(1, LEAST_BITS + 6))
def test_bits_come_back_as_they_were_set(indexes: set[int], length: int) -> None:
    length = max([length, *(index + 1 for index in indexes)])
    assert read_bits(encode_bits(frozenset(indexes), length)) == indexes


def test_another_library_verifies_the_signature_and_refuses_a_change(register: Path) -> None:
    key = generate_key("Ministry")
    public = Ed25519PublicKey.from_public_bytes(key.public.raw)
    for one in build_credentials(register, law, AFTER, ADDRESS, office="Ministry"):
        files = one.write(key)
        token = files[f"{one.path}.jwt"].decode()
        assert jwt.decode(token, public, algorithms=["EdDSA"]) == json.loads(files[f"{one.path}.json"])
        header = jwt.get_unverified_header(token)
        assert (header["typ"], header["cty"], header["kid"]) == ("vc+jwt", "vc", f"{ADDRESS}#{key.public.id}")
        head, body, signature = token.split(".")
        forged = f"{head}.{base64.urlsafe_b64encode(b'{}').decode().rstrip('=')}.{signature}"
        for wrong in (forged, f"{head}.{body}.{'A' * len(signature)}"):
            with pytest.raises(jwt.InvalidSignatureError):
                jwt.decode(wrong, public, algorithms=["EdDSA"])
    assert build_credentials(register, law, AFTER, ADDRESS)[0].content["issuer"] == {"id": ADDRESS}


@pytest.mark.parametrize("address", ["", "http://example.org", "example.org", "https://a b", "https://x/?q", "did:x:y"])
def test_an_address_that_is_none_is_refused(register: Path, address: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        build_credentials(register, law, DAY, address)


def test_a_round_that_the_register_does_not_know_is_refused(register: Path) -> None:
    with pytest.raises(UsageError, match="no certificate of round 'x'"):
        build_credentials(register, law, DAY, ADDRESS, round_id="x")


def test_the_command_writes_a_folder_and_says_who_has_no_effect(register: Path, tmp_path: Path) -> None:
    key, out = tmp_path / "key", tmp_path / "out"
    write_key(generate_key("Ministry"), key)
    shared = ["--register", str(register), "--address", ADDRESS, "--on", str(AFTER)]
    done = CliRunner().invoke(main, ["register", "credentials", "--all", str(out), "--key", str(key), *shared])
    assert done.exit_code == 0, done.output
    assert [done.output.count(word) for word in ("(revoked)", "(surrendered)", "(suspended)")] == [1, 1, 1]
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {"status/revocation.json", "status/suspension.jwt"} <= files
    assert len(files) == 2 * (4 + 2)
    again = CliRunner().invoke(main, ["register", "credentials", "--all", str(out), *shared])
    assert again.exit_code != 0
    neither = CliRunner().invoke(main, ["register", "credentials", str(tmp_path / "other"), *shared])
    assert neither.exit_code != 0
    assert not (tmp_path / "other").exists()
