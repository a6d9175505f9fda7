"""Tables, the update log and the queries. Keeps bytes and rows; knows no CRDT."""
