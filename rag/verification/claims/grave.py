"""Words of consequence: what is said with them must be told in the passages with such words too.

A sentence can be near to a passage in all other words and yet add that somebody was acquitted, or
that a company is to be sold. Closeness in meaning does not tell "acquitted" from "charged".
"""

from __future__ import annotations

from functools import cache

from rag.verification.claims.lexicon import words
from rag.verification.claims.reading import read

__all__ = ["grave_word_missing"]

# A line: the words that need to be told | further words that tell them.
_GRAVE = """
    acquit acquitted acquittal exonerated exonerate | cleared innocent guilty acquits
    convict convicted conviction convictions | guilty sentenced sentence convicts sentences
    pardon pardoned pardons amnesty amnestied | clemency forgiven forgiveness
    privatize privatized privatise privatised privatization privatisation | sell sold
    nationalize nationalized nationalise nationalised expropriated | seized seize
    ceasefire ceasefires truce armistice | cease-fire cease cessation
    resign resigned resigns resignation | step stepped steps quit left leave departure
    assassinate assassinated assassination | kill killed shot murdered murder killing killings
    execute executed executions | execution killed killing killings hanged shot death
    extradite extradited extradition | surrender surrendered
    deport deported deportation deportations expelled expulsion | refoulement returned removed
        sent return sending
    confess confessed confession confessions | admitted admit
    apologize apologized apologise apologised apology | sorry regret regretted
    suicide suicides | killed himself herself themselves life lives
    rape raped rapes rapist | sexual sexually
    torture tortured tortures torturing | torment cruel
    massacre massacred massacres | killed killings killing slaughter mass murdered
    bribe bribes bribed bribery | corruption corrupt graft
    bankrupt bankruptcy insolvent | insolvency liquidation
    coup coups putsch | overthrow overthrown overthrew ousted
    boycott boycotted boycotts | abstain abstained refused stayed
    evict evicted eviction evictions | demolition homes removed forced
    defect defected defector defection | fled deserted
    poison poisoned poisoning | toxic
    famine starvation starved | hunger food
    epidemic cholera measles malaria |
    kidnap kidnapped kidnapping abducted abduction | abduct hostage taken seized
    sue sued lawsuit lawsuits | court suit claim filed
"""


@cache
def _groups() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    groups = []
    lines = _GRAVE.strip().replace("\n        ", " ").splitlines()
    for line in lines:
        needing, _, telling = line.partition("|")
        groups.append((words(needing), words(f"{needing} {telling}")))
    return tuple(groups)


def grave_word_missing(statement: str, text: str) -> str | None:
    """The first word of consequence in the statement that no word of the text tells."""
    there: frozenset[str] | None = None
    for word in read(statement):
        for needing, telling in _groups():
            if word.lower in needing:
                there = there or frozenset(each.lower for each in read(text))
                if not telling & there:
                    return word.text
    return None
