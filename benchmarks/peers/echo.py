"""`echo.py RATE SECONDS`: send a byte to another process and back, evenly spaced; print seconds, one a line."""

import os
import socket
import sys
import time

rate, seconds = float(sys.argv[1]), float(sys.argv[2])
ours, theirs = socket.socketpair()
if os.fork() == 0:
    ours.close()
    while data := theirs.recv(1):
        theirs.send(data)
    os._exit(0)
theirs.close()
began = time.monotonic()
for number in range(int(rate * seconds)):
    time.sleep(max(0.0, began + number / rate - time.monotonic()))
    sent = time.monotonic()
    ours.send(b"?")
    ours.recv(1)
    print(time.monotonic() - sent)
