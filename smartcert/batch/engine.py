"""What is the papermill engine ``smartcert``? ``papermill --engine smartcert in.ipynb out.ipynb`` starts no kernel.

The cells run inside papermill's own process, in the shell that a Jupyter kernel uses: no kernel is started, so a short
notebook takes a fraction of the time. Parameters that the notebook does not declare are refused.

A cell comes out as from a kernel, but for these, each of which is probed beside a kernel in
``tests/batch/test_engine_contract.py``:

- ``asyncio.run`` works: no event loop runs between cells, none runs, but while a cell awaits, and a task ends with it;
- what is written to a descriptor past sys.stdout goes where the process writes, as from ``subprocess.run`` or a library
  in C; what ``!command`` prints is shown;
- input and a write that is no text are refused by the same error, with our own line in its traceback;
- a group of errors is an error among the outputs too; a kernel has it as printed text only, with which a page might
  pass;
- what the function prints stands beside the widget of ``interact``, and the notebook has no state of widgets;
- there is no kernel: ``get_ipython().kernel`` is None, and ``exit()``, which ends one a moment later, with or without
  the cells that follow, is an error;
- what a slow cell prints stays together; a kernel splits it into several outputs by the clock;
- with ipykernel 6: a traceback of a thread lacks the lines of ipykernel itself; what a thread prints after its cell
  stands in the cell that runs then; a traceback may show a line more of a cell;
- the handler of Ctrl-C is the engine's, which ends the notebook and not only its cell; a cell that goes on five seconds
  after it was interrupted, by Ctrl-C or by its time-out, ends the process, with the notebook as it was saved last;
- what a cell starts (``subprocess.Popen``) goes on after the notebook, where Jupyter ends what a kernel has started;
- what a cell sets in a library (``pandas.options``, ``rcParams``) is set for what this process does afterwards.

papermill loads every registered engine when it is imported, and this module may be what imports papermill: so nothing
of papermill is imported at the top.
"""

from __future__ import annotations

import platform
from typing import Any

LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
"""What a kernel says of its language, but for its version: ``nbconvert --to script`` writes Python by it."""


class SmartcertEngine:
    """What papermill asks of an engine."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run the cells of ``nb`` in this process and return the notebook with their outputs.

        Where no shell can be started here, or they are not Python, papermill's log says why, and a kernel runs them.

        Raises:
            NoSuchKernel: there is no kernel of that name, as with a kernel.
            UnknownParameterError: ``nb`` was given a parameter that it does not declare.
        """
        if options.get("progress_bar"):
            import tqdm.auto  # noqa: F401  # before the shell: after it, this would draw the bar of a notebook
        reason = _describe_other_language(kernel_name)
        if not reason and (failure := describe_shell_failure()):
            reason = f"no shell could be started here: {failure}"
        if reason:
            from papermill.engines import NBClientEngine
            from papermill.log import logger

            from smartcert.batch.parameters import check_parameters

            logger.warning("the cells run in a kernel: %s", reason)
            check_parameters(nb, nb.metadata.papermill.get("parameters", {}))
            return NBClientEngine.execute_notebook(nb, kernel_name, **options)
        from nbformat import from_dict

        from smartcert.batch.shell import ShellEngine

        nb.metadata["language_info"] = from_dict({**LANGUAGE_INFO, "version": platform.python_version()})
        return ShellEngine.execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the name of the kernel that the notebook asks for."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the language that the notebook is written in."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))


def _describe_other_language(kernel_name: str) -> str:
    """Return in which language the kernel of this name, which must exist, runs cells; empty for Python."""
    if kernel_name == "python3":
        return ""
    from jupyter_client.kernelspec import get_kernel_spec

    language = get_kernel_spec(kernel_name).language
    return "" if language.casefold() == "python" else f"they are in {language}"


def describe_shell_failure() -> str:
    """Return why no shell can run cells in this process, as with a version of IPython that ours does not fit.

    Empty where one can: it is then prepared.
    """
    try:
        from smartcert.batch.shell import prepare_shell  # where it fails is what is asked

        prepare_shell()
    except Exception as error:  # whatever it is: a kernel can run the cells
        return f"{type(error).__name__}: {error}"
    return ""
