"""A page that names another applicant is found: in either script, with particles, by its code, wherever it stands."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import re
import struct
import unicodedata
import zlib
from dataclasses import replace
from functools import partial
from urllib.parse import quote

import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.batch.checks import NameLeakCheck, strip_embedded_data
from smartcert.batch.request import RenderedReport
from smartcert.model.citation import Text
from smartcert.reporting.records import Failure
from tests.support import sample_rounds as rounds

NAMES = {"ara": ("하늘시", "Haneul-si", "4100000010"), "bada": ("바다군", "Bada-gun", "4100000020")}


def build_check(record: str = "", *, looks_for_disguises: bool = True) -> NameLeakCheck:
    first = rounds.round_record().evaluations[0]
    evaluations = [
        replace(first, id=id_, applicant=replace(first.applicant, name=Text(ko=ko, en=en), code=code))
        for id_, (ko, en, code) in NAMES.items()
    ]
    return NameLeakCheck(evaluations, lambda _id, _audience: record.encode(), looks_for_disguises=looks_for_disguises)


def check(text: str, record: str = "", *, looks_for_disguises: bool = True) -> RenderedReport | Failure:
    return build_check(record, looks_for_disguises=looks_for_disguises).check(
        RenderedReport(applicant_id="ara", language="ko", page=text.encode(), notebook=b"")
    )


@pytest.mark.parametrize(
    "text",
    [
        "바다군",
        "<p>바다군은 3등급",
        "경상북도 바다군",
        "Bada-gun, level 3",
        "(4100000020)",
        "4100000020Haneul-si",
        "바다군"[0:2] + "군수 바다군청",
    ],
)
def test_another_applicant_is_found(text: str) -> None:
    found = check(text)
    assert isinstance(found, Failure)
    assert "the page names another applicant" in found.reason
    assert not isinstance(check(text, record=f"… {text} …"), Failure)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "하늘시 Haneul-si 4100000010",
        "새바다군",
        "바다",
        "abBada-gun"[2:6],
        "41000000201",
        "x0x4100000021",
        "Bada-gunner",
        "바다 군청색",
        "새바다 군",
        "새 바다라 군",
        "410 000 0020 41",
        "<p data-x='5a1b2c3d4e5f60718293a4b5c6d7e8f9'>",
    ],
)
def test_nobody_else_is_taken_for_one(text: str) -> None:
    assert isinstance(check(text), RenderedReport)


def test_the_typeface_is_not_read() -> None:
    assert isinstance(check("base64,4100000020="), RenderedReport)
    assert isinstance(check(f"url(data:font/woff;base64,{encode('바다군')})"), RenderedReport)


def encode(content: str | bytes) -> str:
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


def build_png(kind: bytes, text: bytes) -> bytes:
    chunk = struct.pack(">I", len(text)) + kind + text + struct.pack(">I", zlib.crc32(kind + text))
    return b"\x89PNG\r\n\x1a\n" + chunk


def build_jpeg(comment: bytes) -> bytes:
    return b"\xff\xd8\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + b"\xff\xda\x00"


PACKERS = (partial(gzip.compress, mtime=0), zlib.compress, bz2.compress, lzma.compress)
COMPRESSED = zlib.compress("a figure of 바다군".encode())
NESTED = f"data:image/svg+xml;base64,{encode('data:image/svg+xml;base64,' + encode('바다군'))}"
FIGURE = io.BytesIO()
plt.figure(figsize=(0.1, 0.1)).savefig(FIGURE, metadata={"Title": "바다군"})
plt.close()


@pytest.mark.parametrize(
    "page",
    [
        f"<img src='data:image/svg+xml;base64,{encode('<svg><text>바다군</text></svg>')}'>",
        f"<img src='data:image/png;base64,{encode(FIGURE.getvalue())}'>",
        f"<img src='data:image/png;base64,{encode(build_png(b'iTXt', b'Title' + bytes(5) + '바다군'.encode()))}'>",
        f"<img src='data:image/png;base64,{encode(build_png(b'iTXt', b'T' + bytes([0, 1, 0, 0, 0]) + COMPRESSED))}'>",
        f"<img src='data:image/png;base64,{encode(build_png(b'zTXt', b'Title' + bytes(2) + COMPRESSED))}'>",
        f"<img src='data:image/jpeg;base64,{encode(b'xFF' + '바다군'.encode() + b'xD9')}'>",
        "<script type='application/json'>{'name': '바다군'}</script>",
        NESTED,
    ],
)
def test_whatever_a_page_carries_is_searched(page: str) -> None:
    found = check(page)
    assert isinstance(found, Failure)
    assert "바다군" in found.reason


@pytest.mark.parametrize(
    "page",
    [
        unicodedata.normalize("NFD", "<p>바다군</p>"),
        "<p>바\u200b다\u00ad군</p>",
        "<p>바<b>다</b>군</p>",
        "<p>&#48148;&#45796;&#44400;</p>",
        "<p>&#xbc14;&#xb2e4;&#xad70;</p>",
        "<p title='&#48148;다군'>x</p>",
        "<p>Bada\u2011gun</p>",
        "<p>Ｂａｄａ－ｇｕｎ</p>",
        "<p>４１００００００２０</p>",
        f"<a href='#{quote('바다군')}'>x</a>",
        f"<a href='?name={quote('바다군').lower()}'>x</a>",
        f"<p data-x='{encode('바다군')}'>x</p>",
        f"<p data-x='{encode('이웃 바다군은').rstrip('=')}'>x</p>",
        f"<p data-x='{base64.urlsafe_b64encode('?? 바다군 >>>'.encode()).decode()}'>x</p>",
        f"<p data-x='{encode('Bada-gun, level 3')}'>x</p>",
        f"<p data-x='{json.dumps('바다군')}'>x</p>",
        "<!-- 바다군 -->",
        "<a href='바다군.html'>x</a>",
        "<p id='바다군'>x</p>",
        f"<img src='data:image/svg+xml;base64,{encode('<text>바&#45796;군</text>')}'>",
        *("<p>바다 군</p>", "<p>바 다 군</p>", "<p>이웃 바다\u00a0군은</p>", "<p>바다\n군에서</p>"),
        *("<p>BADA-GUN</p>", "<p>bada-gun</p>", "<p>Bada gun</p>", "<p>Bada_Gun</p>", "<p>41000-00020</p>"),
        *("<p>바\ufe0f다군</p>", "<p>바\u0307다군</p>", "<p>&amp;#48148;다군</p>"),
        f"<a href='?{quote(quote('바다군'))}'>x</a>",
        f"<p data-x='{encode(encode('바다군'))}'>x</p>",
        *(f"<p data-x='{encode(pack('바다군'.encode()))}'>x</p>" for pack in PACKERS),
        *(f"<p data-x='{encode('바다군'.encode(encoding))}'>x</p>" for encoding in ("utf-16", "utf-16-be", "cp949")),
        f"<img src='data:image/svg+xml;base64,{encode(gzip.compress('<text>바다군</text>'.encode(), mtime=0))}'>",
        f"<img src='data:image/png;base64,{encode(build_png(b'tEXt', b'T' + bytes(1) + '바다군'.encode('cp949')))}'>",
        f"<img src='data:image/jpeg;base64,{encode(build_jpeg('바다군'.encode('utf-16-le')))}'>",
    ],
)
def test_a_name_in_disguise_is_found(page: str) -> None:
    assert isinstance(check(page), Failure)


def test_what_the_notebook_has_and_the_page_does_not_show_is_searched_too() -> None:
    report = RenderedReport(applicant_id="ara", language="ko", page=b"", notebook="바다군".encode())
    assert isinstance(build_check().check(report), Failure)


PARTS = st.sampled_from([
    *(word for words in NAMES.values() for word in words),
    *("은", "시", "군", "새", " ", "-", "1", "0", "4", "<b>", ".", "x", "X", "é"),
])  # fmt: skip


@given(st.lists(PARTS, max_size=12).map("".join))
def test_what_is_found_is_what_reading_every_word_finds(text: str) -> None:
    ko, en, code = NAMES["bada"]
    named = (
        any(run.startswith(ko) for run in re.findall("[가-힣]+", text))
        or re.search(rf"{en}\b", text, re.ASCII) is not None
        or code in re.findall("[0-9]+", text)
    )
    assert isinstance(check(text, looks_for_disguises=False), Failure) is named
    if named:
        assert isinstance(check(text), Failure)


MARKS = st.sampled_from([
    *("data:", "image/png;", "font/woff;", ";", "base64", "base64,", ",", "=", ":", "data", "\n", "é", "가"),
    *("QUJD", "QUJ", "4100000020"),
])  # fmt: skip


@given(st.lists(MARKS, max_size=10).map("".join))
def test_nothing_but_words_in_base64_is_taken_out(text: str) -> None:
    stripped = strip_embedded_data(text.encode()).decode()
    assert stripped.startswith(re.sub("base64,[A-Za-z0-9+/=]+", "base64,", text))


@pytest.mark.parametrize("padding", ["", "=", "=="])
def test_an_image_is_read_as_browsers_do_without_padding_and_one_that_none_can_read_is_no_error(padding: str) -> None:
    assert isinstance(check(f"data:image/svg+xml;base64,{encode('바다군').rstrip('=')}{padding}"), Failure)
    assert isinstance(check(f"data:image/svg+xml;base64,A{padding}"), RenderedReport)
