"""Forms of words, and which words stand for one another or against each other."""

from __future__ import annotations

from functools import cache

from rag.verification.claims.lexicon import words

__all__ = ["OPPOSITES", "PHRASES", "base_forms", "irregular_verbs", "synonyms"]

_IRREGULAR = """
    begin began begun / rise rose risen / fall fell fallen / hold held / take took taken / give gave
    given / go went gone / come came / become became / see saw seen / say said / tell told / speak
    spoke spoken / find found / keep kept / leave left / lose lost / win won / meet met / send sent
    / spend spent / build built / buy bought / bring brought / think thought / fight fought / teach
    taught / catch caught / sell sold / hear heard / lead led / feed fed / read / lay laid / pay
    paid / make made / have had has / be is are was were been being / do did done does / know knew
    known / grow grew grown / throw threw thrown / draw drew drawn / fly flew flown / drive drove
    driven / write wrote written / ride rode / choose chose chosen / break broke broken / steal
    stole stolen / freeze froze frozen / wear wore worn / tear tore torn / bear bore borne / swear
    swore sworn / forget forgot forgotten / forbid forbade forbidden / eat ate eaten / sit sat /
    stand stood / understand understood / strike struck stricken / shoot shot / sink sank sunk /
    drink drank / sing sang / run ran / hide hid hidden / bind bound / wind wound / hang hung / dig
    dug / seek sought / flee fled / mean meant / feel felt / sleep slept / deal dealt / get got
    gotten / die died dying dead death deaths / lie lay lain / undergo underwent / withdraw withdrew
    withdrawn / arise arose arisen / beat beaten / man men / woman women / child children / person
    persons people / foot feet / life lives / wife wives / half halves / crisis crises / analysis
    analyses / country countries / city cities / body bodies / army armies / party parties / injury
    injuries / casualty casualties / policy policies / crop crops / medium media / mouse mice
"""
_SYNONYMS = """
    begin start commence launch initiate open onset beginning outset
    end stop halt cease finish conclude discontinue terminate
    big large great huge vast major
    small little tiny minor
    kill slay death die dead fatality perish victim
    injure wound hurt injury
    attack assault raid strike
    arrest detain detention apprehend custody jail imprison prison incarcerate seize
    free release liberate
    child minor girl boy youngster kid
    job work employment employ post occupation labor labour worker laborer
    law legislation legal statute act proclamation lawful
    illegal unlawful prohibit forbid ban bar outlaw crime criminal outlawed
    allow permit let enable authorize authorise grant
    country nation state
    government authority administration executive
    journalist reporter press
    paper newspaper
    money fund funding finance financial financing cash
    help aid assist assistance support relief
    build construct erect construction
    opening introductory introduction introduce preliminary
    yearly annual annually year
    monthly month
    daily day
    weekly week
    improve improvement better progress
    worsen worse deteriorate deterioration
    increase rise grow growth climb expand surge gain widen expansion upward
    decrease decline fall drop reduce reduction shrink diminish decrease lower fewer downward
    need require necessary must requirement
    show demonstrate display exhibit shown
    want wish desire seek hope aim
    ask request urge appeal call demand
    promise pledge vow commit undertake commitment
    choose elect select pick election vote ballot poll
    leader chief head chair chairman chairperson lead
    home house housing residence dwelling
    displace displaced uproot expel drive flee displacement
    migrant migration refugee
    destroy destruction demolish ruin demolition wreck
    war conflict fighting combat hostility
    peace peaceful nonviolent
    violence violent
    agree agreement accord treaty pact deal
    sign conclude
    join unite union
    teach teacher instructor
    school education schooling educational
    farm agriculture agricultural farming
    main chief principal primary chiefly primarily mainly above
    stay remain continue persist ongoing still
    get receive obtain gain acquire accept
    give provide offer supply grant hand deliver
    buy purchase
    leave depart quit withdraw resign step
    return come back
    make create produce form establish found set up creation setup
    think believe consider view regard
    quick rapid fast swift quickly
    cut shut shutdown block disconnect sever disrupt off
    fix repair mend
    punish punishment penalty sentence punishable
    limit restrict restriction curb restrictive constrain
    watch monitor observe surveillance monitoring observer
    pick gather collect
    fight combat battle tackle
    prevent stop avert block
    hard difficult tough difficulty
    capital city town
    abroad foreign overseas
    almost nearly
    roughly about approximately around
    joint combined shared together collective
    circulate circulation print run
    force compel coerce make forced oblige
    marry marriage wed married wedding
    husband wife spouse partner
    doctor physician medic medical
    sick ill disease illness
    old age aged elderly
    poor poverty impoverished
    rich wealth wealthy prosperous
    accuse blame charge
    praise commend laud applaud
    condemn denounce decry
    criticize criticise criticism fault
    thank gratitude grateful
    invite invitation
    seize confiscate
    police officer
    soldier troop military army armed
    weapon arm gun
    happen occur take place
    propose proposal suggest suggestion
    replace replacement supersede substitute successor succeed
    prior previous earlier before former
    later after subsequent following subsequently
    currently now present
    quarter fourth
    protect protection safeguard defend
    secure security safe safety
    fair just justice
    speak talk speech discuss dialogue
    meet meeting summit gather convene host
    goal objective purpose target aim
    plan intend intention scheme
    test trial examination exam
    sort kind type
    region area zone
    border frontier
    village settlement hamlet
    road highway
    ship vessel boat
    build-up buildup
    harm damage injure
    abuse mistreat mistreatment violate violation
    torture torment
    arbitrary arbitrarily
    independent independence autonomous
    private privately
    fee cost price charge
    enter entry entrance
    resign step down quit resignation
    appoint name nominate appointment
    approve adopt pass endorse approval ratify
    annul void cancel null scrap nullify
    lack absence shortage without
    enough sufficient adequate
    entire whole full complete completely fully
    nongovernmental ngo
    yield harvest
    member belong membership
    affiliate affiliated belong
    enforce enforcement implement implementation apply
    gender sex
    woman female
    man male
    wage salary pay earnings
    unpaid unwaged
    minimum least lowest
    maximum most highest
    register registration enroll enrol enrollment
    common widespread frequent prevalent usual
    rare uncommon infrequent
    mourn grieve
    honor honour
    center centre
    defense defence
    labor labour
    program programme
    organize organise organization organisation group body
    recognize recognise recognition acknowledge
    explain explanation clarify
    unclear ambiguous
    describe description depict
    entitle right
    oppose opposition object
    support back backing endorse
    fund finance bankroll
    hundred hundreds
    world global worldwide international
    earlier ago
    reach attain achieve
    fulfil fulfill accomplish
    dismiss fire sack
    cover include span
    warn warning caution
    share portion proportion
    survive outlive
    rebuild reconstruct reconstruction
    storm hurricane cyclone
    flood flooding
    worried concerned concern worry alarming alarm
    swift prompt immediate immediately once
    resume restore restart restoration
    own belong property
    run operate manage operator
    spread disseminate distribute
    reach cover
    trip journey travel
    threat threaten menace
    bribe bribery corrupt corruption
    look seem appear
    rank place position ranking
    compete competitive competitiveness
    debt owe
    triple threefold
    double twofold
    export sell
    complain complaint
    denied deny denial
    refuse decline reject rejection refusal
    question query
    reply answer response respond
    duty obligation oblige mandate
    instruct instruction guideline guidance
    embassy mission
    separate distinct
"""
# Two or three words, and single ones that mean the same.
PHRASES = """
    come back | return restore
    step down | resign resignation quit
    set free | release free
    carry out | conduct implement perform
    give up | abandon renounce
    set up | establish create found
    call off | cancel
    bring about | cause produce
    turn down | reject refuse decline
    break out | begin start erupt
    put off | postpone delay
    hand in | submit
    hand over | deliver surrender transfer
    go on | continue
    take place | happen occur
    carry on | continue
    take over | assume seize
    speak of | mention
    point out | note
    rule out | exclude
    make up | compose constitute
    look into | investigate examine
    do away | abolish
    cut off | isolate sever
    send back | return deport
    drive out | expel displace
    bring down | reduce lower
    come from | originate
    belong to | own owned
    put in prison | imprison jail
    put to death | execute
    take part | participate participation
    q & a | question answer
"""
OPPOSITES = """
    increase rise grow climb expand surge gain widen growth more higher upward |
        decrease decline fall drop reduce shrink diminish fewer less lower cut
        contract downward narrow
    improve better improvement strengthen progress |
        worsen worse deteriorate deterioration weaken decline aggravate
    begin start commence launch open | end stop halt cease finish close conclude
    confirm admit acknowledge | deny reject dispute
    accept agree approve endorse adopt ratify | reject refuse decline oppose deny veto
    allow permit let legal authorize legalize |
        ban forbid prohibit bar illegal unlawful outlaw block prevent crime criminalize
    support back favor favour praise welcome commend applaud endorse |
        oppose condemn criticize criticise denounce reject deplore resist
    release free liberate | arrest detain imprison jail
    win victory gain won | lose defeat loss lost
    high highest | low lowest
    pass passed carried succeed | fail failed defeated
    victory success triumph | defeat failure
    answer answered reply replied | ignore ignored unanswered
    largest biggest greatest | smallest least tiniest
    large big great huge vast | small little tiny
    most majority | least minority
    strong strongly strengthen | weak weakly weaken
    rich wealthy wealth | poor poverty
    first earliest | last latest final
    early earlier earliest | late later latest
    north northern | south southern
    east eastern | west western
    man male boy husband father son brother grandfather uncle |
        woman female girl wife mother daughter sister grandmother aunt
    public state-owned | private
    peaceful peace | violent armed war
    voluntary voluntarily optional | compulsory mandatory forced obligatory
    rare rarely seldom infrequent infrequently | common often frequent frequently usual routinely
    enter join arrive | leave exit depart quit withdraw
    import | export
    buy purchase | sell
    innocent acquit exonerate | guilty convict
    possible able | impossible unable
    safe secure safety | dangerous unsafe danger insecure
    optimistic hopeful | pessimistic
    true | false
    best | worst
    adequate enough sufficient | insufficient inadequate
    rural countryside | urban
    friend ally | enemy adversary foe
    appoint hire employ | dismiss fire sack
    build construct create establish found | destroy demolish dismantle dissolve abolish
    complete completely fully full entire entirely total totally | partial partly partially
    temporary temporarily | permanent permanently
    direct directly | indirect indirectly
    legalise | criminalise
    unblock restore reopen | block shut close disconnect
    respect honor observe comply uphold | violate breach breached flout disregard
    include | exclude
    former previous ex | current present incumbent
    major | minor
    formal | informal
    domestic | foreign
    successful successfully | unsuccessful unsuccessfully
    love | hate
    good better | bad worse
    harsh harsher harshest strict stricter strictest severe | mild milder mildest lenient soft
    heavy heavily | light lightly slight slightly
    fast quick quickly rapid rapidly swiftly | slow slowly gradual gradually
    hot warm warmer | cold cool colder
    cheap | expensive costly
    right correct | wrong incorrect
    deep | shallow
    alive living | dead deceased
    clean | dirty polluted
    ancient old | modern new
    calm quiet | tense restless
    optimism hope | pessimism despair
    generous | stingy
    sufficiently | insufficiently
    clear clearly | unclear vague
    brave | cowardly
    thrive flourish | collapse
    wealthiest richest | poorest
    tall taller tallest | short shorter shortest
    near nearest | far farthest
    hire hired | dismissed fired
    healthy | sick ill
    attack attacker | defend defender
    lend lender | borrow borrower
    creditor | debtor
    employed employment | unemployed unemployment
    majority-owned | minority-owned
    advantage | disadvantage
    profit | loss
    surplus | deficit
    legalised | banned
    praised | criticized criticised condemned
    remember | forget
    maximum | minimum
    inside | outside
    easy easily | difficult hard
    democracy democratic | dictatorship autocratic
    unite unity | divide division
    trust confidence | distrust mistrust
    tighten | loosen ease relax
    import imports | export exports
    arrival | departure
    male | female
    day daytime | night nighttime
    different separate distinct | same identical
    summer | winter
    spring | autumn
    conviction | acquittal
    favor favored favour favoured prefer preferred advantage | disadvantage disadvantaged
    tighten tightens tightened | remove removes removed lift lifts lifted
    investigate | ignore
    satisfied pleased glad | dissatisfied disappointed unhappy regret
    stable stability | unstable instability
    transparent | secret
    attend | boycott
    demand | supply
    employer | employee
    teacher | student
    plaintiff | defendant
    president | parliament
    victim | perpetrator
    cause | prevent
    shorter | longer
    younger | older
    wide widely broad broaden broadened extend extended widened |
        narrow narrowed restrict restricted
    central | local regional
    soldier military | civilian
"""


@cache
def base_forms() -> dict[str, str]:
    """Irregular forms to the word that they are forms of."""
    table: dict[str, str] = {}
    for line in _IRREGULAR.split("/"):
        base, *forms = line.split()
        table.update(dict.fromkeys(forms, base))
    return table


@cache
def irregular_verbs() -> frozenset[str]:
    """The forms of irregular verbs; the nouns of the same table come after them."""
    verbs, _, _ = _IRREGULAR.partition("man men")
    return words(verbs.replace("/", " "))


@cache
def synonyms() -> tuple[frozenset[str], ...]:
    """Groups of words that may stand for one another; a word may be in several."""
    return tuple(words(line) for line in _SYNONYMS.strip().splitlines())
