"""Other names of the same: short forms of countries and bodies, and who belongs to a country."""

from __future__ import annotations

from functools import cache

__all__ = ["NATIONAL_ENDINGS", "aliases", "demonyms"]

_ALIASES = """
    US | U.S. | USA | U.S.A. | United States | United States of America | America | American |
        Americans | Washington
    UK | U.K. | United Kingdom | Great Britain | Britain | British
    UN | U.N. | United Nations | UNO
    EU | E.U. | European Union
    AU | African Union
    OSCE | Organization for Security and Co-operation in Europe |
        Organization for Security and Cooperation in Europe
    NATO | North Atlantic Treaty Organization
    ICC | International Criminal Court
    ICJ | International Court of Justice
    IMF | International Monetary Fund
    WHO | World Health Organization
    WTO | World Trade Organization
    WFP | World Food Programme | World Food Program
    ILO | International Labor Organization | International Labour Organization |
        International Labour Organisation
    IOM | International Organization for Migration
    UNHCR | United Nations High Commissioner for Refugees | UN Refugee Agency
    OHCHR | Office of the High Commissioner for Human Rights
    UNICEF | United Nations Children's Fund
    UNDP | United Nations Development Programme
    UNESCO | United Nations Educational, Scientific and Cultural Organization
    OAS | Organization of American States
    ASEAN | Association of Southeast Asian Nations
    ECOWAS | Economic Community of West African States
    IGAD | Intergovernmental Authority on Development
    ICRC | International Committee of the Red Cross
    SDGs | SDG | Sustainable Development Goals
    MDGs | Millennium Development Goals
    GDP | gross domestic product
    GNI | gross national income
    NGO | NGOs | nongovernmental organization | nongovernmental organizations |
        non-governmental organizations | non-governmental organisations | nongovernmental |
        non-governmental
    IDPs | IDP | internally displaced persons | internally displaced people | displaced people |
        people displaced
    FGM | female genital mutilation | FGM/C
    LGBT | LGBTI | LGBTQ | LGBTQI
    HIV | HIV/AIDS | AIDS
    VPN | VPNs | Virtual Private Network | Virtual Private Networks
    DRC | Democratic Republic of the Congo | Democratic Republic of Congo | DR Congo | Congo
    UAE | United Arab Emirates
    USSR | Soviet Union
    DPRK | North Korea | Democratic People's Republic of Korea
    Korea | South Korea | Republic of Korea
    Russia | Russian Federation | Russian | Russians
    Turkey | Türkiye | Turkish | Turks
    Myanmar | Burma
    Ivory Coast | Côte d'Ivoire
    Czechia | Czech Republic
    Holy See | Vatican
    Karabakh | Nagorno-Karabakh | Nagorno Karabakh
    State Department | Department of State | US State Department | U.S. Department of State
    Congress | US Congress | U.S. Congress
    Security Council | UN Security Council | United Nations Security Council |
        Council
    General Assembly | UN General Assembly | United Nations General Assembly | Assembly
    Paris Agreement | Paris Climate Agreement | Paris Accord | Paris Climate Accord
    Genocide Convention | Convention on the Prevention and Punishment of the Crime of Genocide
    Nobel Peace Prize | Nobel Prize
    Rio | Rio de Janeiro
"""
_DEMONYMS = """
    France French / Britain British / Netherlands Dutch / Switzerland Swiss / Germany German /
    Greece Greek / Spain Spanish / Portugal Portuguese / Denmark Danish / Sweden Swedish / Norway
    Norwegian / Finland Finnish / Poland Polish / Ireland Irish / Iceland Icelandic / Turkey Turkish
    / China Chinese / Japan Japanese / Thailand Thai / Philippines Filipino Philippine / Afghanistan
    Afghan / Kazakhstan Kazakh / Kyrgyzstan Kyrgyz / Tajikistan Tajik / Turkmenistan Turkmen /
    Uzbekistan Uzbek / Pakistan Pakistani / Iraq Iraqi / Israel Israeli / Yemen Yemeni / Lebanon
    Lebanese / Cyprus Cypriot / Wales Welsh / England English / Scotland Scottish / Ukraine
    Ukrainian
    / Argentina Argentine Argentinian / Peru Peruvian / Ecuador Ecuadorian / Guatemala Guatemalan /
    Congo Congolese / Senegal Senegalese / Togo Togolese / Niger Nigerien / Nigeria Nigerian / Mali
    Malian / Europe European / Asia Asian / Africa African / Arab Arabia Arabic / Islam Islamic
    Muslim / Christianity Christian / Jew Jewish / Slovakia Slovak / Serbia Serb Serbian / Croatia
    Croat Croatian / Kosovo Kosovar / Somalia Somali / Djibouti Djiboutian / Bangladesh Bangladeshi
    / Nepal Nepalese / Barbados Barbadian / Monaco Monegasque / Belgium Belgian / Hungary Hungarian
    / Armenia Armenian / Azerbaijan Azerbaijani Azeri / Georgia Georgian / Russia Russian
"""
NATIONAL_ENDINGS = ("ians", "ian", "ans", "an", "ns", "n", "ese", "is", "i", "ish", "ic", "s", "")


@cache
def aliases() -> tuple[tuple[str, ...], ...]:
    """Groups of names for the same; the names as they are written."""
    lines: list[str] = []
    for line in _ALIASES.strip().splitlines():
        if lines and lines[-1].endswith("|"):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
    return tuple(tuple(name.strip() for name in line.split("|")) for line in lines)


@cache
def demonyms() -> dict[str, str]:
    """Irregular names of peoples and their languages, in lower case, to that of the country."""
    table: dict[str, str] = {}
    for group in _DEMONYMS.split("/"):
        country, *forms = group.lower().split()
        for form in forms:
            table[form] = table[f"{form}s"] = country
    return table
