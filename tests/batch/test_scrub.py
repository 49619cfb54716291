"""An executed notebook keeps what it computed and loses what the run left in it."""

from __future__ import annotations

import json
import sys
import sysconfig
import time
import warnings
from typing import Any

import nbformat
from hypothesis import given
from hypothesis import strategies as st

from smartcert import paths
from smartcert.batch.engine import LANGUAGE_INFO
from smartcert.batch.render import load_notebook, scrub_notebook, write_notebook
from tests.support.small_example import toy


def executed(text: str, *outputs: Any) -> Any:
    notebook = toy("x", parameters="a = 1")
    injected = nbformat.v4.new_code_cell("a = 2", metadata={"tags": ["injected-parameters"]})
    notebook.cells.insert(1, injected)
    for cell in notebook.cells:
        cell.metadata["papermill"] = {"duration": 0.1, "start_time": "2024-01-01T00:00:00"}
        cell.metadata["execution"] = {"iopub.execute_input": "2024"}
    notebook.metadata["papermill"] = {"input_path": "/home/me/x.ipynb", "parameters": {"a": 2}, "version": "2"}
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    notebook.cells[2].outputs = [nbformat.v4.new_output("stream", name="stdout", text=text), *outputs]
    return notebook


def test_times_paths_versions_and_random_ids_go_and_parameters_stay() -> None:
    text = scrub_notebook(executed("1"), {"a": "2"}, "/scratch/folder").decode()
    plain = json.loads(text)
    assert plain["metadata"]["papermill"] == {"parameters": {"a": "2"}}
    assert plain["metadata"]["language_info"] == LANGUAGE_INFO
    assert [cell["id"] for cell in plain["cells"]] == ["given", "injected-parameters", "cell-0"]
    assert plain["cells"][1]["metadata"] == {"tags": ["injected-parameters"]}
    for word in ("duration", "2024", "/home/me", "3.11"):
        assert word not in text


def test_two_runs_that_differ_in_noise_only_give_the_same_text() -> None:
    first = scrub_notebook(executed("<X at 0x7f1234567890> /tmp/ipykernel_12/345.py:1: /scratch/a/x"), {}, "/scratch/a")
    second = scrub_notebook(
        executed("<X at 0x7fabcdef0123> /tmp/ipykernel_99/345.py:1: /scratch/b/x"), {}, "/scratch/b"
    )
    assert first == second


def test_no_text_of_an_output_names_a_folder_of_the_machine() -> None:
    library = sysconfig.get_paths()["purelib"]
    texts = [
        f"{library}/pandas/x.py:1: UserWarning",
        f"{json.__file__}:1: UserWarning",
        f"{paths.__file__}:1: UserWarning",
        "/scratch/a/x",
        "&lt;X at 0x7f1234567890&gt;",
    ]
    new = nbformat.v4.new_output
    outputs = [
        output
        for text in texts
        for output in (
            new("error", ename="E", evalue=text, traceback=[text]),
            *(new("display_data", data={kind: text}) for kind in ("text/plain", "text/html", "text/markdown")),
        )
    ]
    scrubbed = json.loads(scrub_notebook(executed("\n".join(texts), *outputs), {}, "/scratch/a"))
    shown = json.dumps(scrubbed["cells"][2]["outputs"])
    assert not [
        part for part in (library, str(paths.PROJECT_ROOT), sys.base_prefix, "/scratch", "0x7f") if part in shown
    ]
    assert shown.count("site-packages/pandas/x.py") == 6
    assert shown.count("smartcert/paths.py") == 6


def test_what_was_printed_between_displays_is_joined_in_one_order() -> None:
    def stream(name: str, text: str) -> Any:
        return nbformat.v4.new_output("stream", name=name, text=text)

    shown = nbformat.v4.new_output("display_data", data={"text/plain": "x"})
    cut = executed("a", stream("stderr", "!"), stream("stdout", "b"), shown, stream("stdout", "c"))
    whole = executed("ab", stream("stderr", "!"), shown, stream("stdout", "c"))
    assert scrub_notebook(cut, {}, "/x") == scrub_notebook(whole, {}, "/x")
    kinds = [output["output_type"] for output in json.loads(scrub_notebook(whole, {}, "/x"))["cells"][2]["outputs"]]
    assert kinds == ["stream", "stream", "display_data", "stream"]


def test_a_long_word_is_read_once() -> None:
    began = time.process_time()
    scrub_notebook(executed("x" * 1_000_000), {}, "/x")
    assert time.process_time() - began < 20


_TEXT = st.text(st.sampled_from('a가"\\\n\r\u2028\x00\x7f😀 '), max_size=6)
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
    lambda parts: st.lists(parts, max_size=2) | st.dictionaries(_TEXT, parts, max_size=2),
    max_leaves=5,
)
_BUNDLE = st.dictionaries(
    st.sampled_from(["text/html", "text/plain", "image/svg+xml", "image/png", "application/x+json"]), _PLAIN
)


@given(_PLAIN, _BUNDLE, _TEXT, st.booleans())
def test_a_notebook_is_written_as_nbformat_writes_it(
    plain: Any, bundle: dict[str, Any], text: str, trusted: bool
) -> None:
    notebook = executed(
        text,
        nbformat.from_dict({"output_type": "display_data", "data": bundle, "metadata": {"image/png": plain}}),
        nbformat.v4.new_output("error", ename=text, evalue=text, traceback=[text, text]),
    )
    notebook.cells.append(nbformat.v4.new_markdown_cell(text))
    notebook.cells[-1].attachments = nbformat.from_dict({"a.png": bundle})
    notebook.cells[0].metadata["trusted"] = trusted
    notebook.metadata["signature"] = text
    notebook.metadata["more"] = plain
    assert write_notebook(notebook).decode() == nbformat.writes(notebook)


@given(st.lists(st.sampled_from(["cell-1", "cell-2", "injected-parameters", "", "a b", None, 5, ["x"]]), max_size=6))
def test_cells_without_an_id_of_their_own_get_the_same_one_each_time(ids: list[Any]) -> None:
    plain = json.loads(nbformat.writes(toy(*("1" for _ in ids))))
    for cell, name in zip(plain["cells"], ids, strict=True):
        if name is None:
            del cell["id"]
        else:
            cell["id"] = name
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_notebook.cache_clear()
        loaded = load_notebook(json.dumps(plain))
        nbformat.validate(loaded)
        load_notebook.cache_clear()
        again = load_notebook(json.dumps(plain))
    names = [cell.id for cell in loaded.cells]
    assert names == [cell.id for cell in again.cells]
    assert len({*names, "injected-parameters"}) == len(ids) + 1


def test_only_one_cell_has_the_id_of_given_parameters() -> None:
    notebook = executed("1")
    notebook.cells.append(nbformat.v4.new_code_cell("b = 3", id="own", metadata={"tags": ["injected-parameters"]}))
    plain = json.loads(scrub_notebook(notebook, {}, "/x"))
    assert [cell["id"] for cell in plain["cells"]] == ["given", "injected-parameters", "cell-0", "own"]
