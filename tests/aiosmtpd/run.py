#!/usr/bin/env python3
"""Runs the story's mails against aiosmtpd, an SMTP server that is not ours.

Starts it on a free port of 127.0.0.1 with a fresh Maildir, runs tests/it/story.rs against it on
every database there is, and ends with the test's own exit code. Needs aiosmtpd 1.4.6 and cargo.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox


class FreePort(Controller):
    """A controller that tells which port the system gave it."""

    def _trigger_server(self):
        # The base class connects to `port` to see whether the server is up; 0 is not a port yet.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def main() -> int:
    root = pathlib.Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory() as folder:
        maildir = pathlib.Path(folder) / "mails"
        controller = FreePort(Mailbox(str(maildir)), hostname="127.0.0.1", port=0)
        controller.start()
        try:
            place = f"127.0.0.1:{controller.port},{maildir}"
            print(f"aiosmtpd listens on 127.0.0.1:{controller.port}", flush=True)
            command = ["cargo", "test", "--locked", "--package", "tests", "--test", "it"]
            # One at a time: the databases share one Maildir.
            command += ["--", "story::someone_sends", "--test-threads=1"]
            environment = {**os.environ, "EARSHOT_TEST_SMTP": place}
            code = subprocess.run(command, cwd=root, env=environment, check=False).returncode
            # The story leaves its last mail behind: an empty Maildir means that it did not run here.
            if code == 0 and not any((maildir / "new").iterdir()):
                print("The story ended well, but no mail came through aiosmtpd.")
                return 1
            return code
        finally:
            controller.stop()


if __name__ == "__main__":
    sys.exit(main())
