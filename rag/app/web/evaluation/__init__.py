"""The Evaluation tab: running gold questions, and the report on them."""
