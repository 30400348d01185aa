"""Folders with the files of a kernel, for tests."""

from pathlib import Path

FILES = {
    "proc/net/netstat": "TcpExt: ListenOverflows ListenDrops TCPSynRetrans\nTcpExt: 5 7 30\n",
    "proc/net/snmp": "Ip: Forwarding\nIp: 1\nTcp: CurrEstab OutSegs RetransSegs\nTcp: 12 1000 10\n",
    "proc/net/sockstat": "sockets: used 126\nTCP: inuse 40 orphan 2 tw 166 alloc 43 mem 233\n",
    "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
    "proc/sys/fs/file-nr": "1000\t0\t4000\n",
    "proc/vmstat": "pgpgin 1\noom_kill 3\n",
    "proc/uptime": "86400.50 1.0\n",
    "proc/sys/kernel/osrelease": "6.1.0-9-amd64\n",
    "boot/vmlinuz-6.1.0-9-amd64": "",
}


def machine(folder: Path, **changes: str) -> str:
    """Write the files of a kernel and return their root. changes: contents by path, with `__` for a slash."""
    for name, text in (FILES | {path.replace("__", "/"): text for path, text in changes.items()}).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return str(folder)
