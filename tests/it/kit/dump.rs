//! All tables in one look: for tests that assert that nothing changed.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::app::TestApp;

/// The content of every table: row count and a digest (or the rows themselves, on SQLite).
pub type Dump = BTreeMap<String, (i64, String)>;

impl TestApp {
    /// The content of every table but `left_out`.
    pub async fn dump(&self, left_out: &[&str]) -> Dump {
        let scope = self.system();
        let db = scope.db();
        let backend = db.get_database_backend();
        let ask = async |sql: String| {
            db.query_all_raw(Statement::from_string(backend, sql))
                .await
                .expect("a look at the tables")
        };
        let names = match backend {
            DbBackend::Sqlite => {
                // The full-text index is derived from `search_document`, row by row.
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_index%'"
            }
            _ => "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
        };
        let mut dump = Dump::new();
        for row in ask(names.to_owned()).await {
            let name: String = row.try_get("", "name").expect("a name");
            if left_out.contains(&name.as_str()) {
                continue;
            }
            let sql = match backend {
                DbBackend::Sqlite => {
                    let columns = ask(format!("PRAGMA table_info(\"{name}\")")).await;
                    let quoted = columns.iter().map(|column| {
                        let column: String = column.try_get("", "name").expect("a column");
                        format!("quote(\"{column}\")")
                    });
                    let row = quoted.collect::<Vec<_>>().join(" || ',' || ");
                    format!(
                        "SELECT count(*) AS n, coalesce(group_concat({row}, ';'), '') AS d FROM (SELECT * FROM \"{name}\" ORDER BY 1, 2)"
                    )
                }
                _ => format!(
                    "SELECT count(*) AS n, coalesce(md5(string_agg(t::text, ';' ORDER BY t::text)), '') AS d FROM \"{name}\" t"
                ),
            };
            let rows = ask(sql).await;
            let content = (
                rows[0].try_get("", "n").expect("a count"),
                rows[0].try_get("", "d").expect("a digest"),
            );
            dump.insert(name, content);
        }
        dump
    }
}

/// What differs between two dumps: the tables with their counts.
pub fn changed(before: &Dump, after: &Dump) -> Vec<String> {
    let differs = before.iter().filter(|(name, content)| after.get(*name) != Some(*content));
    differs
        .map(|(name, (count, _))| {
            format!("{name}: {count} rows before, {:?} after", after.get(name).map(|it| it.0))
        })
        .collect()
}
