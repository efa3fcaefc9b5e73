"""The chat: asking, answers as Markdown, kept conversations, and their export."""
