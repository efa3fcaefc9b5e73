"""The front end: one page to ask, read and check.

``page.build_app`` makes the application, ``page.serve`` runs it. Gradio is imported in this
package alone. What is shown is made by pure functions (``render``, ``source``, ``collection``),
which escape everything that comes from a document, a question or a file name.
"""

import os

# Gradio reads this when it is imported; without it the page would look up hosts at start-up.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
