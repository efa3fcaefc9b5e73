"""Control words of the Rich Text Format 1.9.1: which groups hold text, and which characters.

Names and meanings are those of Microsoft's "Rich Text Format (RTF) Specification".
"""

from __future__ import annotations

from rag.language.word_lists import words

__all__ = ["CHARACTERS", "CODE_PAGES", "LEFT_OUT", "PARAGRAPH_ENDS", "STORIES", "encoding_of"]

# Groups of the document that are not its text. Those marked with ``\\*`` need not stand here.
LEFT_OUT = words(
    "annotation atnauthor atndate atnicn atnid atnparent atnref atntime atrfend atrfstart author "
    "bkmkend bkmkstart buptim category colortbl comment company creatim datafield do doccomm "
    "docvar fldinst filetbl fontemb fontfile footer footerf footerl footerr formfield ftncn ftnsep "
    "ftnsepc aftncn aftnsep aftnsepc generator header headerf headerl headerr hlinkbase hlloc "
    "hlsrc info listoverridetable listtable listtext listpicture manager nesttableprops "
    "nonesttables nonshppict objalias objclass objdata objname objsect operator pict pn pntext "
    "pntxta pntxtb printim private propname protend protstart revtbl revtim rsidtbl rxe shppict "
    "shprslt sn sp staticval sv tc template themedata txe userprops xe xmlnstbl"
)

# Groups with a text of their own, apart from the paragraph in which they stand.
STORIES = {"footnote": "note", "shptxt": "box", "dptxbxtext": "box"}

PARAGRAPH_ENDS = frozenset({"par", "sect"})

CHARACTERS = {
    "line": "\n",
    "lbr": "\n",
    "page": "\n",
    "column": "\n",
    "tab": "\t",
    "emdash": "\u2014",
    "endash": "\u2013",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "qmspace": "\u2005",
    "bullet": "\u2022",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "~": "\u00a0",
    "_": "-",  # the hyphen at which no line is broken
    "{": "{",
    "}": "}",
    "\\": "\\",
    "\t": "\t",
}

# By the number of a font's character set.
CODE_PAGES = {
    0: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "cp936",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}

_OTHER_NAMES = {10000: "mac_roman", 10006: "mac_greek", 10007: "mac_cyrillic", 65001: "utf-8"}


def encoding_of(code_page: int) -> str:
    """Python's name of a Windows code page; the most frequent one if it is not known."""
    name = _OTHER_NAMES.get(code_page, f"cp{code_page}")
    try:
        b"".decode(name)
    except LookupError:
        return "cp1252"
    return name
