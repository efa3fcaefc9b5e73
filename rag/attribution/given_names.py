"""Given names of English, which by themselves are no family names, and their short forms."""

from __future__ import annotations

from rag.language.word_lists import words as word_set

__all__ = ["GIVEN_NAMES", "alternatives"]

_SHORT_FORMS = tuple(
    each.split("=")
    for each in sorted(
        word_set(
            "abraham=abe alexander=alex alexander=sasha andrew=andy andrew=drew anthony=tony "
            "benjamin=ben catherine=cathy catherine=kate charles=charlie christopher=chris "
            "daniel=dan david=dave deborah=debbie donald=don douglas=doug edward=ed edward=ted "
            "elizabeth=liz elizabeth=beth eugene=gene frederick=fred gregory=greg james=jim "
            "james=jimmy jeffrey=jeff jennifer=jen john=jack john=johnny jonathan=jon joseph=joe "
            "joshua=josh kenneth=ken lawrence=larry leonard=len margaret=maggie matthew=matt "
            "michael=mike nicholas=nick patricia=pat patrick=pat peter=pete philip=phil "
            "raymond=ray rebecca=becky richard=rick richard=dick robert=bob robert=rob "
            "robert=bobby ronald=ron samuel=sam stephen=steve steven=steve susan=sue "
            "terrence=terry theodore=ted thomas=tom timothy=tim victoria=vicky vincent=vince "
            "vladimir=volodya walter=walt william=bill william=will zachary=zach"
        )
    )
)
GIVEN_NAMES = frozenset(name for pair in _SHORT_FORMS for name in pair) | word_set(
    "adam alan alice amanda amy angela anna anne antonio barbara brian bruce carl carlos carol "
    "caroline claire colin craig diana diane dmitry emily emma eric frank gary george grace "
    "hannah harry helen henry ivan jane janet jason jean jesus jose juan julia julie karen karl "
    "kevin laura linda lisa louis lucy luis manuel maria mark mary michelle miguel nancy natalia "
    "neil oliver olga paul pedro rachel ralph roger roy ruth sandra sarah sergei sharon sofia "
    "stephanie tatiana victor yuri"
)
_ALTERNATIVES: dict[str, set[str]] = {}
for _long, _short in _SHORT_FORMS:
    _ALTERNATIVES.setdefault(_long, set()).add(_short)
    _ALTERNATIVES.setdefault(_short, set()).add(_long)


def alternatives(name: str) -> frozenset[str]:
    """Other forms of a given name in lower case: ``mike`` for ``michael``, and the reverse."""
    return frozenset(_ALTERNATIVES.get(name, ()))
