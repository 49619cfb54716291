"""``smartcert`` and ``python -m smartcert``: the command."""

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until a command begins Ctrl-C ends the program at once, as it should

from smartcert.cli import main

if __name__ == "__main__":
    main(prog_name="smartcert")
