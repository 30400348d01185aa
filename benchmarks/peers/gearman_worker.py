"""A plain worker for mod_gearman: some threads, each with one job at a time, each job a process.

usage: gearman_worker.py PORT QUEUE KEY-FILE THREADS
"""

import base64
import shlex
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PRE_SLEEP, NOOP, GRAB_JOB, NO_JOB, JOB_ASSIGN, WORK_COMPLETE, SUBMIT_JOB_BG = 4, 6, 9, 10, 11, 13, 18


def packet(kind: int, *arguments: bytes) -> bytes:
    body = b"\0".join(arguments)
    return struct.pack(">4sII", b"\0REQ", kind, len(body)) + body


def encrypted(key: bytes, text: str) -> bytes:
    data = text.encode()
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return base64.b64encode(encryptor.update(data + b"\0" * (16 - len(data) % 16)) + encryptor.finalize())


def decrypted(key: bytes, payload: bytes) -> str:
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
    return (decryptor.update(base64.b64decode(payload)) + decryptor.finalize()).partition(b"\0")[0].decode()


def result(job: dict[str, str]) -> str:
    started = time.time()
    ran = subprocess.run(shlex.split(job["command_line"]), stdout=subprocess.PIPE, timeout=60)
    output = ran.stdout.decode("utf-8", "replace").rstrip("\n").replace("\\", "\\\\").replace("\n", "\\n")
    return (
        f"host_name={job['host_name']}\ncore_start_time={job['core_time']}\nstart_time={started:.6f}\n"
        f"finish_time={time.time():.6f}\nreturn_code={ran.returncode}\nexited_ok=1\nsource=plain\n"
        f"service_description={job['service_description']}\noutput={output}\n\n\n"
    )


def work(port: int, queue: bytes, key: bytes) -> None:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    read = connection.makefile("rb")
    connection.sendall(packet(1, queue) + packet(GRAB_JOB))
    while header := read.read(12):
        _, kind, size = struct.unpack(">4sII", header)
        body = read.read(size)
        if kind == JOB_ASSIGN:
            handle, _, payload = body.split(b"\0", 2)
            job = dict(line.split("=", 1) for line in decrypted(key, payload).split("\n") if "=" in line)
            found = encrypted(key, result(job))
            done = packet(SUBMIT_JOB_BG, job["result_queue"].encode(), b"", found) + packet(WORK_COMPLETE, handle, b"")
            connection.sendall(done + packet(GRAB_JOB))
        elif kind == NO_JOB:
            connection.sendall(packet(PRE_SLEEP))
        elif kind == NOOP:
            connection.sendall(packet(GRAB_JOB))


def main() -> None:
    port, queue, key_file, threads = sys.argv[1:]
    key = Path(key_file).read_bytes().rstrip()[:32].ljust(32, b"\0")
    for _ in range(int(threads)):
        threading.Thread(target=work, args=(int(port), queue.encode(), key)).start()


if __name__ == "__main__":
    main()
