"""Old binary Word documents and presentations, converted by LibreOffice where it is installed.

LibreOffice (MPL-2.0) runs with a profile of its own in a temporary folder, in which macros are off
and addresses on the network lead nowhere: a document may name pictures that are to be fetched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from rag.errors import DamagedFile, UnsupportedFormat
from rag.readers.limits import Limits, child_environment
from rag.readers.office.docx import read_docx
from rag.readers.office.pptx import read_slides
from rag.readers.signatures import kind_of
from rag.schema import Reading

_SECONDS: Final = 120
_PROGRAMS: Final = (
    "soffice",
    "libreoffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
_SETTINGS: Final = (
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    # A proxy where nobody listens, for whatever would still be fetched.
    ("Inet/Settings", "ooInetProxyType", "2"),
    *(
        ("Inet/Settings", f"ooInet{kind}ProxyName", "127.0.0.1")
        for kind in ("HTTP", "HTTPS", "FTP")
    ),
    *(("Inet/Settings", f"ooInet{kind}ProxyPort", "9") for kind in ("HTTP", "HTTPS", "FTP")),
    ("Inet/Settings", "ooInetNoProxy", ""),
)


def read_doc(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an old Word document as the DOCX that LibreOffice makes of it.

    Raises:
        UnsupportedFormat: LibreOffice is not installed; the message says what to do.
        DamagedFile: LibreOffice cannot read it.
    """
    return read_docx(_converted(content, name, ".docx"), name, limits)


def read_ppt(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an old presentation as the PPTX that LibreOffice makes of it; see :func:`read_doc`."""
    return read_slides(_converted(content, name, ".pptx"), name, limits)


def _converted(content: bytes, name: str, suffix: str) -> bytes:
    if kind_of(content) == suffix:  # it has only the old name
        return content
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise UnsupportedFormat(
            f"{name}: LibreOffice, which would read it, is not installed: install it, or open the "
            f"file in its program and save it as {suffix}"
        )
    old = "doc" if suffix == ".docx" else "ppt"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        folder = Path(made)
        (folder / "profile" / "user").mkdir(parents=True)
        settings = folder / "profile" / "user" / "registrymodifications.xcu"
        settings.write_text(_profile(), "utf-8")
        given = folder / f"given.{old}"
        given.write_bytes(content)
        command = [
            program,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--headless", "--norestore", "--nologo", "--convert-to", suffix[1:]),
            *("--outdir", str(folder), str(given)),
        ]
        _run(command)
        result = given.with_suffix(suffix)
        if not result.is_file():
            raise DamagedFile(
                f"{name}: LibreOffice cannot read it; open it in its program and save it as "
                f"{suffix}"
            )
        return result.read_bytes()


def _run(command: list[str]) -> None:
    """Run LibreOffice, and end it with its own processes when it takes too long."""
    if limiter := shutil.which("timeout"):  # holds when this process is ended first
        command = [limiter, "--kill-after=5", str(_SECONDS), *command]
    process = subprocess.Popen(  # noqa: S603 - a fixed program; the file has a name of ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        start_new_session=True,
    )
    try:
        process.wait(_SECONDS + 10)
    except subprocess.TimeoutExpired:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()


def _profile() -> str:
    """The settings in the form in which LibreOffice keeps them."""
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for path, name, value in _SETTINGS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{items}</oor:items>'
    )
