"""Make a folder of damaged and hostile files: ``python tests/damaged.py FOLDER --count 200``.

The same seed gives the same files. Most are readable documents that were cut off, had bits flipped
or got another suffix; the others are made by hand, each for one way in which reading could fail.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import lzma
import os
import random
import socket
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

MEGABYTE = 1_000_000
SENTENCES = (
    "Inspectors said that cells in Baku were overcrowded and cold.",
    "Two newspapers in Addis Ababa were closed, and a radio station was fined.",
    "Observers called the vote in Tbilisi calm, with few complaints.",
    "The ministry did not answer questions about the detainees.",
    "Lawyers waited eleven hours before they could see their clients.",
)


def prose(chance: random.Random, sentences: int = 6) -> str:
    return " ".join(
        f"{chance.choice(SENTENCES)[:-1]} in case {chance.randrange(10**9)}."
        for _ in range(sentences)
    )


def pdf(text: str, *, password: str | None = None) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, encrypt=password)
    for number, line in enumerate(text[at : at + 90] for at in range(0, len(text), 90)):
        canvas.drawString(72, 720 - 14 * number, line)
    canvas.save()
    return out.getvalue()


def docx(body: str) -> bytes:
    namespace = "http://schemas.openxmlformats.org"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{namespace}/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
            'PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
            'officedocument.wordprocessingml.document.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{namespace}/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{namespace}/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        archive.writestr("word/document.xml", body)
    return out.getvalue()


def word(text: str) -> str:
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return (
        f'<w:document xmlns:w="{namespace}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p>'
        "</w:body></w:document>"
    )


def readable(chance: random.Random) -> dict[str, bytes]:
    """One whole document of each suffix."""
    text = prose(chance)
    return {
        ".txt": f"A report\n\n{text}".encode(),
        ".md": f"---\ntitle: A report\n---\n# Part\n\n{text}\n\n- one\n- two\n".encode(),
        ".html": f"<html><title>T</title><body><h1>A</h1><p>{text}</p></body></html>".encode(),
        ".pdf": pdf(text),
        ".docx": docx(word(text)),
        ".zip": packed({"inside.txt": text.encode(), "sub/other.md": prose(chance).encode()}),
        ".tar.gz": gzip.compress(tarred({"inside.txt": text.encode()}), mtime=0),
    }


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members.items():
            archive.addfile(_tar_member(name, len(content)), io.BytesIO(content))
    return out.getvalue()


def _tar_member(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member


def cut_off(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 10, 100))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def mutated(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Endlessly: documents that are cut off, damaged, or not what their suffix says."""
    suffixes = list(readable(random.Random(0)))
    for number in range(10**9):
        suffix = suffixes[number % len(suffixes)]
        content = readable(chance)[suffix]
        match number // len(suffixes) % 4:
            case 0:
                yield f"cut-{number}{suffix}", cut_off(content, chance)
            case 1:
                yield f"flipped-{number}{suffix}", flipped(content, chance)
            case 2:
                other = chance.choice([each for each in suffixes if each != suffix])
                yield f"wrong-{number}{suffix}{other}", content
            case _:
                yield f"random-{number}{suffix}", chance.randbytes(chance.randrange(1, 5000))


# Files made by a grammar.

_TOKENS = {
    ".txt": ('"', "“", "’s said, ", "MR A: ", "1. ", "\n\n", "He said ", "a ", "U.S. ", "(", "…"),
    ".html": ("<div>", "<p>", "</p>", "<!--", "-->", "<a href='#'>", "<table><tr><td>", "x "),
    ".eml": ("From: a@b\n", "> ", "\n\n", "On 1 May, A wrote:\n", "--b\n", "<<", "=?", "x "),
    ".csv": ('"', ",", ";", "\n", '""', "date,", "a,b\n", "x ", "\t", "=1", "|"),
    ".md": ("#", "[", "](", ">", "`", "*", "- ", "\n", "|", "    ", "x ", "![", "---\n"),
}
_OPENED = {
    ".eml": "From: a@example.org\nSubject: s\nContent-Type: text/plain\n\n",
    ".csv": "name,date\n",
    ".html": "<html><body>",
}
_GROWN = 400_000  # characters


def made_by_grammar(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Endlessly: one thing nested in another, repeated, or in turn with others, without an end."""
    for number in range(10**9):
        suffix = list(_TOKENS)[number % len(_TOKENS)]
        parts = [chance.choice(_TOKENS[suffix]) for _ in range(chance.randrange(1, 4))]
        piece = "".join(parts)
        times = chance.choice((1_000, 20_000, _GROWN)) // len(piece) + 1
        kind = ("repeated", "nested", "alternating")[number // len(_TOKENS) % 3]
        if kind == "nested":
            other = chance.choice(_TOKENS[suffix])
            text = piece * times + SENTENCES[0] + other * (times * len(piece) // len(other))
        elif kind == "alternating":
            text = "".join(chance.choice(parts) for _ in range(times))
        else:
            text = piece * times
        content = f"{_OPENED.get(suffix, '')}{text}\n{SENTENCES[1]}"
        yield f"{kind}-{number}{suffix}", content.encode()


# Files made by hand.


def bomb_pdf(size: int) -> bytes:
    """A page whose content stream is compressed a thousandfold."""
    stream = zlib.compress(b"0 0 m 1 1 l S\n" * (size // 14), 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n" % len(stream) + stream + b"\nendstream",
    ]
    return _pdf_of(objects)


def circular_pdf() -> bytes:
    """A tree of pages that contains itself, and says that it has a billion."""
    return _pdf_of(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000000>>"]
    )


def _pdf_of(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj" % number + each + b"endobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(out)


def nested_zip(depth: int) -> bytes:
    content = packed({"deepest.txt": SENTENCES[0].encode()})
    for level in range(depth):
        content = packed({f"level-{level}.zip": content})
    return content


def billion_laughs() -> str:
    entities = "".join(
        f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">' for number in range(1, 12)
    )
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>' + word("&e11;")


def encrypted_zip() -> bytes:
    """The bit that says "encrypted" is set, in both headers."""
    content = bytearray(packed({"secret.txt": b"nobody reads this", "open.txt": b"Some read it."}))
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def lying_zip() -> bytes:
    """The directory says that a member has ten bytes; it has ten million."""
    content = bytearray(packed({"large.txt": b"A" * 10 * MEGABYTE}))
    struct.pack_into("<L", content, content.find(b"PK\x01\x02") + 24, 10)
    return bytes(content)


def overlapping_zip() -> bytes:
    """A thousand entries of the directory lead to the same compressed bytes."""
    content = packed({"00000.txt": " ".join(SENTENCES * 400).encode()})
    at = content.find(b"PK\x01\x02")
    end = content.find(b"PK\x05\x06")
    entry = content[at:end]
    tail = bytearray(content[end:])
    entries = b"".join(entry[:46] + f"{number:05}".encode() + entry[51:] for number in range(1000))
    struct.pack_into("<HHLL", tail, 8, 1000, 1000, len(entries), at)
    return content[:at] + entries + bytes(tail)


def endless_header_tar() -> bytes:
    """A header extension that is to be held in memory, all 200 MB of it."""
    member = _tar_member("././@PaxHeader", 200 * MEGABYTE, tarfile.XHDTYPE)
    return gzip.compress(member.tobuf(tarfile.USTAR_FORMAT) + bytes(200 * MEGABYTE), mtime=0)


def odd_tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (
            ("link.txt", tarfile.SYMTYPE),
            ("hard.txt", tarfile.LNKTYPE),
            ("device.txt", tarfile.CHRTYPE),
            ("pipe.txt", tarfile.FIFOTYPE),
        ):
            member = _tar_member(name, kind=kind)
            member.linkname = "/etc/passwd"
            archive.addfile(member)
        for name in ("../above.txt", "/absolute.txt", "sub/../../above.txt", "line\nbreak.txt"):
            content = f"{SENTENCES[1]} {name!r}".encode()
            archive.addfile(_tar_member(name, len(content)), io.BytesIO(content))
    return out.getvalue()


def damaged_tar() -> bytes:
    """A header in the middle is no header."""
    content = bytearray(tarred({f"{number}.txt": SENTENCES[2].encode() for number in range(4)}))
    content[2048:2560] = b"?" * 512
    return bytes(content)


def by_hand(*, line_megabytes: int, chance: random.Random) -> dict[str, Callable[[], bytes]]:
    """Name and content of the files that are made for one purpose each."""
    text = prose(chance)
    large = line_megabytes * MEGABYTE
    return {
        "one-line.txt": lambda: b"x" * large,
        "zeros.txt": lambda: bytes(5 * MEGABYTE),
        "spaces.md": lambda: b" " * 5 * MEGABYTE,
        "brackets.md": lambda: b"[" * 50_000,
        "quotes.md": lambda: b">" * 20_000 + b" deep",
        "lists.md": lambda: b"".join(b" " * n + b"- x\n" for n in range(2000)),
        "nested.html": lambda: b"<div>" * 100_000 + b"deep",
        "attributes.html": lambda: b"<p " + b"a=1 " * 200_000 + b">text of it</p>",
        "unclosed.html": lambda: b"<table><tr><td>" * 20_000 + b"text",
        "laughs.xhtml": lambda: billion_laughs().encode(),
        "laughs.docx": lambda: docx(billion_laughs()),
        "bomb.docx": lambda: docx(word("A" * 2 * large)),
        "deep.docx": lambda: docx(word("<w:p>" * 50_000)),
        "bomb.zip": lambda: packed({"zeros.txt": bytes(2 * large), "fine.txt": text.encode()}),
        "nested.zip": lambda: nested_zip(6),
        "many.zip": lambda: packed({f"{n}.txt": b"x" for n in range(12_000)}),
        "encrypted.zip": encrypted_zip,
        "lying.zip": lying_zip,
        "overlapping.zip": overlapping_zip,
        "bzip2.zip": lambda: packed({"a.txt": bytes(large)}, zipfile.ZIP_BZIP2),
        "lzma.zip": lambda: packed({"a.txt": bytes(large)}, zipfile.ZIP_LZMA),
        "names.zip": lambda: packed(
            {
                "../../above.txt": text.encode(),
                "/etc/absolute.txt": text.encode(),
                "C:\\windows.txt": text.encode(),
                "line\nbreak.txt": f"one {text}".encode(),
                f"{'long' * 400}.txt": text.encode(),
                "twice.txt": f"two {text}".encode(),
                "fine.txt": f"three {text}".encode(),
            }
        ),
        "header.tar.gz": endless_header_tar,
        "bomb.tar.gz": lambda: gzip.compress(tarred({"zeros.txt": bytes(2 * large)}), mtime=0),
        "bomb.tar.xz": lambda: lzma.compress(tarred({"z.txt": bytes(2 * large)})),
        "bomb.tar.bz2": lambda: bz2.compress(tarred({"z.txt": bytes(2 * large)})),
        "odd.tar": odd_tar,
        "damaged.tar": damaged_tar,
        "bomb.pdf": lambda: bomb_pdf(2 * large),
        "circular.pdf": circular_pdf,
        "locked.pdf": lambda: pdf(text, password="secret"),
        "bomb.html": lambda: gzip.compress(bytes(large), mtime=0),
        "empty.txt": lambda: b"",
        "empty.pdf": lambda: b"",
        "empty.zip": lambda: packed({}),
        "mark.txt": lambda: b"\xef\xbb\xbf",
        "utf16.txt": lambda: f"unmarked {text}".encode("utf-16-le"),
        "latin.txt": lambda: f"Une pièce à conviction. {text}".encode("latin-1"),
        "surrogates.txt": lambda: b"half a pair \xed\xa0\x80 " + text.encode(),
        "nothing.xyz": lambda: b"what is this?",
        "line\nbreak.txt": lambda: f"A name of two lines. {text}".encode(),
        f"{'n' * 240}.txt": lambda: f"A long name. {text}".encode(),
        "quote'\"; DROP TABLE documents;.txt": lambda: f"A name of SQL. {text}".encode(),
        "a/" * 40 + "deep.txt": lambda: f"Far down. {text}".encode(),
        "alike.txt": lambda: b"a " * 400_000,
        "marks.txt": lambda: b'"' * 60_000 + text.encode(),
        "said.txt": lambda: b'"A said, "B said, ' * 30_000,
        "comments.html": lambda: b"<!---->" * 100_000 + b"<p>text of it</p>",
        "heading.md": lambda: b"# " + b"long " * 200_000 + b"\n\n" + text.encode() * 50,
        "title.html": lambda: b"<title>" + b"long " * 200_000 + b"</title>" + text.encode() * 50,
        "turns.txt": lambda: b"MR A: b.\n\nMR C: d.\n\n" * 50_000,
        "capitals.txt": lambda: b"A" * 100_000 + b" said: " + text.encode(),
    }


def special_files(folder: Path) -> None:
    """What is no regular file, and what leads in circles; as far as the system has such things."""
    (folder / "circle").mkdir()
    (folder / "circle" / "again").symlink_to(folder, target_is_directory=True)
    (folder / "circle" / "itself.txt").symlink_to("itself.txt")
    (folder / "nowhere.txt").symlink_to(folder / "not-there.txt")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.txt")
    if hasattr(socket, "AF_UNIX") and len(str(folder)) < 90:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(folder / "socket.txt"))
    (folder / "table").mkdir()
    (folder / "table" / "metadata.csv").write_text('file,title\n"unclosed', "utf-8")
    (folder / "table" / "told.txt").write_text(f"Beside a bad table. {SENTENCES[3]}", "utf-8")


def make(folder: Path, *, count: int, seed: int, line_megabytes: int) -> None:
    """Make ``count`` files below ``folder``, which must be empty or missing."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    special_files(folder)
    made = sum(1 for path in folder.rglob("*") if not path.is_dir())
    for name, content in by_hand(line_megabytes=line_megabytes, chance=chance).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content())
        made += 1
    for name, mutation in mutated(chance):
        if made >= count:
            return
        (folder / name).write_bytes(mutation)
        made += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--line-megabytes", type=int, default=100)
    given = parser.parse_args()
    make(given.folder, count=given.count, seed=given.seed, line_megabytes=given.line_megabytes)


if __name__ == "__main__":
    main()
