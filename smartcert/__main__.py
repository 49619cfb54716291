"""``python -m smartcert``: the same as the command."""

from smartcert.cli import main

if __name__ == "__main__":
    main(prog_name="smartcert")
