"""What people do with the documents of an index while it is being asked."""
