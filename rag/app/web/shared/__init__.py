"""What the parts of the page share: places, templates, requests and their limits, security."""
