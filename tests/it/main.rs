//! Black-box tests over HTTP, on SQLite and on PostgreSQL.

fn main() {}
