"""Mail: through the machine's sendmail, or an SMTP server."""

from __future__ import annotations

import smtplib
import ssl
import subprocess
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from checkwright.core.text import clean
from checkwright.notify.channel import DELIVERED, BadSettings, Outcome, text_of
from checkwright.notify.incident import Incident
from checkwright.notify.phone_text import text, title

WHO = "the mail server"
_SENDMAIL = "/usr/sbin/sendmail"
_PATIENCE = 30.0
#: Answers of SMTP from 500 on are final.
_FINAL = 500


class Mail:
    """Settings: to (an address or local alias), smtp (HOST or HOST:PORT, "" for sendmail), sender, sendmail, ca.

    With an SMTP server the connection is encrypted where the server offers it.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._to = text_of(settings, "to")
        self._smtp = text_of(settings, "smtp", "")
        self._sender = text_of(settings, "sender", "")
        self._sendmail = text_of(settings, "sendmail", _SENDMAIL)
        self._ca = text_of(settings, "ca", "")
        if not self._to or self._to.startswith("-") or not self._to.isprintable() or set(self._to) & set(" ,;<>\"'"):
            raise BadSettings("`to` of a mail is one address")

    def send(self, incident: Incident) -> Outcome:
        message = self._message(incident)
        return self._by_smtp(message) if self._smtp else self._by_sendmail(message)

    def _message(self, incident: Incident) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = title(incident, 150)
        message["To"] = self._to if "@" not in self._to else Address(addr_spec=self._to)
        if self._sender:
            message["From"] = Address("checkwright", addr_spec=self._sender) if "@" in self._sender else self._sender
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain="checkwright.invalid")
        message["Auto-Submitted"] = "auto-generated"
        # Mails of one problem are one thread.
        message["References"] = f"<{incident.key.encode().hex()}@checkwright.invalid>"
        message.set_content(text(incident))
        return message

    def _by_sendmail(self, message: EmailMessage) -> Outcome:
        sender = ("-f", self._sender) if self._sender else ()
        argv = (self._sendmail, "-oi", *sender, "--", self._to)
        try:
            done = subprocess.run(argv, input=bytes(message), capture_output=True, timeout=_PATIENCE)
        except OSError as error:
            return Outcome(f"cannot run {self._sendmail}: {error.strerror}")
        except subprocess.TimeoutExpired:
            return Outcome(f"{self._sendmail} did not end within {_PATIENCE:g} s")
        if done.returncode:
            reason = clean(done.stderr.decode("utf-8", "replace"), 160)
            return Outcome(f"{self._sendmail} ended with {done.returncode}{f': {reason}' if reason else ''}")
        return DELIVERED

    def _by_smtp(self, message: EmailMessage) -> Outcome:
        host, _, port = (
            self._smtp.rpartition(":") if self._smtp.rpartition(":")[2].isdecimal() else (self._smtp, "", "25")
        )
        try:
            with smtplib.SMTP(host.strip("[]"), int(port), timeout=_PATIENCE) as server:
                server.ehlo_or_helo_if_needed()
                if server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context(cafile=self._ca or None))
                server.send_message(message, self._sender or self._to, [self._to])
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            return _refusal(code, answer)
        except smtplib.SMTPResponseException as error:
            return _refusal(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return Outcome(f"{WHO} {host}: {clean(reason, 160) or type(error).__name__}")
        return DELIVERED


def _refusal(code: int, reason: bytes | str) -> Outcome:
    shown = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    return Outcome(f"{WHO} answered {code}: {clean(shown, 160)}", final=code >= _FINAL)
