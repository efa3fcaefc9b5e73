"""The front end: one page to ask, read and check.

``page.build_app`` makes the application, ``server.serve`` runs it. Each folder is a part of the
page that a user sees, with its HTML, styles and scripts. Everything that comes from a document, a
question or a file name is escaped by the functions that make HTML and Markdown.
"""

import os

# Gradio reads this when it is imported; without it the page would look up hosts at start-up.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
