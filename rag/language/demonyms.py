"""How the people of a country and what belongs to it are called: Ethiopian, Danish, a Turk."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from rag.language.countries import country_names
from rag.language.folding import fold

__all__ = ["adjective", "demonyms"]

# Country, then its adjective, then other words for its people; names in -a and -i are regular.
_IRREGULAR: Final = """
Afghanistan: Afghan
Antigua and Barbuda: Antiguan, Barbudan
Argentina: Argentine, Argentinian, Argentinean
Azerbaijan: Azerbaijani, Azeri
Bahamas: Bahamian
Bahrain: Bahraini
Bangladesh: Bangladeshi
Barbados: Barbadian
Belarus: Belarusian, Belarussian
Belgium: Belgian
Belize: Belizean
Benin: Beninese
Bhutan: Bhutanese
Bosnia and Herzegovina: Bosnian
Botswana: Botswanan
Brazil: Brazilian
Burkina Faso: Burkinabe
Cameroon: Cameroonian
Canada: Canadian
Cape Verde: Cape Verdean
Central African Republic: Central African
Chad: Chadian
Chile: Chilean
China: Chinese
Comoros: Comorian
Côte d’Ivoire: Ivorian
Cyprus: Cypriot
Czechia: Czech
Democratic Republic of the Congo: Congolese
Denmark: Danish, Dane
Dominican Republic: Dominican
Ecuador: Ecuadorian, Ecuadorean
Egypt: Egyptian
El Salvador: Salvadoran, Salvadorean
Equatorial Guinea: Equatorial Guinean, Equatoguinean
Eswatini: Swazi
Finland: Finnish, Finn
France: French, Frenchman, Frenchmen
Gabon: Gabonese
Germany: German
Ghana: Ghanaian
Greece: Greek
Greenland: Greenlandic
Grenada: Grenadian
Guinea-Bissau: Bissau-Guinean
Guyana: Guyanese
Honduras: Honduran
Hungary: Hungarian
Iceland: Icelandic, Icelander
Iran: Iranian
Iraq: Iraqi
Ireland: Irish
Israel: Israeli
Italy: Italian
Japan: Japanese
Jordan: Jordanian
Kazakhstan: Kazakh, Kazakhstani
Kosovo: Kosovar, Kosovan
Kuwait: Kuwaiti
Kyrgyzstan: Kyrgyz, Kyrgyzstani
Laos: Laotian, Lao
Lebanon: Lebanese
Luxembourg: Luxembourgish, Luxembourger
Madagascar: Malagasy
Maldives: Maldivian
Malta: Maltese
Marshall Islands: Marshallese
Mauritius: Mauritian
Mexico: Mexican
Moldova: Moldovan
Montenegro: Montenegrin
Morocco: Moroccan
Mozambique: Mozambican
Myanmar: Burmese
Nepal: Nepali, Nepalese
Netherlands: Dutch, Dutchman
New Zealand: New Zealander
Niger: Nigerien
North Macedonia: Macedonian, North Macedonian
Norway: Norwegian
Oman: Omani
Pakistan: Pakistani
Palestine: Palestinian
Panama: Panamanian
Paraguay: Paraguayan
Peru: Peruvian
Philippines: Philippine, Filipino, Filipina
Poland: Polish, Pole
Portugal: Portuguese
Qatar: Qatari
Republic of the Congo: Congolese
Saint Lucia: Saint Lucian
San Marino: Sammarinese
Saudi Arabia: Saudi, Saudi Arabian
Senegal: Senegalese
Seychelles: Seychellois
Singapore: Singaporean
Slovakia: Slovak, Slovakian
Slovenia: Slovenian, Slovene
Somalia: Somali
Spain: Spanish, Spaniard
Sudan: Sudanese
South Sudan: South Sudanese
Suriname: Surinamese
Sweden: Swedish, Swede
Switzerland: Swiss
Taiwan: Taiwanese
Tajikistan: Tajik, Tajikistani
Thailand: Thai
Timor-Leste: Timorese, East Timorese
Togo: Togolese
Trinidad and Tobago: Trinidadian
Turkey: Turkish, Turk
Turkmenistan: Turkmen
Tuvalu: Tuvaluan
Ukraine: Ukrainian
United Arab Emirates: Emirati
United Kingdom: British, Briton
United States: American
Uruguay: Uruguayan
Uzbekistan: Uzbek
Vietnam: Vietnamese
Yemen: Yemeni
Zimbabwe: Zimbabwean
"""


@cache
def demonyms() -> Mapping[str, tuple[str, ...]]:
    """Each such word, folded, singular and plural, with the countries it may belong to."""
    found: dict[str, tuple[str, ...]] = {}
    for country, own in _by_country().items():
        for word in own:
            for form in (fold(word), _plural(fold(word))):
                if country not in found.get(form, ()):
                    found[form] = (*found.get(form, ()), country)
    north_and_south = ("South Korea", "North Korea")
    return found | {"korean": north_and_south, "koreans": north_and_south}


def adjective(country: str) -> str | None:
    """What belongs to the country is called so: ``Ethiopian`` for Ethiopia; None if not known."""
    return next(iter(_by_country().get(country, ())), None)


@cache
def _by_country() -> Mapping[str, tuple[str, ...]]:
    lines = (line.split(": ", 1) for line in _IRREGULAR.strip().splitlines())
    irregular = {country: tuple(others.split(", ")) for country, others in lines}
    regular = {
        country: (f"{country}{'n' if country.endswith('a') else 'an'}",)
        for country in set(country_names().values()) - irregular.keys()
        if country.endswith(("a", "i"))
    }
    return irregular | regular


def _plural(word: str) -> str:
    return word if word.endswith(("ese", "ish", "ss", "ch", "x", "men", "ois", "s")) else f"{word}s"
