"""Which commands are there? Their names, one line of help each, and the module that defines each of them."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from typing import Any

import click

from smartcert import __version__
from smartcert.cli.lazy import LazyGroup
from smartcert.errors import InputError, SmartcertError, UsageError, describe_os_error
from smartcert.imports import block_rfc3987, collect_rarely, disable_pydantic_plugins

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended, as of every program that a signal ends: 128 and its number."""

_SOON = 0.05
"""Seconds after which an interruption that Python has swallowed is repeated."""

COMMANDS = {
    "check": ("smartcert.cli.rounds:check", "Check every file of ROUND and count what it holds."),
    "committee": ("smartcert.cli.committee:committee", "Check the committee of a round and plan its work."),
    "demo": ("smartcert.cli.reports:demo", "Write the reports of the example round; show its results."),
    "intake": ("smartcert.cli.intake:intake", "Write the tables of ROUND from packages or sheets."),
    "lab": ("smartcert.cli.notebooks:lab", "Show the notebooks, set to ROUND, in JupyterLab."),
    "new-round": ("smartcert.cli.rounds:new_round", "Write the files of a new round from an earlier one."),
    "page": ("smartcert.cli.pages:page", "Write the page of one notebook that is run over ROUND."),
    "plan": ("smartcert.cli.reports:plan", "Show which reports of ROUND a run would write, and why."),
    "recompute": ("smartcert.cli.recompute:recompute", "Check that a report prints what its trace calculates."),
    "register": ("smartcert.cli.register:register", "Write and check the register of certificates."),
    "registry": ("smartcert.cli.registry:registry", "Write and check months of the registry."),
    "rules": ("smartcert.cli.rules:rules", "Show every value of the rules that is in force on a day."),
    "run": ("smartcert.cli.run:run", "Write the reports of ROUND, its summary and its index."),
    "seal": ("smartcert.cli.verification:seal", "Write a signature of the manifest of ROUND's outputs."),
    "self-check": ("smartcert.cli.applicants:self_check", "Check a form or a package before it is sent."),
    "simulate": ("smartcert.cli.simulation:simulate", "Write an invented round for rehearsals and benchmarks."),
    "status": (
        "smartcert.cli.rounds:status",
        "Show where ROUND stands and which command is next.",
    ),
    "template": ("smartcert.cli.applicants:template", "Write the form of an applicant or a sheet of marks."),
    "verify": ("smartcert.cli.verification:verify", "Check ROUND's outputs by making them again."),
    "who": ("smartcert.cli.who:who", "Show who a name or code is, and whether it may apply."),
    "why": ("smartcert.cli.reports:why", "Show why each report of an applicant is fresh or not."),
}


class MainGroup(LazyGroup):
    """The commands of the package; their errors are printed without a traceback and give the exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # as long as there was nothing to leave in order
            signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = repeat_interruption
        try:
            return super().invoke(ctx)
        except SmartcertError as error:
            for line in _describe_error(error, ctx):
                click.echo(line, err=True)
            ctx.exit(error.exit_code)
        except click.UsageError as error:
            if _find_language(ctx) == "en":
                raise
            click.echo(_describe_wrong_command(error), err=True)
            ctx.exit(UsageError.exit_code)
        except KeyboardInterrupt:
            click.echo(_describe_interruption(ctx), err=True)
            ctx.exit(INTERRUPTED)

    def main(self, *arguments: Any, **settings: Any) -> Any:
        """Run the program; what the system refuses (a full disk, a read-only one) is one line and exit code 2."""
        block_rfc3987()
        disable_pydantic_plugins()
        collect_rarely()
        _open_missing_streams()
        try:
            _print_whatever_the_encoding()
            try:
                return super().main(*arguments, **settings)
            finally:
                sys.stdout.flush()  # what cannot be printed is told here, while it can be
        except OSError as error:
            _discard_output()
            if error.errno == errno.EPIPE:  # whoever read the output has gone, as `head` does
                raise SystemExit(1) from None
            click.echo(_describe_in(describe_os_error(error), _find_language(None)), err=True)
            raise SystemExit(UsageError.exit_code) from None


def repeat_interruption(unraisable: sys.UnraisableHookArgs) -> None:
    """Interrupt the program again where Ctrl-C came in a finalizer or a callback, out of which Python raises nothing.

    Otherwise the key would be pressed for nothing, with a traceback, and the command would go on.
    """
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
        return
    import threading  # imported here: it happens once in hundreds of interruptions

    def interrupt() -> None:
        if sys.platform == "win32":
            signal.raise_signal(signal.SIGINT)
        else:  # to the thread that may be waiting, so that it wakes up
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Timer(_SOON, interrupt).start()  # not here: out of this nothing is raised either


def _find_language(ctx: click.Context | None) -> str:
    """Return the language of the command that is run: that of its ``--language``, else of the user's locale."""
    from smartcert.cli.options import LANGUAGE_KEY, detect_language  # imported here: only where something is wrong

    asked = ctx.meta.get(LANGUAGE_KEY) if ctx is not None else None
    return asked or detect_language()


def _describe_error(error: SmartcertError, ctx: click.Context) -> list[str]:
    language = _find_language(ctx)
    if not isinstance(error, InputError):
        return [_describe_in(str(error), language)]
    from smartcert.reporting.problems import describe_problem  # imported here, as above

    return [describe_problem(problem, language) for problem in error.problems]


def _describe_in(message: str, language: str) -> str:
    from smartcert.reporting.problems import translate  # imported here, as above

    return translate(message, language)


def _describe_wrong_command(error: click.UsageError) -> str:
    message = _describe_in(error.format_message(), "ko")
    path = error.ctx.command_path if error.ctx is not None else "smartcert"
    return f"{message}\n{_describe_in(f'see `{path} --help`', 'ko')}"


def _describe_interruption(ctx: click.Context) -> str:
    """Return what Ctrl-C leaves, and what to do next, in the language of the command."""
    from smartcert.reporting.catalogue import Words  # imported here, as above

    return Words(_find_language(ctx), "commands")("interrupted.again")


def _open_missing_streams() -> None:
    """Give the program streams that lead nowhere where it was started without, as by ``>&-`` or as a service.

    Else a file that is opened later has the number of a stream, and gets what is printed.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for the whole process


def _print_whatever_the_encoding() -> None:
    """Let the output have escapes for letters that its encoding does not know, as code page 949 for accents."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Send what cannot be printed nowhere: Python would try again as it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - quicker to start than a path
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


@click.group(
    cls=MainGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True},
)
@click.version_option(__version__, prog_name="smartcert")
def main() -> None:
    """Evaluate applications for Korea's smart city certification, and write the reports.

    ROUND is a name under parameters/rounds or the path of a round's folder.
    """
