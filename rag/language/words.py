"""The words that English questions are made of, as far as their form tells what they ask for."""

from __future__ import annotations

import re
from typing import Final

from rag.language.folding import composed
from rag.language.word_lists import words

__all__ = [
    "ASKING",
    "AUXILIARIES",
    "BODIES",
    "DOCUMENTS",
    "FUNCTION_WORDS",
    "MONTHS_AND_DAYS",
    "OBJECT_PRONOUNS",
    "ROLES",
    "SAYING_NOUNS",
    "THINGS",
    "TITLES",
    "alternatives",
    "is_plural",
    "one_line",
]

ASKING: Final = words("what which who whom whose when where why how")
AUXILIARIES: Final = words(
    "do does did is are was were am has have had can could will would shall should may might must "
    "don't doesn't didn't isn't aren't wasn't weren't hasn't haven't hadn't can't couldn't won't "
    "wouldn't shouldn't"
)
OBJECT_PRONOUNS: Final = words("i you we me us one somebody someone anybody anyone people")
FUNCTION_WORDS: Final = (
    ASKING
    | AUXILIARIES
    | words(
        "a an the this that these those there here and or but so nor if whether than as of in on "
        "at by for from to with without about into over under between among against during since "
        "until after before through per within across regarding concerning not no yes also only "
        "both all any some many much more most other another each every such own same i you he "
        "she it we they me him her us them my your his its our their one ones name list compare "
        "give tell according please explain describe summarise summarize show find ok okay thanks "
        "sorry well then now oh hi hello let's be been being because however besides apart"
    )
)

SAYING_NOUNS: Final = words(
    "view views opinion opinions position stance judgment judgement assessment reaction response "
    "comment comments statement statements argument arguments criticism explanation attitude "
    "message remarks words claim claims complaint complaints demand demands proposal proposals "
    "promise promises answer account description denial warning appeal take"
)

TITLES: Final = words(
    "mr mrs ms miss mx dr prof professor sir dame lord lady madam president vice-president "
    "chancellor premier minister secretary ambassador senator congressman congresswoman "
    "representative governor mayor general colonel major captain lieutenant commissioner "
    "rapporteur judge justice king queen prince princess pope archbishop bishop emperor sheikh "
    "chairman chairwoman chairperson chair director spokesman spokeswoman spokesperson"
)
ROLES: Final = TITLES - words("mr mrs ms miss mx dr sir take king pope") | words(
    "leader officer official speaker author witness lawyer prosecutor head chief delegate "
    "delegation activist journalist reporter victim survivor expert critic analyst researcher "
    "observer envoy diplomat mp moderator presenter interviewer announcer narrator correspondent "
    "editor detainee prisoner resident villager student teacher farmer engineer economist "
    "historian scientist writer doctor nurse bishop priest worker survivor mother father widow"
)
BODIES: Final = words(
    "government opposition police authorities army military parliament congress ministry court "
    "commission committee council union party administration department agency organisation "
    "organization ngo ngos company bureau office senate assembly embassy"
)
DOCUMENTS: Final = words(
    "report reports document documents text texts article articles passage passages transcript "
    "transcripts briefing briefings speech speeches source sources collection survey surveys "
    "study studies book paper file files page pages section chapter statement statements "
    "interview interviews edition editions bible census data figures statistics estimates "
    "estimate law constitution treaty article poem song story novel film movie law"
)
MONTHS_AND_DAYS: Final = words(
    "january february march april may june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday"
)
# Names with these words in them are not those of people.
THINGS: Final = words(
    "university college school institute academy council committee commission party act law bill "
    "war battle river lake mountain mountains mount island islands street road avenue city county "
    "state states nations union assembly department ministry office bureau agency court senate "
    "congress parliament house bridge museum park center centre hospital church temple award "
    "prize cup bowl league series show season film song book novel company corporation inc bank "
    "fund group organization organisation association federation conference convention treaty "
    "protocol resolution charter declaration agreement report reports review watch international "
    "national world rights human service services security force forces army police television "
    "radio news times post press journal magazine festival games olympics olympic championship "
    "cross crescent amnesty front movement coalition alliance republic kingdom empire dynasty "
    "century ocean sea gulf bay cape valley desert forest north south east west northern southern "
    "eastern western central new airport station tower castle palace cathedral theatre theater "
    "stadium revolution peace nobel cloud hurricane tropical storm covid internet catastrophe "
    "insurance facility protestant catholic christian muslim jewish islamic european african "
    "american asian latin arctic atlantic pacific caribbean mediterranean democratic republican "
    "communist socialist god one two debate debates election elections principle staff electric "
    "plan project program programme system theory theorem law conjecture virus disease method "
    "effect syndrome insider medicare plus pro"
)

_IRREGULAR_PLURALS: Final = words(
    "people women men children persons police feet teeth mice geese criteria phenomena media "
    "species series data alumni bacteria"
)
_NO_PLURAL_ENDING: Final = ("ss", "us", "is", "'s")
_SINGULAR_IN_S: Final = words("news politics economics physics mathematics always process species")


def alternatives(those: frozenset[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(sorted(map(re.escape, those), key=lambda word: (-len(word), word)))


def one_line(text: str) -> str:
    """The text with single spaces and composed accents; halves of surrogate pairs replaced."""
    return " ".join(composed(text.encode("utf-8", "replace").decode("utf-8")).split())


def is_plural(word: str) -> bool:
    """Whether a noun has the form of a plural."""
    word = word.casefold()
    if word in _IRREGULAR_PLURALS:
        return True
    regular = len(word) > 3 and word.endswith("s") and not word.endswith(_NO_PLURAL_ENDING)
    return regular and word not in _SINGULAR_IN_S
