"""Fetch one document from a public web address.

Whoever asks for an address may mean harm, and so may whoever answers: a page can redirect to a
machine inside the network, never end, expand to gigabytes or be something else than it says.
Nothing is connected to before the address of the server was checked, and the connection goes to
that very address. Proxies and credentials from the environment are not used, cookies not kept.
"""

from rag.ingest.fetch.fetch import Fetched, fetch
from rag.ingest.fetch.network import Network, is_public

__all__ = ["Fetched", "Network", "fetch", "is_public"]
