"""Whose words is a sentence? Golden cases, cases that are nobody's, and what always holds."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.attribution import Attributed, attributions, find_statements, with_statements
from rag.language.folding import composed, composed_with_offsets
from rag.language.person_names import same_person
from rag.language.sentences import split_sentences
from rag.readers import media_type_of, read
from rag.schema import Document, Heading, Metadata, Turn


def document(text: str, *, speaker: str | None = None, **fields: Any) -> Document:
    return Document("d0c", "a.txt", text, Metadata(speaker=speaker), "text/plain", **fields)


def who(text: str, part: str, **fields: Any) -> tuple[str, bool, str] | None:
    """Speaker, reported and how of the sentence (or run) ``part`` of ``text``."""
    found = of(document(text, **fields), part)
    return (found.speaker, found.reported, found.how) if found else None


def of(source: Document, part: str) -> Attributed | None:
    start = source.text.index(part)
    return attributions(source).of(start, start + len(part))


def everybody(text: str, part: str, **fields: Any) -> list[str]:
    source = document(text, **fields)
    start = text.index(part)
    return [each.speaker for each in attributions(source).all(start, start + len(part))]


def transcript(*turns: tuple[str, str]) -> Document:
    text, made = "", []
    for speaker, words in turns:
        text += f"{speaker}: "
        made.append(Turn(speaker, len(text), len(text) + len(words)))
        text += words + "\n\n"
    return document(text, turns=tuple(made))


QUOTED = [
    ("“The bridge is safe,” said Anna Berg.", "“The bridge is safe,” said Anna Berg.", "Anna Berg"),
    ("“The bridge is safe,” Anna Berg said on Monday.", "The bridge is safe", "Anna Berg"),
    ("Anna Berg said: “The bridge is safe.”", "“The bridge is safe.”", "Anna Berg"),
    ('"The bridge is safe," the mayor added.', "The bridge is safe", "the mayor"),
    ("‘We’re ready,’ said Jane O’Neill, the captain.", "We’re ready", "Jane O’Neill"),
    ("'It is a start,' Jane O'Neill said.", "It is a start", "Jane O'Neill"),
    ("«We will wait,» the general said.", "We will wait", "the general"),
    ("“Why now?” asked the judge.", "“Why now?” asked the judge.", "the judge"),
    ("“Why now?” she asked. Anna Berg left.", "Why now", None),
    ("“We came,” replied engineer Karl Holm.", "We came", "Karl Holm"),
    ("The envoy, Karl Holm, said: “We came.”", "“We came.”", "Karl Holm"),
    (
        "Karl Holm, head of trade, energy, and water at the town”s office, told us “we came late”.",
        "“we came late”",
        "Karl Holm",
    ),
    (
        "As President Vázquez put it, “small states have voices.”",
        "small states",
        "President Vázquez",
    ),
    ("Karl Holm was quoted as saying “we came very late”.", "we came very late", "Karl Holm"),
    (
        "Karl Holm refused, saying that “nobody was ever asked”.",
        "nobody was ever asked",
        "Karl Holm",
    ),
    ("“It was a mistake,” admits Xi Jinping.", "It was a mistake", "Xi Jinping"),
    # by a verb that is in no list
    (
        "Kozak said it was fine. “I disagree,” quipped the envoy Holm.",
        "“I disagree,” quipped the envoy Holm.",
        "Holm",
    ),
    ("''It is a start,'' Jane O'Neill said.", "It is a start", "Jane O'Neill"),
    ("“Why now?” Mr. Holm asked.", "Why now", "Mr. Holm"),
    ("Holm: “We came very late.”", "We came very late.", "Holm"),
]


@pytest.mark.parametrize(("text", "part", "speaker"), QUOTED)
def test_a_quotation_has_the_speaker_who_stands_beside_it(
    text: str, part: str, speaker: str | None
) -> None:
    assert who(text, part) == ((speaker, False, "quoted") if speaker else None)


REPORTED = [
    ("Anna Berg told reporters that the bridge was safe.", "Anna Berg"),
    ("The minister said he would resign.", "the minister"),
    ("The bridge was safe, Anna Berg said.", "Anna Berg"),
    ("The bridge, Anna Berg said, was safe.", "Anna Berg"),
    ("The bridge was safe, according to Anna Berg.", "Anna Berg"),
    ("According to human rights organizations, dozens were held.", "human rights organizations"),
    ("In the words of Ban Ki-moon, there is no second planet.", "Ban Ki-moon"),
    ("In Anna Berg’s view, the bridge was safe.", "Anna Berg"),
    ("Amnesty International reported 12 deaths.", "Amnesty International"),
    ("Amnesty International’s report found that 12 people had died.", "Amnesty International"),
    ("A report by Amnesty International stated that 12 people had died.", "Amnesty International"),
    ("The government announced elections in May.", "the government"),
    ("Officials stated that the road was closed.", "officials"),
    ("Senior officials of the ministry warned of floods.", "senior officials of the ministry"),
    ("A spokesman for the ministry said the road was open.", "a spokesman for the ministry"),
    ("On Tuesday, Secretary of State Mike Pompeo denied any delay.", "Mike Pompeo"),
    ("Police denied ordering the raid.", "police"),
    ("Campaign chairman Paul Manafort claimed that he knew nothing.", "Paul Manafort"),
    ("Kozak, who arrived on Monday, stressed that talks went on.", "Kozak"),
    (
        "The union of teachers, which has 4,000 members, said it would strike.",
        "the union of teachers",
    ),
    ("Kozak and Pompeo said that talks went on.", "Kozak and Pompeo"),
    (
        "Bashar al-Tayeb and Ursula van der Linden said that nobody was warned.",
        "Bashar al-Tayeb and Ursula van der Linden",
    ),
    ("A doctor named Frank Lynn, M.D. noted that it rained.", "a doctor named Frank Lynn"),
    # people, bodies and things that are in no list are called as they are there
    ("The applicant submitted that the courts had erred.", "the applicant"),
    ("In the applicant’s submission, the courts had erred.", "the applicant"),
    ("The Government took the view that the courts were free.", "the Government"),
    ("A police official said that the road was closed.", "a police official"),
    ("Survivors said that nobody came.", "survivors"),
    ("The court was told by Ana Ruiz that the road was closed.", "Ana Ruiz"),
    ("46. The applicant complained that the hearing was short.", "the applicant"),
    ("LIMA (AP) — Ana Ruiz said that it rained.", "Ana Ruiz"),
    ("Ana Ruiz de la Torre of Chile said that it rained.", "Ana Ruiz de la Torre"),
    ("Osama bin Hamad warned that it rained.", "Osama bin Hamad"),
    (
        "The Ministry of Foreign Affairs called on both sides to wait.",
        "Ministry of Foreign Affairs",
    ),
    ("Nguyễn Văn An insisted that the school was full.", "Nguyễn Văn An"),
    ("Ursula von der Leyen argued that prices would fall.", "Ursula von der Leyen"),
    ("Bashar al-Assad said that talks went on.", "Bashar al-Assad"),
    ("“Talks” went on, the report found.", "the report"),
    ("In Geneva, aid groups and officials reported that it rained.", "aid groups and officials"),
    ("The government claimed it deployed soldiers.", "the government"),
    (
        "Residents of Oregon, Washington, and Idaho said they fell.",
        "residents of Oregon, Washington, and Idaho",
    ),
    (
        "The office in Oromia and the Gumuz Region announced arrests.",
        "the office in Oromia and the Gumuz Region",
    ),
]


@pytest.mark.parametrize(("text", "speaker"), REPORTED)
def test_reported_speech_has_its_subject_as_speaker(text: str, speaker: str) -> None:
    assert who(text, text) == (speaker, True, "reported")


BY_GRAMMAR = [
    ("Bo Holm, whose firm makes the pumps, said the dam was safe.", "Bo Holm"),
    ("On Tuesday in Lund former mayor Karl Holm said his wife was ill.", "Karl Holm"),
    ("The minister Karl Holm (KP) said the dam was safe.", "Karl Holm"),
    ("It is no surprise, Karl Holm said, that the dam broke.", "Karl Holm"),
    ("Karl Holm said cutting the flow must be a part of it.", "Karl Holm"),
    ("Karl Holm says millions of litres were lost.", "Karl Holm"),
    ("Karl Holm was forced out and said that the dam was safe.", "Karl Holm"),
    ("Karl Holm denied that the dam was broken, explaining that it was old.", "Karl Holm"),
    ("Two in 10 farmers say that the dam leaks.", "two in 10 farmers"),
    ("Milo Đukanović called the trial a farce.", "Milo Đukanović"),
    ("Karl Holm suggested the dam was old.", "Karl Holm"),
    # the clause or its subject was taken for a part of something else
    ("Karl Holm said in a statement that the dam was safe.", "Karl Holm"),
    ("Karl Holm called for the dam to be closed at once.", "Karl Holm"),
    ("Only 52 percent of farmers said that the dam leaks.", "only 52 percent of farmers"),
    ("The old dam, said Karl Holm, was never safe at all.", "Karl Holm"),
    ("On the radio Karl Holm called the dam “unhinged.”", "Karl Holm"),
    # views and wishes
    ("Karl Holm opposes closing the dam.", "Karl Holm"),
]
BY_PART = [
    (
        "Karl Holm took his daughter to the dam on Sunday to explain that it was safe.",
        "that it was safe",
        "Karl Holm",
    ),
    ("Karl Holm went on by saying that the dam was safe.", "that the dam was safe", "Karl Holm"),
    ("The old plan was confirmed by Karl Holm.", "The old plan", "Karl Holm"),
    ("Farmers joined Karl Holm’s call for a new dam.", "for a new dam", "Karl Holm"),
    (
        "Karl Holm said that the dam was old and denied that it leaked.",
        "that it leaked",
        "Karl Holm",
    ),
    (
        "On the programme “Morning News,” Karl Holm said the dam was safe.",
        "the dam was safe",
        "Karl Holm",
    ),
    (
        "Farmers told us that Karl Holm “lied to the council,” adding that the dam leaked.",
        "that the dam leaked",
        "farmers",
    ),
]


@pytest.mark.parametrize(("text", "part", "speaker"), BY_PART)
def test_a_part_of_a_sentence_has_its_speaker(text: str, part: str, speaker: str) -> None:
    assert who(text, part) == (speaker, True, "reported")


def test_a_long_quotation_by_itself_goes_on_with_whoever_spoke_before() -> None:
    long = "“It was built by my father in a summer when it did not rain for nine weeks.”"
    spoke = f"“The dam is safe,” Karl Holm said.\n\n{long}\n\nThe council met."
    assert who(spoke, long) == ("Karl Holm", False, "quoted")
    asked = f"“Who built the dam?” Karl Holm asked.\n\n{long}\n\nThe council met."
    assert who(asked, long) is None


LABELS = [
    ("Holm: The Dam Is Safe.\n\nFarmers met Karl Holm.", "Holm"),
    ("Poll: Farmers Leave the Valley.\n\nKarl Holm spoke to farmers.", "Poll"),
    ("Q: The dam is safe now.\n\nKarl Holm spoke to farmers.", None),
    ("The Latest: Farmers Leave the Valley.\n\nKarl Holm spoke to farmers.", None),
]


@pytest.mark.parametrize(("text", "speaker"), LABELS)
def test_a_word_before_a_colon_speaks_only_if_it_is_somebody(
    text: str, speaker: str | None
) -> None:
    line = text.partition("\n")[0]
    said_by = who(text, line.partition(": ")[2])
    assert (said_by and said_by[0]) == speaker


def test_what_a_paragraph_is_about_says_nothing() -> None:
    text = (
        "Bread Prices: Bakers closed in May as bread prices rose.\n\n"
        "Administration: In May the town dismissed two clerks of its administration.\n\n"
        "Holm: The boats were sunk.\n\nBakers met Karl Holm."
    )
    assert who(text, "Bakers closed in May as bread prices rose.") is None
    assert who(text, "In May the town dismissed two clerks of its administration.") is None
    assert who(text, "The boats were sunk.") == ("Holm", True, "reported")


@pytest.mark.parametrize(("text", "speaker"), BY_GRAMMAR)
def test_a_speaker_is_found_where_the_grammar_puts_something_between(
    text: str, speaker: str
) -> None:
    end = text.index(" and said") + 5 if " and said" in text else 0
    assert who(text, text[end:]) == (speaker, True, "reported")


def test_what_stands_before_a_clause_of_saying_is_the_writers() -> None:
    text = "While Ana Ruiz was silent, Karl Holm said that the dam broke."
    told = find_statements(document(text))
    assert told is not None
    assert [text[each.start : each.end] for each in told] == [text[27:]]


def test_a_quotation_may_end_with_a_mark_that_opens() -> None:
    text = "“It is unusual,“ said Karl Holm. The dam is old."
    assert who(text, "“It is unusual,“") == ("Karl Holm", False, "quoted")
    assert who(text, "The dam is old.") is None


def test_what_is_only_announced_is_no_statement() -> None:
    assert find_statements(document("Bo Holm wrote:")) == ()


NOBODY = [
    ("Assume the ministry said that the dam was safe.", "Assume the ministry"),
    ("Suppose that Karl Holm told us that it rained.", "Suppose that Karl Holm"),
    # no marker of saying, beside somebody who speaks elsewhere
    ("Anna Berg said the bridge was safe. The council met at noon.", "The council met at noon."),
    ("Anna Berg left. The bridge is safe.", "The bridge is safe."),
    ("“We came,” said Karl Holm. He left at noon.", "He left at noon."),
    # passives, negations, conditions, questions, nouns
    ("Kozak was told that the plane was late.", "Kozak was told that the plane was late."),
    ("It was reported that ten people died.", "It was reported that ten people died."),
    ("The minister did not say when.", "The minister did not say when."),
    ("Kozak said nothing.", "Kozak said nothing."),
    ("Nobody said that the road was closed.", "Nobody said that the road was closed."),
    ("If the minister said so, it was news.", "If the minister said so, it was news."),
    ("Did Kozak say that talks went on?", "Did Kozak say that talks went on?"),
    ("The number of reported cases fell.", "The number of reported cases fell."),
    ("Examples included calls from officials about articles.", "Examples included calls"),
    ("The law that officials said would help was repealed.", "The law that officials said would"),
    ("Authorities denied visitors access to the prison.", "Authorities denied visitors access"),
    ("The court held a session. Parliament called a vote.", "The court held a session."),
    ("Member states claim the fund. The states met.", "The states met."),
    # pronouns that may mean more than one
    ("Kozak met Pompeo in Paris. He said talks went well.", "He said talks went well."),
    ("Smith told Jones of the loss. He added that he would sue.", "He added that he would sue."),
    ("The minister met the envoy. She said talks went well.", "She said talks went well."),
    ("He said talks went well.", "He said talks went well."),
    ("The group met the ministry. It said talks went well.", "It said talks went well."),
    # two who speak in one sentence
    ("The minister said it was false, but Ana Ruiz said it was true.", "The minister said it was"),
    # clauses inside what somebody else tells
    ("The council met because police stated they could not come.", "The council met because"),
    ("It came a day after Setanta confirmed that it would leave.", "It came a day after"),
    ("When the minister said it rained, the crowd left in a hurry.", "When the minister said"),
    ("Ann urged Ben to come home; Ben grew tired of it all and left.", "Ann urged Ben"),
    # lists and parts of names
    ("Snow fell on Oregon, Washington, and Idaho said nothing.", "Snow fell on Oregon,"),
    ("It snowed on the Baltimore and Ohio Railroad said so.", "It snowed on the Baltimore and"),
    ("The Jewish population fell and was stated as 6.", "The Jewish population fell"),
    ("Aunt Eva calls her over.", "Aunt Eva calls her over."),
    ("The service maintains its own list.", "The service maintains its own list."),
    # quotations whose speaker is not told, or not understood
    ("Kozak spoke. “I disagree.” He left.", "“I disagree.”"),
    ("Kozak said it was fine.\n\n“I disagree.”", "“I disagree.”"),
    ("“We came,” said Karl Holm.\n\n“Nobody saw you.”", "“Nobody saw you.”"),
    ("The so-called “war” was over.", "“war”"),
    # an order is nobody's, and of two who may have told it, neither has
    ("Kozak left. Tell the minister that it rained.", "Tell the minister that it rained."),
    ("Ann hears that Ben left and told us that it rained.", "Ann hears that Ben left"),
    # asides and parts of larger phrases are no subjects
    (
        "Visitors to the office of Karl Holm laughed.",
        "Visitors to the office of Karl Holm laughed.",
    ),
    ("In Geneva said nothing.", "In Geneva said nothing."),
    # a day, and whoever does something, say nothing
    ("This included the July 9 reported arrests of two clerks.", "This included the July 9"),
    ("The law fines any teacher who urges others to strike.", "any teacher who urges others"),
]


@pytest.mark.parametrize(("text", "part"), NOBODY)
def test_what_nobody_is_told_to_have_said_is_nobodys(text: str, part: str) -> None:
    start = text.index(part)
    end = next(e for s, e in split_sentences(text) if s <= start < e)
    assert who(text, text[start:end]) is None


def test_the_subject_of_a_clause_is_not_a_name_inside_it() -> None:
    for text in (
        "A lawyer for Karl Holm said the trial was unfair.",
        "The brother of Karl Holm said the trial was unfair.",
        "Critics of Karl Holm said the trial was unfair.",
    ):
        found = of(document(text), text)
        assert found is not None
        assert not same_person(found.speaker, "Karl Holm")
        assert found.speaker.casefold() in text.casefold()


def test_a_long_quotation_keeps_its_speaker() -> None:
    text = (
        "“The bridge is safe. We tested it twice. Nobody needs to worry,” Anna Berg told the "
        "council. The meeting ended at noon."
    )
    for part in ("The bridge is safe.", "We tested it twice.", "Nobody needs to worry"):
        assert who(text, part) == ("Anna Berg", False, "quoted")
    assert who(text, "The meeting ended at noon.") is None


def test_a_quotation_over_paragraphs_keeps_its_speaker() -> None:
    text = (
        "“We came here in 1990.\n\n“We built the school. It took years.\n\n"
        "“Nobody helped us,” said Yusuf Demir, a farmer.\n\nThe school has 200 pupils."
    )
    for part in ("“We came here in 1990.", "It took years.", "Nobody helped us"):
        assert who(text, part) == ("Yusuf Demir", False, "quoted")
    assert who(text, "The school has 200 pupils.") is None


def test_an_interrupted_quotation_and_the_next_one_are_of_the_same_speaker() -> None:
    text = "“We are close,” Maria Lopez said. “But we are not there.” Nobody answered."
    assert who(text, "“But we are not there.”") == ("Maria Lopez", False, "quoted")
    text = "“We are close,” Maria Lopez said, “but not there at all.”"
    assert who(text, "but not there at all") == ("Maria Lopez", False, "quoted")
    assert who("Maria Lopez said talks went on. “We are close.”", "“We are close.”") == (
        "Maria Lopez",
        False,
        "quoted",
    )


def test_where_a_quotation_has_no_end_its_words_are_nobodys() -> None:
    text = "“The road was closed. “The bridge was open,” said Holm."
    assert who(text, "The road was closed.") is None
    assert who(text, "The bridge was open") == ("Holm", False, "quoted")


def test_a_missing_closing_mark_does_not_give_away_the_next_paragraph() -> None:
    text = "“We are close,” Lopez said. “Our aim is peace. It takes time.\n\nThe road was closed."
    assert who(text, "“Our aim is peace.") == ("Lopez", False, "quoted")
    assert who(text, "The road was closed.") is None


def test_a_paragraph_set_off_after_a_colon_is_of_whoever_is_announced() -> None:
    text = "In March, James Comey stated:\n\nI can confirm it. We go on.\n\nThe FBI went on."
    assert who(text, "We go on.") == ("James Comey", False, "quoted")
    assert who(text, "The FBI went on.") is None


def test_a_country_is_no_short_form_of_a_longer_name() -> None:
    text = "Roads in Mali were bad. Boats cross Lake Mali by night. Mali rejects the claim."
    assert who(text, "Mali rejects the claim.") == ("Mali", True, "reported")
    (mali,) = (with_statements(document(text)).speakers or ())[:1]
    assert mali.full_name == "Mali"


def test_names_are_called_by_the_fullest_form_before_them() -> None:
    text = "Kozak said it rained. Ambassador Michael G. Kozak came in. Kozak said it snowed."
    assert who(text, "Kozak said it rained.") == ("Kozak", True, "reported")
    assert who(text, "Kozak said it snowed.") == ("Michael G. Kozak", True, "reported")
    two = "John Smith met Jane Smith. Smith said it snowed."
    assert who(two, "Smith said it snowed.") == ("Smith", True, "reported")
    ethiopia = "Prime Minister Abiy Ahmed came in. Abiy said it snowed."
    assert who(ethiopia, "Abiy said it snowed.") == ("Abiy Ahmed", True, "reported")


def test_a_title_means_the_one_who_bears_it() -> None:
    text = "Prime Minister Roosevelt Skerrit came in. The prime minister said it rained."
    assert who(text, "The prime minister said it rained.") == (
        "Roosevelt Skerrit",
        True,
        "reported",
    )
    two = (
        "President Ann Lee met President Bo Kim. Nobody spoke.\n\nIt was late.\n\n"
        "The president said it rained."
    )
    assert who(two, "The president said it rained.") == ("the president", True, "reported")
    countries = "President Ann Lee of Armenia met President Bo Kim of Fiji. {} said it rained."
    for called in ("Armenia's president", "The Armenian president"):
        text = countries.format(called)
        assert who(text, f"{called} said it rained.") == ("Ann Lee", True, "reported")
    nobody = "Ambassador Ann Lee came in. The ambassador to Chile said it rained."
    assert who(nobody, "The ambassador to Chile said it rained.") == (
        "the ambassador to Chile",
        True,
        "reported",
    )


def test_a_pronoun_means_the_only_one_it_can_mean() -> None:
    text = (
        "Ambassador Ann Lee said it rained. She added that it was cold.\n\n“It is bad,” she said."
    )
    assert who(text, "She added that it was cold.") == ("Ann Lee", True, "reported")
    assert who(text, "“It is bad,” she said.") == ("Ann Lee", False, "quoted")
    mixed = "Mr. Ben Orr met Ms. Ann Lee. She said it rained."
    assert who(mixed, "She said it rained.") == ("Ann Lee", True, "reported")
    body = "The union said it would strike. It added that pay had fallen."
    assert who(body, "It added that pay had fallen.") == ("the union", True, "reported")
    told = "Ann Lee said that Ben Orr had left. She added that it rained."
    assert who(told, "She added that it rained.") == ("Ann Lee", True, "reported")


THEY = [
    ("The Government denied that he was hurt. They argued that it rained.", "the Government"),
    (
        "46. The Government denied that it snowed.\n\n47. They argued that it rained.",
        "the Government",
    ),
    ("The Government said that the police had left. They argued that it rained.", "the Government"),
    ("Farmers said that the dam leaked. They argued that it rained.", "farmers"),
    (
        "Karl Holm and Ana Ruiz said it snowed. They argued that it rained.",
        "Karl Holm and Ana Ruiz",
    ),
    # somebody else may be meant
    (
        "The Government denied that it snowed. The farmers had left. They argued that it rained.",
        None,
    ),
    (
        "The Government denied that it snowed. Farmers said no more. They argued that it rained.",
        None,
    ),
    (
        "The Government denied that it snowed.\n\nThe police had left. They argued that it rained.",
        None,
    ),
    ("Ana Ruiz said that it snowed. They argued that it rained.", None),
]


@pytest.mark.parametrize(("text", "speaker"), THEY)
def test_they_are_a_body_or_group_that_spoke_last(text: str, speaker: str | None) -> None:
    said_by = who(text, "They argued that it rained.")
    assert (said_by and said_by[0]) == speaker


def test_a_pronoun_does_not_reach_over_a_heading() -> None:
    text = "Ann Lee said it rained.\n\nWeather\n\nShe said it snowed."
    start = text.index("Weather")
    heading = Heading(1, start, start + len("Weather"))
    assert who(text, "She said it snowed.", headings=(heading,)) is None
    assert who(text, "Weather", headings=(heading,)) is None


def test_two_who_speak_each_have_their_half() -> None:
    text = "The minister said the charges were false, but the lawyer, Ana Ruiz, said it was unfair."
    assert who(text, "The minister said the charges were false") == (
        "the minister",
        True,
        "reported",
    )
    assert who(text, "the lawyer, Ana Ruiz, said it was unfair") == ("Ana Ruiz", True, "reported")
    assert who(text, text) is None
    assert set(everybody(text, text)) == {"the minister", "Ana Ruiz"}


def test_who_reports_the_words_of_another_comes_first() -> None:
    text = "Kozak said that Pompeo had told Congress that talks went on."
    assert everybody(text, text) == ["Kozak", "Pompeo"]
    assert who(text, text) == ("Kozak", True, "reported")


def test_a_turn_is_its_speakers_whatever_is_reported_in_it() -> None:
    source = transcript(
        ("MODERATOR", "Welcome. (Laughter.) Ambassador Kozak will speak."),
        ("AMBASSADOR KOZAK", "Secretary Pompeo said yesterday that talks went on. I agree."),
        ("QUESTION", "You said it was fine?"),
    )
    text = source.text
    found = attributions(source)

    def span(part: str) -> tuple[int, int]:
        return text.index(part), text.index(part) + len(part)

    said = span("Secretary Pompeo said yesterday that talks went on.")
    assert found.of(*said) == Attributed("AMBASSADOR KOZAK", False, "turn")
    assert found.all(*said)[0].speaker == "AMBASSADOR KOZAK"
    assert same_person(found.all(*said)[1].speaker, "Pompeo")
    assert found.all(*said)[1].reported
    assert found.of(*span("I agree.")) == Attributed("AMBASSADOR KOZAK", False, "turn")
    assert found.of(*span("MODERATOR: Welcome.")) == Attributed("MODERATOR", False, "turn")
    assert found.of(*span("(Laughter.)")) is None
    across = text.index("Ambassador Kozak will"), text.index("I agree.")
    assert found.of(*across) is None
    assert found.all(*across) == ()


def test_a_speech_is_its_speakers_but_for_what_it_quotes() -> None:
    text = (
        "We thank you all. As Kofi Annan said, “We must act. There is no time. We begin now.” "
        "The Government of Chile has announced a plan."
    )
    name = "Mr. Ilir Meta"
    assert who(text, "We thank you all.", speaker=name) == (name, False, "metadata")
    assert who(text, "There is no time.", speaker=name) == ("Kofi Annan", False, "quoted")
    assert everybody(text, "There is no time.", speaker=name) == ["Kofi Annan", name]
    chile = "The Government of Chile has announced a plan."
    assert who(text, chile, speaker=name) == (name, False, "metadata")
    assert everybody(text, chile, speaker=name)[0] == name


def test_the_author_of_a_document_is_no_speaker() -> None:
    source = Document("d", "a.txt", "It rained all day.", Metadata(author="Ann Lee"), "text/plain")
    assert attributions(source).of(0, 18) is None


SAME = [
    ("Kozak", "AMBASSADOR KOZAK"),
    ("Michael G. Kozak", "Kozak"),
    ("Pompeo", "Secretary of State Mike Pompeo"),
    ("Mike Pompeo", "Michael R. Pompeo"),
    ("KOZAK, Michael", "Michael Kozak"),
    ("J. Smith", "John Smith"),
    ("Robert Mueller", "Robert S. Mueller III"),
    ("Putin", "Russian President Vladimir Putin"),
    ("Xi Jinping", "XI"),
    ("Jinping Xi", "Xi Jinping"),
    ("Kim Jong-un", "KIM JONG UN"),
    ("Abiy", "Prime Minister Abiy Ahmed"),
    ("Assad", "Bashar al-Assad"),
    ("Bashar Al Assad", "Bashar al-Assad"),
    ("President von der Leyen", "Ursula von der Leyen"),
    ("Iván Duque", "Ivan Duque Márquez"),
    ("Mr. João Manuel Gonçalves Lourenco", "João Lourenço"),
    ("Lech Wałęsa", "Walesa"),
    ("O’Brien", "Robert O'Brien"),
    ("Minister for Foreign Affairs Jean-Yves Le Drian", "Jean Yves Le Drian"),
    ("Amnesty", "Amnesty International"),
    ("the State Department", "Department of State"),
    ("the foreign minister", "Foreign Minister"),
]
DIFFERENT = [
    ("John Smith", "Jane Smith"),
    ("John A. Smith", "John B. Smith"),
    ("Mr. Smith", "Ms. Smith"),
    ("Kozak", "Kozakov"),
    ("Donald Trump", "Donald Trump Jr."),
    ("Michael", "Michael Kozak"),
    ("Trump", "Trump Campaign"),
    ("Kozak", "a spokesman for Kozak"),
    ("Kozak", "Kozak’s lawyer"),
    ("the health minister", "the foreign minister"),
    ("ambassador", "Ambassador Kozak"),
    ("Secretary of State", "Secretary of State Mike Pompeo"),
    ("State Department", "Justice Department"),
    ("the government", "the Ethiopian government"),
    ("United States", "United Nations"),
    ("QUESTION", "MODERATOR"),
    ("", "Kozak"),
]


@pytest.mark.parametrize(("name", "other"), SAME)
def test_same_person(name: str, other: str) -> None:
    assert same_person(name, other)
    assert same_person(other, name)


@pytest.mark.parametrize(("name", "other"), DIFFERENT)
def test_different_people(name: str, other: str) -> None:
    assert not same_person(name, other)
    assert not same_person(other, name)


@example("[Interpreter]", "")
@given(st.text(max_size=40), st.text(max_size=40))
def test_same_person_is_symmetric(name: str, other: str) -> None:
    assert same_person(name, other) == same_person(other, name)
    assert same_person(name, name) or not any(letter.isalnum() for letter in name)


def sample(path: Path) -> Document:
    content = path.read_bytes()
    media_type = media_type_of(path.name, content)
    reading = read(content, name=path.name, media_type=media_type)
    return Document(
        path.name,
        path.name,
        reading.text,
        reading.metadata,
        media_type,
        headings=reading.headings,
        turns=reading.turns,
    )


def test_the_sample_documents(sample_corpus: Path) -> None:
    kozak = sample(sample_corpus / "kozak-department-briefing.md")
    for part in (
        "The Secretary of State had made the same point before him, Kozak noted.",
        "Members of Congress saw that some of the countries that received this help from the "
        "United States had rather unsavory records, he said.",
        "On the whole, by his account, they have stayed much the same over the years.",
    ):
        assert of(kozak, part) == Attributed("Michael Kozak", True, "reported")
    assert of(kozak, "This account rests on an excerpt of the transcript") is None
    azerbaijan = sample(sample_corpus / "azerbaijan-2018-country-report.md")
    assert of(azerbaijan, "Pompeo said that some friends") == Attributed(
        "Mike Pompeo", True, "reported"
    )
    assert of(azerbaijan, "According to Kozak, the United States tries") == Attributed(
        "Michael Kozak", True, "reported"
    )
    assert of(azerbaijan, "Websites were blocked") is None
    digest = sample(sample_corpus / "kozak-foreign-press-center.txt")
    part = "Kozak told the foreign press that the executive branch has to produce the reports"
    start = digest.text.index(part)
    found = attributions(digest).all(start, start + len(part))
    assert [each.speaker for each in found] == ["ANALYST", "Michael Kozak"]


NAMES = ("Ann Lee", "Ben Orr", "Zoë Ng")
SENTENCES = st.sampled_from(
    [
        "{0} said that it rained.",
        "“It rains,” said {0}.",
        "“It rains. It is cold,” {0} told reporters.",
        "According to {0}, it rained.",
        "He added that it snowed.",
        "“It snows,” she said.",
        "{0} met {1}.",
        "“It is late.",
        "It rained all day.",
        "The minister said he knew {0}.",
        "{0} said it rained, but {1} said it snowed.",
    ]
)
TEXTS = st.lists(
    st.tuples(SENTENCES, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(" \n")),
    min_size=1,
    max_size=14,
).map(
    lambda parts: "".join(
        form.format(one, two) + ("\n\n" if space == "\n" else " ")
        for form, one, two, space in parts
    ).strip()
)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(-5, 400), st.integers(-5, 400))
def test_speakers_stand_in_the_text(text: str, start: int, end: int) -> None:
    found = attributions(document(text))
    spans = [*split_sentences(text), (start, end)]
    for a, b in spans:
        for each in found.all(a, b):
            assert each.speaker.casefold() in text.casefold()
            assert each.how in ("quoted", "reported")
            assert each.reported == (each.how == "reported")
        first = found.of(a, b)
        assert first is None or first == found.all(a, b)[0]


@settings(max_examples=150, deadline=None)
@given(st.text("“”\"'‘’ab. \n,:()KA", max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_no_text_is_too_odd(text: str, start: int, end: int) -> None:
    found = attributions(document(text + " said Kozak. " + text))
    for each in found.all(min(start, end), max(start, end)):
        assert each.speaker


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.booleans())
def test_paragraphs_about_something_else_change_nothing(text: str, after: bool) -> None:
    other = "The river rose in spring.\n\nFarmers sowed wheat and barley.\n\nThe road was closed."
    whole = f"{text}\n\n{other}" if after else f"{other}\n\n{text}"
    shift = 0 if after else len(other) + 2
    alone, within = attributions(document(text)), attributions(document(whole))
    for start, end in split_sentences(text):
        assert alone.of(start, end) == within.of(start + shift, end + shift)


def test_names_in_decomposed_letters_are_read_whole() -> None:
    """As text from some keyboards and PDFs is: each accent a character of its own."""
    text = normalize(
        "NFD", "José Ibáñez said that the police had never entered Túquerres. It is in Nariño."
    )
    found = with_statements(document(text))
    (said,) = found.statements or ()
    assert said.speaker == "José Ibáñez"
    assert text[said.start : said.end].endswith("entered " + normalize("NFD", "Túquerres."))
    kept = attributions(found).of(0, text.index(" It is"))
    assert kept == Attributed("José Ibáñez", True, "reported")


LETTERS = (
    "a",
    "é",
    "ñ",
    "e\u0301",
    "n\u0303",
    "\u0301",
    "한",
    "\u1112\u1161",
    ".",
    "\u00ad\n",
    "x",
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(LETTERS)))
def test_composed_letters_know_where_they_stand(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole, offsets = composed_with_offsets(text)
    assert whole == composed(text)
    assert len(offsets) == len(whole) + 1
    assert list(offsets) == sorted(set(offsets)) or not text
    assert offsets[-1] == len(text)


def test_what_is_kept_at_ingestion_answers_as_the_text_does() -> None:
    text = (
        "Ann Lee said that it rained. “It snows,” Ben Orr told her.\n\nKozak said that Pompeo had "
        "told Congress that talks went on. It was late."
    )
    source = document(text)
    kept = find_statements(source)
    assert kept
    assert {each.speaker for each in kept} >= {"Ann Lee", "Ben Orr", "Kozak", "Pompeo"}
    assert all(each.cue in text for each in kept)
    read_now, read_before = attributions(source), attributions(replace(source, statements=kept))
    assert attributions(replace(source, statements=())).all(0, len(text)) == ()
    for span in [*split_sentences(text), (0, len(text))]:
        assert read_now.all(*span) == read_before.all(*span)
        assert read_now.of(*span) == read_before.of(*span)


def test_a_large_document_is_read_once() -> None:
    text = "\n\n".join(
        f"Ann Lee said that {number} people came. “It rains,” said Ben Orr. He added that it fell."
        for number in range(4000)
    )
    found = attributions(document(text))
    last = text.rindex("Ann Lee said")
    assert found.of(last, last + 30) == Attributed("Ann Lee", True, "reported")


def test_the_news_report(shared: Path) -> None:
    source = sample(shared / "reports" / "turan-impunity-azerbaijan.txt")
    assert of(source, "does not mean we are approving of or accepting of their") == Attributed(
        "Michael Kozak", False, "quoted"
    )
    assert of(source, "Sometimes we”re engaging for the purpose") == Attributed(
        "Michael Kozak", False, "quoted"
    )
    assert of(source, "We document those reports with equal force") == Attributed(
        "Mike Pompeo", False, "quoted"
    )
    assert of(source, "Our aim is always to identify") == Attributed("Mike Pompeo", False, "quoted")
    assert of(source, "The department has exposed such occurrences") is None


@pytest.mark.parametrize(
    "odd",
    [
        "said ",
        "Kozak said that ",
        "“a ",
        "‘a ",
        "He said it. ",
        "the minister, ",
        "Ab Cd ",
        "“He said.\n",
        "“1. “",
    ],
)
def test_text_made_to_be_slow_is_read_in_time(odd: str) -> None:
    source = document(odd * 4000 + "said Kozak.")
    began = time.process_time()
    attributions(source).all(0, len(source.text))
    assert time.process_time() - began < 10  # seconds; it takes less than one


def test_what_is_reported_outside_a_quotation_is_not_part_of_it() -> None:
    """The participle introduces the quotation; there is nothing that it reports inside it."""
    text = (
        "The actor reflected on his problems with portraying superheroes, saying; “I would just "
        "feel stupid and silly. I couldn't pull it off and there are other people who can.”"
    )
    found = find_statements(document(text))
    assert found is not None
    assert all(0 <= each.start < each.end <= len(text) for each in found)
