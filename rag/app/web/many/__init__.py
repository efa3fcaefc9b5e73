"""Many questions at once, in place of the chat: each is asked by itself, and a table is filled."""
