"""The words of English by which it is told who speaks, written as running text to be read."""

from __future__ import annotations

__all__ = [
    "BODIES",
    "BODY_NAMES",
    "DAYS_AND_MONTHS",
    "DOCUMENTS",
    "FEMALE",
    "MALE",
    "MANY",
    "NEVER_NAMES",
    "PARTICLES",
    "PERSONS",
    "PORTFOLIOS",
    "SUFFIXES",
    "TITLES",
    "word_set",
]


def word_set(text: str) -> frozenset[str]:
    """The words in ``text``, which spaces separate."""
    return frozenset(text.split())


PERSONS = word_set(
    "activist adviser advisor aide ambassador analyst archbishop attorney author ayatollah "
    "bishop blogger boy brother candidate captain cardinal chair chairman chairperson chairwoman "
    "chancellor chief chaplain coach colonel commander commissioner comptroller congressman "
    "congresswoman consultant coordinator coroner correspondent councillor counsel critic "
    "daughter dean delegate deputy detainee detective diplomat director doctor economist editor "
    "employee engineer envoy executive expert farmer father foreman founder friend general girl "
    "governor guard head historian host husband imam inmate inspector investigator journalist "
    "judge justice king lawmaker lawyer leader lieutenant magistrate major man manager marshal "
    "mayor member migrant minister moderator monarch monk mother neighbor neighbour nurse "
    "observer officer official ombudsman ombudsperson organizer owner parliamentarian "
    "participant pastor patient person physician pilot politician pope premier presenter "
    "president priest prime-minister prince princess principal prisoner professor prosecutor "
    "protester queen rabbi rapporteur refugee registrar reporter representative researcher "
    "resident scholar scientist secretary secretary-general senator sergeant sheikh sheriff "
    "sister soldier son speaker spokesman spokesperson spokeswoman strategist student sultan "
    "superintendent survivor teacher technician trainer treasurer undersecretary veteran "
    "vice-president victim villager volunteer wife witness woman worker writer"
)
MANY = word_set(
    "academics activists advisers advocates agencies aides analysts associations attorneys "
    "authors authorities bloggers campaigners candidates charities citizens clergy colleagues "
    "commanders commissions commentators committees companies councils correspondents courts "
    "critics defenders delegates democrats deputies detainees diplomats doctors economists "
    "editors employees envoys executives experts families farmers firms foundations friends "
    "governments groups guards historians immigrants inmates institutions investigators "
    "journalists judges lawmakers lawyers leaders legislators locals managers media members men "
    "migrants ministers ministries monitors nations neighbors neighbours newspapers ngos nurses "
    "observers officers officials operators partners opponents organisations organizations "
    "organizers others outlets owners parents parliamentarians participants parties patients "
    "people physicians police politicians prisoners professors prosecutors protesters refugees "
    "relatives reporters representatives republicans rebels researchers residents returnees "
    "scholars scientists senators services soldiers sources spokesmen spokespeople spokespersons "
    "staff states students supporters survivors teachers unions users veterans victims villagers "
    "volunteers watchdogs witnesses women workers writers"
)
BODIES = word_set(
    "administration agency alliance army assembly association authority bank board body "
    "broadcaster bureau cabinet campaign center centre charity church coalition college command "
    "commission committee company congress consortium corporation council country court "
    "delegation department directorate embassy family federation firm force foundation fund "
    "government group headquarters hospital institute institution junta league legislature "
    "mayoralty military ministry mission monarchy monitor movement navy network newspaper ngo "
    "office opposition organisation organization outlet panel parliament party presidency press "
    "prison prosecution regime secretariat senate service society station team think-tank "
    "tribunal union university watchdog website white-house"
)
DOCUMENTS = word_set(
    "announcement article articles assessment audit bulletin charter column communique "
    "communiqué complaint constitution declaration dispatch document documents editorial filing "
    "findings indictment interview inquiry investigation letter manifesto memo memoir memorandum "
    "message opinion paper petition poll post posting ruling record release report reports "
    "resolution review statement statements story studies study submission summary survey "
    "surveys testimony transcript tweet update verdict"
)

# Words in the names of bodies, never in those of people.
BODY_NAMES = (
    BODIES
    | DOCUMENTS
    | word_set(
        "academy agencies airlines amnesty armies assemblies associates bbc brigade brotherhood "
        "business commons commonwealth companies company conference corps council courts "
        "directors division emirates facility forces front forum guards guerrillas house inc "
        "industries initiative international islands kingdom llc ltd ministers nations news "
        "observatory parliamentary plc post programme program project radio relief republic "
        "rights school services staff state states syndicate telegraph television times tower "
        "transparency trust tv unit watch workers"
    )
)

TITLES = word_set(
    "acting activist actor actress adm admiral amb ambassador archbishop assistant associate "
    "attache attorney author ayatollah baron baroness bishop brigadier brother candidate capt "
    "captain cardinal chair chairman chairperson chairwoman chancellor chef chief col colonel "
    "commander commissioner comrade congressman congresswoman corporal correspondent councillor "
    "councilman count countess crown dame deputy detective dictator director doctor dr duke "
    "duchess elect emeritus emir emperor empress envoy ex executive excellency father fellow "
    "first former gen general gov governor grand head historian economist expert scholar "
    "scientist singer writer her highness his hon honorable honourable imam incoming inspector "
    "journalist judge justice king lady lawyer leader lieutenant lord lt madam madame "
    "mademoiselle magistrate maj major majesty marshal master mayor minister miss mister mme "
    "monsieur mr mrs ms mullah officer official outgoing parliamentarian pastor pope premier "
    "president prime prince princess prof professor queen rabbi rapporteur rep reporter "
    "representative rev reverend saint sayyid secretary sen senator senior sergeant sgt sheikh "
    "sheriff señor señora sir sister speaker special spokesman spokesperson spokeswoman sultan "
    "superintendent supreme the then under undersecretary vice viscount"
)
# What stands between a title and a name: "Foreign Minister", "Secretary of State".
PORTFOLIOS = word_set(
    "affairs agriculture and commerce culture defence defense development economic economy "
    "education electoral employment energy environment finance foreign for government health "
    "home housing information interior justice labor labour national of party permanent police "
    "press public relations republic security state the to trade transport treasury bureau un us "
    "uk eu general united nations department assembly house homeland municipal regional"
)
MALE = word_set(
    "mr mister sir lord king prince duke father brother husband son man boy spokesman chairman "
    "congressman councilman emperor monsieur señor sheikh imam pope sultan emir baron count his"
)
FEMALE = word_set(
    "mrs ms miss madam madame mme mademoiselle lady dame queen princess duchess mother sister "
    "wife daughter woman girl spokeswoman chairwoman congresswoman empress señora baroness "
    "countess her"
)
SUFFIXES = word_set("jr sr ii iii iv phd md mp qc kc esq obe cbe mbe")
PARTICLES = word_set(
    "al el as ash ad an ar at bin ibn bint ben ould ag de da das do dos del della di du la le "
    "las los van von der den ter ten zu zur of the abu"
)

DAYS_AND_MONTHS = word_set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december yesterday today tomorrow"
)
# Capitals at the start of a sentence, and yet nobody's name.
NEVER_NAMES = DAYS_AND_MONTHS | word_set(
    "a about above according accordingly across actually additionally after afterward afterwards "
    "again against all almost along already also although always amid among an and another any "
    "anyone anything are around as asked at away based because before behind being below besides "
    "between both briefly but by certainly citing clearly commenting consequently currently "
    "despite did do does due during each earlier eight either elsewhere even eventually every "
    "everybody everyone everything except few finally first five following for four from "
    "furthermore generally given had has have having he hence her here his how however i if in "
    "indeed initially inside instead into is it its itself just last late later least less like "
    "likewise many maybe me meanwhile more moreover most much my nearly neither never "
    "nevertheless next nine no nobody none nonetheless nor not nothing now of off often on once "
    "one only or originally other others otherwise our out outside over overall perhaps please "
    "previously quoting rather recently referring reportedly responding reuters's second see "
    "separately seven several shall she shortly should similarly since six so some somebody "
    "someone sometimes soon speaking still subsequently such ten than that the their them then "
    "there therefore these they third this those though three through throughout thus to "
    "together two under unfortunately unless unlike until up upon usually very was we were what "
    "when where whereas whether which while who whose why will with within without would writing "
    "yes yet you your"
)
