//! The few words in which the two databases differ.

use sea_orm_migration::sea_orm::DbBackend;

/// Turns the shared text of a migration into one database's own.
///
/// `{uuid}` a UUID column, `{blob}` bytes, `{serial}` an integer key that the database counts,
/// `{sequenced}` the key of the fact log, whose numbers the writer draws itself on PostgreSQL.
/// Lines that begin with `@postgres ` or `@sqlite ` belong to that database alone.
pub fn sql(backend: DbBackend, text: &str) -> String {
    let postgres = backend == DbBackend::Postgres;
    let (mine, other) =
        if postgres { ("@postgres ", "@sqlite ") } else { ("@sqlite ", "@postgres ") };
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with(other))
        .map(|line| line.strip_prefix(mine).unwrap_or(line))
        .collect();
    let words: [(&str, &str); 4] = if postgres {
        [
            ("{uuid}", "UUID"),
            ("{blob}", "BYTEA"),
            ("{serial}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
            ("{sequenced}", "BIGINT PRIMARY KEY"),
        ]
    } else {
        [
            ("{uuid}", "BLOB"),
            ("{blob}", "BLOB"),
            ("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
            ("{sequenced}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
        ]
    };
    words.iter().fold(lines.join("\n"), |sql, (word, own)| sql.replace(word, own))
}
