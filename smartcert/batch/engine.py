"""What is the papermill engine ``smartcert``? ``papermill --engine smartcert in.ipynb out.ipynb`` starts no kernel.

The cells run inside papermill's own process, in the shell that a Jupyter kernel uses: no kernel is started, so a short
notebook takes a fraction of the time. Parameters that the notebook does not declare are refused.

papermill loads every registered engine when it is imported, and this module may be what imports papermill: so nothing
of papermill is imported at the top.
"""

from __future__ import annotations

from typing import Any


class SmartcertEngine:
    """What papermill asks of an engine."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run the cells of ``nb`` in this process and return the notebook with their outputs.

        Raises:
            UnknownParameterError: ``nb`` was given a parameter that it does not declare.
        """
        from smartcert.batch.shell import ShellEngine

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
