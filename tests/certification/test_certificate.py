"""Certificates: what is signed cannot be changed unseen, in any byte, on paper or in a QR code."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from smartcert.batch.pdf import PdfRenderer
from smartcert.batch.request import PdfEngine
from smartcert.certification.signing import (
    PublicKey,
    SigningKey,
    build_qr_code,
    check_certificate_file,
    check_qr_code,
    generate_key,
    parse_qr_code,
    read_public_key,
    read_signing_key,
    seal_file,
    write_key,
)
from smartcert.errors import UsageError
from smartcert.model.applicant import SizeType
from smartcert.model.certification import CertificateSeal, CertificateStatement
from smartcert.model.citation import Text
from smartcert.reporting.certificate import PrintedCertificate, render_certificate
from smartcert.reporting.pdf import render_tagged_pdf
from smartcert.reporting.pdf_checks import find_problems
from tests.support.embedded_typeface import find_missing_characters
from tests.support.registering import law
from tests.support.report_pages import Reader
from tests.support.sample_records import HOSTILE

OFFICE = "국토교통부"
DAY = date(2026, 11, 1)


@cache
def key(office: str = OFFICE) -> SigningKey:
    return SigningKey(secret=bytes(range(32)), office=office)


def statement(**changes: object) -> CertificateStatement:
    made = CertificateStatement(
        number="SC-2026-0001",
        subject="1171000000",
        name=Text(ko="송파구", en="Songpa-gu"),
        size_type=SizeType.SMALL_MEDIUM,
        level=3,
        issued_on=DAY,
        valid_from=DAY,
        valid_to=date(2028, 10, 31),
        round="example",
        edition="illustrative-2023",
        entry="0a" * 32,
        office=OFFICE,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # each test names fields that there are


def page(one: CertificateStatement, signing: SigningKey) -> str:
    title = Text(ko="예시 지표", en="Illustrative indicators")
    printed = PrintedCertificate(
        code=build_qr_code(one, signing).text, edition=title, mark=law(DAY).mark_while_valid.basis
    )
    return render_certificate(one, printed)


@cache
def html() -> bytes:
    one = statement()
    return seal_file(page(one, key()).encode(), one, build_qr_code(one, key()), key())


@cache
def pdf() -> bytes:
    one = statement()
    return seal_file(render_tagged_pdf(page(one, key())), one, build_qr_code(one, key()), key())


def test_what_was_issued_is_intact_and_says_what_was_signed() -> None:
    for data in (html(), pdf()):
        checked = check_certificate_file(data, key().public)
        assert checked.seal is CertificateSeal.INTACT
        assert checked.statement == statement()
        assert checked.office == OFFICE
    read = check_qr_code(build_qr_code(statement(), key()).text, key().public)
    assert (read.seal, read.number, read.entry) == (CertificateSeal.INTACT, "SC-2026-0001", "0a" * 32)


def test_the_same_certificate_gives_the_same_bytes() -> None:
    one = statement()
    assert seal_file(page(one, key()).encode(), one, build_qr_code(one, key()), key()) == html()
    assert seal_file(render_tagged_pdf(page(one, key())), one, build_qr_code(one, key()), key()) == pdf()


@pytest.mark.parametrize("kind", ["html", "pdf"])
@pytest.mark.slow
def test_every_changed_removed_or_added_byte_is_found(kind: str) -> None:
    data = html() if kind == "html" else pdf()
    chance = random.Random(7)
    # all bytes of the seal, and many of what comes before it
    places = [*range(data.rindex(b"smartcert:certificate") - 6, len(data)), *chance.sample(range(len(data)), 300)]
    for place in places:
        byte = bytes([data[place] ^ chance.choice((1, 2, 4, 8, 16, 32, 64, 128))])
        for other in (data[:place] + byte + data[place + 1 :], data[:place] + data[place + 1 :]):
            assert check_certificate_file(other, key().public).seal is not CertificateSeal.INTACT, place
        assert (
            check_certificate_file(data[:place] + b"x" + data[place:], key().public).seal is not CertificateSeal.INTACT
        ), place


@pytest.mark.parametrize("added", [b"\n", b" ", b"<script>alert(1)</script>", b"\n1 0 obj<<>>endobj\n%%EOF\n"])
def test_something_added_at_the_end_is_reported_as_such(added: bytes) -> None:
    for data in (html(), pdf()):
        checked = check_certificate_file(data + added, key().public)
        assert (checked.seal, checked.why) == (CertificateSeal.CHANGED, "added_after")


def test_a_better_level_written_into_the_page_is_found() -> None:
    better = html().replace("3등급".encode(), "1등급".encode())
    assert better != html()
    assert (check_certificate_file(better, key().public).seal, check_certificate_file(better, key().public).why) == (
        CertificateSeal.CHANGED,
        "content",
    )


def test_the_seal_of_one_certificate_does_not_fit_another() -> None:
    other = statement(number="SC-2026-0002", level=2)
    foreign = seal_file(page(other, key()).encode(), other, build_qr_code(other, key()), key())
    cut = html()[: html().rindex(b"\n<!--smartcert")] + foreign[foreign.rindex(b"\n<!--smartcert") :]
    assert check_certificate_file(cut, key().public).seal is CertificateSeal.CHANGED


def test_a_statement_with_the_code_of_another_is_found() -> None:
    lie = statement(level=1)
    data = seal_file(page(lie, key()).encode(), lie, build_qr_code(statement(), key()), key())
    assert check_certificate_file(data, key().public).why == "statement"


def test_another_office_named_by_a_holder_of_a_specimen_key_is_found() -> None:
    specimen = key("")
    lie = statement(office=OFFICE)
    data = seal_file(page(lie, specimen).encode(), lie, build_qr_code(lie, specimen), specimen)
    assert check_certificate_file(data, specimen.public).why == "office"
    renamed = PublicKey(raw=specimen.public.raw, office=OFFICE)
    assert check_certificate_file(data, renamed).seal is CertificateSeal.UNKNOWN_KEY, (
        "the name is part of what the key's id says"
    )


def test_a_certificate_of_another_key_is_of_an_unknown_key() -> None:
    stranger = generate_key(OFFICE).public
    for checked in (
        check_certificate_file(html(), stranger),
        check_certificate_file(pdf(), stranger),
        check_qr_code(build_qr_code(statement(), key()).text, stranger),
    ):
        assert (checked.seal, checked.office) == (CertificateSeal.UNKNOWN_KEY, "")


def test_every_changed_character_of_a_code_is_found() -> None:
    text = build_qr_code(statement(), key()).text
    for place in range(len(text)):
        for other in ("A", "7", "-", ":"):
            changed = text[:place] + other + text[place + 1 :]
            if changed != text:
                assert check_qr_code(changed, key().public).seal is not CertificateSeal.INTACT
    assert check_qr_code(text[:-1], key().public).seal is CertificateSeal.NONE


@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.7", b"<html></html>", bytes(1000), b"\n<!--smartcert:certificate:1 a b c-->\n", b"{}" * 9],
)
def test_what_is_not_a_certificate_is_reported_without_an_exception(data: bytes) -> None:
    assert check_certificate_file(data, key().public).seal in (CertificateSeal.NONE, CertificateSeal.CHANGED)


def test_a_seal_that_was_cut_is_reported_as_changed() -> None:
    checked = check_certificate_file(html()[:-20], key().public)
    assert (checked.seal, checked.why) == (CertificateSeal.CHANGED, "no_seal")


def test_a_number_that_no_code_can_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="no QR code can carry"):
        build_qr_code(statement(number="번호:1"), key())
    assert parse_qr_code("https://example.org") is None


@pytest.mark.parametrize("office", ["", OFFICE])
def test_a_page_is_marked_as_a_specimen_unless_an_issuing_office_signs_it(office: str) -> None:
    made = page(statement(office=office), key(office))
    assert ("SPECIMEN" in made) is (office == "")
    assert ("견본" in made) is (office == "")
    assert (OFFICE in made.replace("국토교통부고시", "")) is bool(office)


def test_a_page_says_until_when_the_mark_may_be_used_and_by_which_article() -> None:
    made = page(statement(), key())
    text = " ".join(Reader(made).text["main"].split())
    assert "인증의 표시와 홍보는 유효기간에만 할 수 있습니다. 2028년 10월 31일이 지나거나" in text
    assert "제34조제2항" in text
    assert "MOLIT Notice 2021-223 Art. 16(2)" in text


def test_a_page_is_well_formed_has_no_boxes_and_fetches_nothing() -> None:
    made = page(statement(office=""), key(""))
    reader = Reader(made)
    assert reader.wrong == []
    assert find_missing_characters(reader.text["main"]) == frozenset()
    assert {tag for tag, _ in reader.tags}.isdisjoint({"script", "img", "link", "iframe"})
    assert "http" not in made.replace("http-equiv", "").replace("https://openfontlicense.org", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_offices_come_out_as_text_and_still_fit_the_seal(text: str) -> None:
    signing = replace(key(), office=text)
    one = statement(name=Text(ko=text, en=text + "-en"), office=text, edition=text, round=text)
    made = page(one, signing)
    reader = Reader(made)
    assert reader.wrong == []
    assert "script" not in {tag for tag, _ in reader.tags}
    data = seal_file(made.encode(), one, build_qr_code(one, signing), signing)
    assert check_certificate_file(data, signing.public).statement == one


@pytest.mark.parametrize("office", ["", OFFICE])
def test_the_pdf_has_one_page_and_its_qr_code_can_be_read_back(office: str) -> None:
    import pypdfium2
    import zxingcpp

    one = statement(office=office)
    signing = key(office)
    data = seal_file(render_tagged_pdf(page(one, signing)), one, build_qr_code(one, signing), signing)
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    assert len(document) == 1
    (found,) = zxingcpp.read_barcodes(document[0].render(scale=2).to_pil())
    assert check_qr_code(found.text, signing.public).seal is CertificateSeal.INTACT
    shown = document[0].get_textpage().get_text_bounded()
    assert "송파구" in shown
    assert ("SPECIMEN" in shown) is (office == "")


@pytest.mark.browser
@pytest.mark.parametrize("office", ["", OFFICE])
def test_the_pdf_by_chromium_is_for_everybody_too_and_is_sealed_like_any_other(office: str) -> None:
    import pypdfium2
    import zxingcpp

    one, signing = statement(office=office), key(office)
    with PdfRenderer(PdfEngine.CHROMIUM, 1) as renderer:
        printed, again = (renderer.render_page(page(one, signing)) for _ in range(2))
    assert printed == again
    assert find_problems(printed) == []
    data = seal_file(printed, one, build_qr_code(one, signing), signing)
    assert check_certificate_file(data, signing.public).seal is CertificateSeal.INTACT
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    assert len(document) == 1
    (found,) = zxingcpp.read_barcodes(document[0].render(scale=2).to_pil())
    assert check_qr_code(found.text, signing.public).seal is CertificateSeal.INTACT


@pytest.mark.parametrize("office", ["", OFFICE, "Ministry  of Land"])
def test_keys_are_written_once_secret_and_read_back(tmp_path, office: str) -> None:  # type: ignore[no-untyped-def]
    made = generate_key(office)
    path = tmp_path / "office.key"
    public = write_key(made, path)
    assert path.stat().st_mode & 0o077 == 0
    assert read_signing_key(path) == made
    assert read_public_key(public) == made.public
    assert made.office == " ".join(office.split())
    with pytest.raises(UsageError, match="never overwritten"):
        write_key(made, path)
    with pytest.raises(UsageError, match="not the key that signs"):
        read_signing_key(public)
    with pytest.raises(UsageError, match="not the public half"):
        read_public_key(path)


def test_a_key_is_not_shown_by_its_representation() -> None:
    assert "secret" not in repr(key())


@pytest.mark.parametrize(
    "text", ["", "no key", "smartcert key 1\n-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_what_is_not_a_key_is_refused(tmp_path, text: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "k").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        read_public_key(tmp_path / "k")


@pytest.mark.parametrize("office", ["x" * 101, "a\u202eb"])
def test_the_name_of_an_office_is_short_and_seen(office: str) -> None:
    with pytest.raises(UsageError, match="visible characters"):
        generate_key(office)


def test_who_applied_together_is_on_the_page_and_signed() -> None:
    partners = Text(ko="가온(대표, 60%), 하늘시(40%) <script>x</script>", en="Gaon (lead, 60%), Haneul-si (40%)")
    joint = statement(partners=partners)
    sealed = page(joint, key())
    assert "Gaon (lead, 60%), Haneul-si (40%)" in sealed
    assert "<script>" not in sealed
    assert "Joint applicants" not in page(statement(), key())
    file = seal_file(sealed.encode(), joint, build_qr_code(joint, key()), key())
    checked = check_certificate_file(file, key().public)
    assert (checked.seal, checked.statement) == (CertificateSeal.INTACT, joint)
    alone = build_qr_code(statement(), key())
    assert alone.statement != build_qr_code(joint, key()).statement
    mixed = seal_file(sealed.encode(), joint, alone, key())
    assert check_certificate_file(mixed, key().public).seal is CertificateSeal.CHANGED
