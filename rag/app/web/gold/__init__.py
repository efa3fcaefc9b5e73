"""Gold questions: answers judged by users, as questions for an evaluation."""
