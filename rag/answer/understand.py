"""A question and its conversation to a query, without a language model.

A follow-up such as "And in 2018?" retrieves nothing by itself. It is searched for together with the
question before it and the start of its answer, and read after that question; the scores add up, so
that a change of subject still finds its own passages. What a question asks for is told by its form
only where that changes what is done: somebody's words, a comparison, a count, a summary.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rag.answer.findings import findings_asked
from rag.answer.questions.clauses import Clause, asking_clause
from rag.answer.questions.names import Known, people, years
from rag.answer.questions.speech import Speech, speech_of
from rag.answer.records import Parts, Query, Side
from rag.cite.answers import Message, QuestionKind
from rag.language.detection import language_of_short
from rag.language.person_names import same_person
from rag.language.places import country_key, places
from rag.language.words import one_line
from rag.store import content_terms

DASH: Final = " — "
"""What stands between a question that depends on the one before, and that one."""

_CARRYING: Final = re.compile(rf"^(?P<question>[^—]*[?.!]){DASH}(?P<before>.*\S)$")
_LONGEST: Final = 2000  # characters of a question that are understood
_LONGEST_CARRIED: Final = 300
_LONGEST_CHAIN: Final = 8  # questions
_ANSWER_WORDS: Final = 40
# Recall on questions of conversations is flat between 0.5 and 1; the lower keeps new subjects on
# top. The same holds for what somebody's words are about, which their name would drown.
_CONTEXT_WEIGHT: Final = 0.5
_TOPIC_WEIGHT: Final = 0.5

# A question that points back, or has no clause of its own: pronouns and connectives are a closed
# class of words, so the list is complete as it stands.
_POINTS_BACK: Final = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|these|those|there|that|"
    r"such|same|ones?|others?|else|then|afterwards?)\b",
    re.IGNORECASE,
)
_ELSE: Final = re.compile(r"\b(?:else|other|others)\b", re.IGNORECASE)
_PERSON: Final = re.compile(r"\b(?:he|she|him|her|his|they)\b", re.IGNORECASE)
_GOES_ON: Final = re.compile(
    r"^(?:and|but|or|so|then|also|what about|how about|why|really|more|in|for|from)\b",
    re.IGNORECASE,
)
_ASKS: Final = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|do|does|did|is|are|was|were|has|have|had|"
    r"can|could|will|would|should|list|name|compare|summari[sz]e|tell|give|describe|explain)\b",
    re.IGNORECASE,
)
_SHORT: Final = 4  # words
# "How many were released?" has one word of its own, and does not say of whom it asks.
_FEW_TERMS: Final = 2
_QUANTITIES: Final = frozenset(content_terms("how many, how much, how often, how long, how far"))
_MOST_KEYWORDS: Final = 5

# "And Azerbaijan?", "What about 2018?", "And in Duque's speech?" is more than a name.
_ANOTHER: Final = re.compile(
    r"^(?:(?:and|but|or)\s+)?(?:(?:what|how) about\s+)?(?:(?:in|for|from|by|of)\s+)?"
    r"(?P<name>[^?.!,—]+?)\s*[?.!]*$",
    re.IGNORECASE,
)

_COUNTS: Final = re.compile(
    r"\b(?:how (?:many times|often|frequently)|how many (?:\w+ ){0,3}?(?:reports?|documents?|"
    r"speakers?|speech(?:es)?|countries|states|passages?|pages?)|(?:number|count) of "
    r"(?:times|mentions)|count (?:the|how|all|every))\b(?=.*\b(?:mention|refer|sa(?:y|id)|talk|"
    r"call|sp(?:eak|oke)|rais|address|discuss|cit|quot|nam|use|occur|appear|contain|deal|bring|brought|"
    r"times)\w*)",
    re.IGNORECASE,
)
_SUMMARISES: Final = re.compile(
    r"^(?:(?:can|could|would) you )?(?:please )?(?:summari[sz]e|sum up|outline)\b|"
    r"\b(?:summary|overview|gist|main points|key findings|main findings) of\b|"
    r"^what (?:is|are|was|were) (?:the|this|that) (?:\w+ ){0,4}?"
    r"(?:report|document|speech|article|text|briefing|statement)s?\b.{0,60}\babout\b",
    re.IGNORECASE,
)
_FINDS: Final = re.compile(r"\b(?:find|found|establish|established|show|shown)\b")
# An order to compare asks nothing that a sentence could answer: the matter is read instead.
_ORDERS: Final = re.compile(r"^(?:(?:can|could) you |please )*(?:compare|contrast)\s+", re.I)
_JOINING: Final = re.compile(
    r"^(?:\W|\b(?:on|in|of|for|about|regarding|concerning|between|to|with|respect|regard|terms|as|"
    r"the|when|it|comes|and|both)\b)+|"
    r"(?:\W|\b(?:in|of|for|between|from|across|to|with|and|both)\b)+$",
    re.I,
)
_COMPARES: Final = re.compile(
    r"\b(?:compare[sd]?|comparison|contrast|versus|vs|differ(?:s|ed|ent|ence|ences)?|both|between|"
    r"than|chang(?:e|es|ed)|develop(?:s|ed)?|evolv(?:e|es|ed)|(?:in|de)creas(?:e|es|ed)|from)\b",
    re.IGNORECASE,
)


def proper_and_carried(question: str) -> tuple[str, str | None]:
    """A question proper, and the one that it carries behind a dash, if it does.

    >>> proper_and_carried("Why? — Who resigned?")
    ('Why?', 'Who resigned?')
    """
    found = _CARRYING.match(question)
    return (found["question"], found["before"]) if found else (question, None)


def is_keywords(question: str) -> bool:
    """Whether a question is a few words to search for, and asks nothing.

    In another language than English that is not told: whatever is typed is a question.

    >>> is_keywords("political prisoners"), is_keywords("And in 2018?")
    (True, False)
    """
    return (
        0 < len(question.split()) <= _MOST_KEYWORDS
        and not question.endswith(("?", "!"))
        and language_of_short(question) in (None, "en")
        and not any(form.search(question) for form in (_ASKS, _POINTS_BACK, _GOES_ON))
    )


def understand(
    question: str,
    history: Sequence[Message] = (),
    *,
    known: Known | None = None,
    parts: Parts | None = None,
) -> Query:
    """The query of a question; never raises, and fast enough for every keystroke.

    A question that carries the one before behind a dash, as ``Query.text`` does, is understood as
    after that question, whatever ``history`` says. "He" is whoever the question before named.
    """
    known, parts = known or Known(), parts or Parts()
    text = one_line(question)
    proper, before = proper_and_carried(text)
    answer = ""
    if before is None and parts.conversation:
        before, answer = _last_turn(history, known)
    whole = _with_another(proper, before, known) if before else None
    if before:
        proper = whole or _with_name(proper, before, answer, known)
    depends = before is not None and whole is None and _depends(proper)
    speech, clause = _speech(proper[:_LONGEST], before if depends else None, known)
    besides: tuple[str, ...] = ()
    if before and speech.kind == "who-said" and _ELSE.search(proper):
        earlier = speech_of(before, asking_clause(before), speakers=known.speakers)
        besides = _heard(earlier, answer, known)
        if not content_terms(_POINTS_BACK.sub("", speech.topic or "")):
            speech = replace(speech, topic=earlier.topic)
    sides = _sides(clause, speech, known) if parts.comparison else ()
    kind = _kind(clause.text, speech, sides)
    texts = [(proper, 1.0)]
    claim = speech.topic if kind == "fact" and not depends else None
    about = speech.topic if kind in ("said-about", "comparison", "who-said") else claim
    found = findings_asked(proper[:_LONGEST]) if kind == "fact" and not depends else None
    about = found[1] if found else about
    if about and about != proper:
        texts.append((about, _TOPIC_WEIGHT))
    if before:
        context = f"{before} {' '.join(answer.split()[:_ANSWER_WORDS])}".strip()
        texts.append((f"{context} {proper}", _CONTEXT_WEIGHT))
    in_full = f"{before} {_ended(proper)}" if depends else proper
    reading = in_full
    if claim:
        # To a reader "does the report say" is no part of what the report says.
        reading = f"{claim[:1].upper()}{claim[1:]}?"
    elif besides and speech.topic:
        reading = f"What was said about {speech.topic}?"
    elif kind == "said-about" and speech.speaker and speech.topic:
        # Whose words they are is known; to a reader that sees the name, any of them would do.
        reading = re.sub(rf"\b{re.escape(speech.speaker)}(?:['’]s)?(?!\w)", "they", in_full)
    elif kind == "comparison" and speech.speaker is None:
        reading = _what_is_compared(proper, known) or reading
    return Query(
        text=f"{_ended(proper)}{DASH}{before}" if depends else proper,
        texts=tuple(texts),
        reading=reading,
        kind=kind,
        speaker=speech.speaker,
        besides=besides,
        topic=speech.topic,
        finder=found[0] if found else None,
        of_document=speech.of_document,
        people=people(in_full, speakers=known.speakers),
        years=years(in_full),
        sides=sides if kind == "comparison" else (),
        language=language_of_short(in_full),
    )


def _what_is_compared(proper: str, known: Known) -> str | None:
    """Of "Compare Armenia and Turkey on prisons" the question that is put to both, or None."""
    ordered = _ORDERS.match(proper)
    if ordered is None:
        return None
    spans = [(each.start, each.end) for each in places(proper, known=known.countries)]
    spans += [each.span() for year in years(proper) for each in re.finditer(str(year), proper)]
    if not spans:
        return None
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    sides = (proper[ordered.end() : first], proper[last:])
    matters = [matter for side in sides if (matter := _JOINING.sub("", side))]
    return f"What about {matters[0]}?" if len(matters) == 1 else None


def _last_turn(history: Sequence[Message], known: Known) -> tuple[str | None, str]:
    """The last question of the conversation, as one line, and its answer."""
    questions = [at for at, message in enumerate(history) if message.role == "user"]
    if not questions:
        return None, ""
    at = questions[-1]
    whole = _in_full([one_line(history[each].content) for each in questions], known)
    answer = next((each.content for each in history[at + 1 :] if each.role == "assistant"), "")
    return one_line(whole)[-_LONGEST_CARRIED:] or None, answer


def _in_full(questions: Sequence[str], known: Known) -> str:
    """The last of some questions, carried from where its chain of follow-ups began."""
    whole = ""
    for question in questions[-_LONGEST_CHAIN:]:
        proper, carried = proper_and_carried(question)
        if carried:
            whole = f"{carried} {proper}"
        elif whole and _depends(proper):
            whole = _with_another(proper, whole, known) or f"{whole} {proper}"
        else:
            whole = proper
    return whole


def _heard(earlier: Speech, answer: str, known: Known) -> tuple[str, ...]:
    """Those whose words there were already: the one asked for, and who speaks in the answer."""
    named = (each for each in known.speakers if each in answer)
    spoke = [each for each in named if re.search(rf"(?:^|\W){re.escape(each)}[,:]", answer)]
    return tuple(filter(None, (earlier.speaker, *sorted(spoke))))


def _depends(question: str) -> bool:
    """Whether a question needs the one before: it points back, goes on, or is no clause."""
    words = question.split()
    if _GOES_ON.match(question) and len(words) <= 2 * _SHORT:
        return True
    short = len(words) < _SHORT or len({*content_terms(question)} - _QUANTITIES) < _FEW_TERMS
    return short or bool(_POINTS_BACK.search(question)) or not _ASKS.search(question)


def _ended(question: str) -> str:
    return question if question[-1:] in "?.!" else f"{question}?"


def _with_name(proper: str, before: str, answer: str, known: Known) -> str:
    """The question with the person of the question before, or of its answer, for "he" and "she"."""
    pronouns = list(_PERSON.finditer(proper))
    if not pronouns or people(proper, speakers=known.speakers):
        return proper
    earlier = speech_of(before, asking_clause(before), speakers=known.speakers).speaker
    named = people(before, speakers=known.speakers)
    spoke = [each for each in known.speakers if answer.startswith((f"{each},", f"{each}:"))]
    person = earlier or (named[0] if len(named) == 1 else None) or "".join(spoke[:1])
    for found in reversed(pronouns if person else []):
        possessive = "'s" if found[0].lower() in ("his", "her", "their") else ""
        proper = proper[: found.start()] + person + possessive + proper[found.end() :]
    return proper


def _with_another(proper: str, before: str, known: Known) -> str | None:
    """The question before with another year, country or speaker, where nothing else is asked for.

    Read after the question before, "And Azerbaijan?" would be answered with what Armenia said.
    None where it is not clear what takes the place of what.
    """
    found = _ANOTHER.match(proper)
    if found is None or _ASKS.search(found["name"]):  # "Compare Armenia and Azerbaijan"
        return None
    name = found["name"]
    old = _one_of_its_kind(name, before, known)
    return f"{before[: old[0]]}{name}{before[old[1] :]}" if old else None


def _one_of_its_kind(name: str, before: str, known: Known) -> tuple[int, int] | None:
    """Where the one year, country or speaker stands that is of the kind of a name."""
    if years(name) and name.isdigit():
        spans = [match.span() for year in years(before) for match in re.finditer(str(year), before)]
    elif (there := places(name, known=known.countries)) and there[0].end == len(name):
        spans = (
            [(place.start, place.end) for place in places(before, known=known.countries)]
            if not there[0].adjective
            else []
        )
    else:
        speaker = speech_of(before, asking_clause(before), speakers=known.speakers).speaker
        both = speaker is not None and all(_is_name(each) for each in (name, speaker))
        countries = places(speaker or "", known=known.countries)
        spans = (
            [match.span() for match in re.finditer(re.escape(speaker or ""), before)]
            if both and not countries
            else []
        )
    return spans[0] if len(spans) == 1 else None


def _is_name(text: str) -> bool:
    words = text.split()
    return bool(words) and words[0][0].isupper() and words[-1][0].isupper()


def _speech(proper: str, before: str | None, known: Known) -> tuple[Speech, Clause]:
    """Whose words are asked for; a fragment ("And about Armenia?") asks as the question before."""
    clause = asking_clause(proper)
    speech = speech_of(proper, clause, speakers=known.speakers)
    if speech == Speech():
        speech = _written(clause, known)
    if before is None or speech != Speech() or _ASKS.search(proper):
        return speech, clause
    earlier = asking_clause(before)
    return speech_of(before, earlier, speakers=known.speakers), earlier


def _written(clause: Clause, known: Known) -> Speech:
    """What an author found is what the author wrote; what others find need not be words."""
    if not known.authors or not _FINDS.search(clause.text):
        return Speech()
    told = _FINDS.sub("conclude", clause.text)
    speech = speech_of(told, asking_clause(told), speakers=known.speakers)
    author = speech.speaker or ""
    return speech if any(same_person(author, each) for each in known.authors) else Speech()


def _kind(clause: str, speech: Speech, sides: Sequence[Side]) -> QuestionKind:
    if _SUMMARISES.search(clause):
        return "summary"
    if _COUNTS.search(clause):
        return "count"
    if speech.kind == "who-said":
        return speech.kind
    if sides and _COMPARES.search(clause):
        return "comparison"
    if speech.kind is not None:
        return speech.kind
    return "said-about" if speech.speaker else "fact"


def _sides(clause: Clause, speech: Speech, known: Known) -> tuple[Side, ...]:
    """The values of one field that the question sets side by side: its years, or its countries.

    Of somebody's words on several countries the countries are what they are about.
    """
    named = list(dict.fromkeys(year for year in years(clause.text) if year in known.years))
    if len(named) > 1:
        return tuple(Side(str(year), "year", (str(year),)) for year in named)
    by = speech.speaker or clause.text
    countries = dict.fromkeys(each.country for each in places(by, known=known.countries))
    spelled = {
        country: tuple(each for each in sorted(known.countries) if country_key(each) == key)
        for country in countries
        for key in (country_key(country),)
    }
    sides = [Side(name, "country", values) for name, values in spelled.items() if values]
    return tuple(sides) if len(sides) > 1 else ()
