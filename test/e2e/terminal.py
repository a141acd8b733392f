"""Runs a command in a terminal of 90 columns and 33 rows: python3 terminal.py COMMAND…

Lines of the standard input are JSON: {"send": TEXT} types a text, {"size": [ROWS, COLUMNS]} resizes the
terminal, {"after": TEXT} waits until the output has a text first, for half a minute at most. Prints the terminal's output, and after the
command's end a line with its exit code and whether the terminal's modes are as before.
"""

import fcntl
import json
import os
import select
import signal
import struct
import sys
import termios
import time

master, slave = os.openpty()


def resize(rows, columns):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


resize(33, 90)
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for stream in (0, 1, 2):
        os.dup2(slave, stream)
    os.execvp(sys.argv[1], sys.argv[1:])

seen = b""
steps = [json.loads(line) for line in sys.stdin if line.strip()]
ended = None
last = time.monotonic()
while ended is None or select.select([master], [], [], 0)[0]:
    if select.select([master], [], [], 0.05)[0]:
        part = os.read(master, 65536)
        seen += part
        os.write(1, part)
    if steps and steps[0].get("after", "").encode() in seen:
        step = steps.pop(0)
        last = time.monotonic()
        seen = b""
        if "size" in step:
            resize(*step["size"])
        if "send" in step:
            os.write(master, step["send"].encode())
    if steps and time.monotonic() - last > 30:
        print(f"\nnever printed {steps[0]['after']}")
        steps = []
        os.kill(child, signal.SIGTERM)
    if ended is None:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid == child:
            ended = os.waitstatus_to_exitcode(status)
restored = termios.tcgetattr(slave) == before
print(f"\nended with {ended}, {'restored' if restored else 'not restored'}")
