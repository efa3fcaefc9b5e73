"""Words of English that the checks of a claim rest on, as running text so that they can be read.

A line of a table is a group of words that stand for one another; where two groups are set against
each other, a bar stands between them.
"""

from __future__ import annotations

__all__ = [
    "FUNCTION",
    "HONORIFICS",
    "LIGHT",
    "MEASURES",
    "MONTHS",
    "PLURALS",
    "REPORTING",
    "ROLES",
    "WEEKDAYS",
    "words",
]


def words(text: str) -> frozenset[str]:
    """The words in ``text``, which white space separates."""
    return frozenset(text.split())


FUNCTION = words("""
    a about above across after again against ago all almost along already also although always am
    among an and another any anybody anyone anything are around as at away back be became because
    become been before being below between both but by came can cannot come could did do does doing
    done down due during each either else even ever every everybody everyone everything few for
    former from further gave get given had half has have having he hence her here hers herself him
    himself his how however i if in indeed instead into is it its itself just last later least less
    like made make many may me meanwhile might more moreover most much must my myself namely near
    nearly neither never next no nobody none nor not nothing now of off often on once one only onto
    or other others ought our ours out over own per perhaps quite rather regarding s same several
    shall she should since so some somebody someone something still such t than that the their
    theirs them themselves then there therefore these they thing things this those though through
    throughout thus till to today together too toward towards under unless until up upon us very
    via was way we well were what whatever when where whereas whether which while who whom whose why
    will with within without would yes yet you your yours according respectively overall further
    additionally furthermore specifically notably particularly including included include includes
    let during concerning example instance part terms addition among i.e e.g etc
""")
REPORTING = words("""
    say said says saying state stated states stating tell told tells telling note noted notes noting
    add added adds adding report reported reports reporting explain explained explains mention
    mentioned mentions describe described describes observe observed observes remark remarked
    recall recalled recalls declare declared declares announce announced announces argue argued
    argues claim claimed claims assert asserted asserts maintain maintained emphasize emphasized
    emphasise emphasised stress stressed stresses highlight highlighted highlights underline
    underlined point pointed account statement statements speech address remarks comment commented
    indicate indicated indicates express expressed expresses view views opinion words passage
    passages document documents text source sources cite cited cites put called call calls
    acknowledge acknowledged acknowledges admit admitted concede conceded insist insisted conclude
    concluded find found finds finding refer referred refers discuss discussed speak spoke speaks
    believe believed believes consider considered regard regarded think thought give gave named
    name list listed lists identify identified identifies detail details outline outlined reveal
    revealed show showed shows record recorded records confirm confirmed informed inform quote
    quoted suggest suggested present presented write wrote written warned warn testified testify
    estimate estimated estimates count counted
""")
LIGHT = words("""
    use used using take took taken have has had hold held keep kept set go went gone bring brought
    gets getting see saw seen know known do done make made get got become became remain remained
    including among total number numbers figure figures people person persons individual individuals
    situation issue issues matter case cases time times place area areas kind type level various
    certain main major key new recent currently approximately roughly around nearly almost about
    result fact general generally mainly especially however
""")
PLURALS = words("""
    officials authorities observers journalists activists reporters residents civilians soldiers
    prisoners detainees refugees migrants women men children workers employers unions prosecutors
    judges lawyers police courts laws students teachers families victims witnesses analysts experts
    critics supporters opponents leaders members parties voters elections candidates groups
    organizations organisations agencies companies investors countries states nations governments
    ministers lawmakers politicians institutions conditions restrictions limits measures reforms
    reports sources estimates figures statistics websites newspapers magazines media outlets
    television radio stations blogs connections strikes protests protesters demonstrations attacks
    killings deaths arrests abuses violations threats conflicts disputes clashes floods droughts
    landslides storms hurricanes schools hospitals roads homes settlements embassies instructions
    questions answers talks negotiations relations efforts resources funds prices wages salaries
    costs taxes exports imports jobs farmers fighters guerrillas rebels troops forces security
    armies weapons drugs crops humanitarian international national local foreign domestic political
    social economic human civil public private independent major many several some other others
    members people persons everyone everybody nobody someone anyone corruption torture violence
    impunity poverty health education unemployment labor labour trafficking genocide discrimination
    peace war freedom democracy justice equality access aid assistance displacement drought
    parliament congress government president minister opposition democracies congresspeople
    additionally furthermore moreover however meanwhile nevertheless nonetheless therefore thus
    consequently specifically notably overall finally lastly similarly likewise conversely instead
    despite although though while whereas because since unless until when where whenever once during
    before after according based regarding concerning following given such these those both each
    every all most few half neither either none another same certain various numerous
    yes no not only even also then there here now today later earlier recently currently
    approximately roughly about around nearly almost over under more less fewer at least up
    schooling rape printing printers child forced female male girls boys adults youth
    overtime rest work working employment membership registration voting turnout power
    reconciliation economic cooperation integration history culture language supply demand
    warmer heat climate graves hospitals power water food shelter vulnerable powerful
    same-sex nongovernmental nongovernment state-owned state-run privately
    state censorship surveillance spyware internet online digital social academic
    universities businesses customs patriarchal traditional large small new old
    prior subsequent total average maximum minimum
    asked speaking addressing citing referring describing
    primary secondary tuition maternity legal illegal lawful unlawful
    under within across among between beyond throughout against without
    dozens hundreds thousands millions billions scores
    twelve eleven ten nine eight seven six five four three two one
""")
ROLES = words("""
    president minister premier chancellor king queen prince emperor ambassador secretary general
    senator governor mayor chairman chairwoman chairperson chair director spokesman spokeswoman
    spokesperson representative envoy commissioner judge justice prosecutor attorney professor
    doctor colonel captain major lieutenant commander sergeant chief prime deputy vice foreign
    interior defense finance mr mrs ms dr sir madam lord lady reverend bishop pope archbishop imam
    sheikh sultan emir congressman congresswoman speaker head leader officer inspector assistant
    acting former republic kingdom federation
""")
HONORIFICS = words("mr mrs ms dr sir madam his her excellency mr. mrs. ms. dr. the")
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
WEEKDAYS = words("monday tuesday wednesday thursday friday saturday sunday")
MEASURES = """
    year / month / week / day / hour / minute / second / decade / century / kilometer kilometre km /
    mile / meter metre / hectare / acre / ton tonne / kilogram kilo kg / barrel / liter litre /
    degree / dollar / euro / pound / percent / birr / manat / dram / peso / ruble rouble / yuan
"""
