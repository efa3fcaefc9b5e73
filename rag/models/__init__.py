"""The models that search and read, and the runtime that runs them."""
