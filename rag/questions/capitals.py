"""The seats of governments, courts and bodies, which are often called by the names of towns."""

from __future__ import annotations

from functools import cache
from typing import Final

from rag.questions.words import folded

__all__ = ["bodies_at", "country_of"]

# As those who write in English call them; of countries with several seats, all.
_CAPITALS: Final = """
Kabul: Afghanistan
Tirana: Albania
Algiers: Algeria
Luanda: Angola
Buenos Aires: Argentina
Yerevan: Armenia
Canberra: Australia
Vienna: Austria
Baku: Azerbaijan
Dhaka: Bangladesh
Minsk: Belarus
Brussels: Belgium
Sarajevo: Bosnia and Herzegovina
Brasilia: Brazil
Sofia: Bulgaria
Ouagadougou: Burkina Faso
Bujumbura, Gitega: Burundi
Phnom Penh: Cambodia
Yaounde: Cameroon
Ottawa: Canada
Bangui: Central African Republic
N'Djamena: Chad
Beijing, Peking: China
Bogota: Colombia
Kinshasa: Democratic Republic of the Congo
Brazzaville: Republic of the Congo
Zagreb: Croatia
Havana: Cuba
Nicosia: Cyprus
Prague: Czechia
Copenhagen: Denmark
Santo Domingo: Dominican Republic
Quito: Ecuador
Cairo: Egypt
Asmara: Eritrea
Tallinn: Estonia
Addis Ababa: Ethiopia
Helsinki: Finland
Paris: France
Tbilisi: Georgia
Berlin: Germany
Accra: Ghana
Athens: Greece
Conakry: Guinea
Tegucigalpa: Honduras
Budapest: Hungary
Reykjavik: Iceland
New Delhi, Delhi: India
Jakarta: Indonesia
Tehran, Teheran: Iran
Baghdad: Iraq
Dublin: Ireland
Tel Aviv: Israel
Rome: Italy
Tokyo: Japan
Amman: Jordan
Astana: Kazakhstan
Nairobi: Kenya
Pristina: Kosovo
Bishkek: Kyrgyzstan
Vientiane: Laos
Riga: Latvia
Beirut: Lebanon
Tripoli: Libya
Vilnius: Lithuania
Antananarivo: Madagascar
Kuala Lumpur: Malaysia
Bamako: Mali
Valletta: Malta
Nouakchott: Mauritania
Chisinau: Moldova
Ulaanbaatar: Mongolia
Podgorica: Montenegro
Rabat: Morocco
Maputo: Mozambique
Naypyidaw: Myanmar
Windhoek: Namibia
Kathmandu: Nepal
Amsterdam, The Hague: Netherlands
Managua: Nicaragua
Niamey: Niger
Abuja: Nigeria
Pyongyang: North Korea
Skopje: North Macedonia
Oslo: Norway
Islamabad: Pakistan
Ramallah: Palestine
Asuncion: Paraguay
Lima: Peru
Manila: Philippines
Warsaw: Poland
Lisbon: Portugal
Doha: Qatar
Bucharest: Romania
Moscow: Russia
Kigali: Rwanda
Riyadh: Saudi Arabia
Dakar: Senegal
Belgrade: Serbia
Freetown: Sierra Leone
Bratislava: Slovakia
Ljubljana: Slovenia
Mogadishu: Somalia
Pretoria: South Africa
Seoul: South Korea
Juba: South Sudan
Madrid: Spain
Colombo: Sri Lanka
Khartoum: Sudan
Stockholm: Sweden
Bern: Switzerland
Damascus: Syria
Taipei: Taiwan
Dushanbe: Tajikistan
Dodoma: Tanzania
Bangkok: Thailand
Tunis: Tunisia
Ankara: Turkey
Ashgabat: Turkmenistan
Kampala: Uganda
Kyiv, Kiev: Ukraine
Abu Dhabi: United Arab Emirates
London, Whitehall, Downing Street: United Kingdom
Washington, White House: United States
Montevideo: Uruguay
Tashkent: Uzbekistan
Caracas: Venezuela
Hanoi: Vietnam
Sanaa: Yemen
Lusaka: Zambia
Harare: Zimbabwe
Kremlin: Russia
"""

# Only where the town is named for the body more often than for what happens in its streets.
_BODIES: Final = """
Hague: International Criminal Court, International Court of Justice, ICC, ICJ
Strasbourg: European Court of Human Rights, European Parliament, Council of Europe
Brussels: European Union, European Commission, NATO
"""


def bodies_at(town: str) -> tuple[str, ...]:
    """The courts and bodies that may be meant by the name of a town.

    >>> "ICC" in bodies_at("Hague"), bodies_at("Rio")
    (True, ())
    """
    return _bodies().get(folded(town), ())


def country_of(capital: str) -> str | None:
    """The country whose government may be meant by the name of a town; None if it is no capital.

    >>> country_of("Yerevan"), country_of("Rio")
    ('Armenia', None)
    """
    return _countries().get(folded(capital))


@cache
def _countries() -> dict[str, str]:
    rows = (line.split(": ") for line in _CAPITALS.strip().splitlines())
    return {folded(town): country for towns, country in rows for town in towns.split(", ")}


@cache
def _bodies() -> dict[str, tuple[str, ...]]:
    rows = (line.split(": ") for line in _BODIES.strip().splitlines())
    return {folded(town): tuple(bodies.split(", ")) for town, bodies in rows}
