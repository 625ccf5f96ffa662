//! Several selections read by one statement: one row, in which each selection is a document, a JSON
//! array with an array of columns for each of its rows (docs/adr/0019).

use std::fmt::Write as _;
use std::marker::PhantomData;

use sea_orm::sea_query::{
    Expr, PostgresQueryBuilder, QueryBuilder, SelectStatement, SqlWriterValues, SqliteQueryBuilder,
};
use sea_orm::{
    ActiveModelBehavior as _, ActiveModelTrait, ColumnTrait, ColumnType, ConnectionTrait,
    DbBackend, EntityTrait, IdenStatic as _, Iterable as _, Order, Select, Statement, TryIntoModel,
    Value,
};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::kit::error::{Fault, Result};

/// In which form a column stands in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A UUID: hyphenated on PostgreSQL, bare hexadecimal on SQLite, which keeps 16 bytes.
    Id,
    /// A whole number of 64 bits, instants among them.
    Long,
    /// A whole number of 32 bits.
    Short,
    /// Yes or no: 1 or 0 on SQLite.
    Flag,
    /// A text, words of enums and days among them.
    Text,
}

impl Form {
    fn of(column: &ColumnType) -> Option<Self> {
        match column {
            ColumnType::Uuid => Some(Self::Id),
            ColumnType::BigInteger => Some(Self::Long),
            ColumnType::Integer => Some(Self::Short),
            ColumnType::Boolean => Some(Self::Flag),
            ColumnType::String(_) | ColumnType::Text | ColumnType::Char(_) => Some(Self::Text),
            _ => None,
        }
    }

    fn written(self, backend: DbBackend, column: &str) -> String {
        // JSON has no bytes. What is NULL becomes an empty text, which no id is.
        if self == Self::Id && backend == DbBackend::Sqlite {
            return format!("hex(\"{column}\")");
        }
        format!("\"{column}\"")
    }

    fn read(self, json: Json) -> Option<Value> {
        Some(match (self, json) {
            (Self::Id, Json::Null) => Value::Uuid(None),
            (Self::Id, Json::String(text)) if text.is_empty() => Value::Uuid(None),
            (Self::Id, Json::String(text)) => Value::Uuid(Some(Uuid::try_parse(&text).ok()?)),
            (Self::Long, Json::Null) => Value::BigInt(None),
            (Self::Long, Json::Number(number)) => Value::BigInt(Some(number.as_i64()?)),
            (Self::Short, Json::Null) => Value::Int(None),
            (Self::Short, Json::Number(number)) => {
                Value::Int(Some(i32::try_from(number.as_i64()?).ok()?))
            }
            (Self::Flag, Json::Null) => Value::Bool(None),
            (Self::Flag, Json::Bool(flag)) => Value::Bool(Some(flag)),
            (Self::Flag, Json::Number(number)) => Value::Bool(Some(number.as_i64()? != 0)),
            (Self::Text, Json::Null) => Value::String(None),
            (Self::Text, Json::String(text)) => Value::String(Some(text)),
            _ => return None,
        })
    }
}

/// Where the rows of one selection stand in what is read.
#[derive(Debug)]
pub struct Rows<E>(usize, PhantomData<fn() -> E>);

/// Where the rows of one selection of single columns stand in what is read.
#[derive(Debug)]
pub struct Columns(usize);

/// Where a count stands in what is read.
#[derive(Debug)]
pub struct Count(usize);

/// A selection that others are drawn from: the statement reads it once.
struct Shared {
    name: &'static str,
    select: SelectStatement,
    most: Option<u64>,
}

enum Document {
    Rows {
        columns: Vec<(String, Form)>,
        table: String,
        select: SelectStatement,
        order: Vec<(Expr, Order)>,
    },
    Count {
        select: SelectStatement,
        most: u64,
    },
}

/// A statement of several selections in the making.
#[derive(Default)]
pub struct Wide {
    shared: Vec<Shared>,
    documents: Vec<Document>,
}

impl Wide {
    /// Reads `select` once, as `name`, for the documents to draw from; at most so many rows, written
    /// out as in [`super::dialect::at_most`].
    pub fn share(&mut self, name: &'static str, select: SelectStatement, most: Option<u64>) {
        self.shared.push(Shared { name, select, most });
    }

    /// The rows of `select`, in this order.
    ///
    /// # Errors
    /// A fault when the table has a column of a type that documents do not know.
    pub fn rows<E: EntityTrait>(
        &mut self,
        select: Select<E>,
        order: impl IntoIterator<Item = (Expr, Order)>,
    ) -> Result<Rows<E>> {
        let table = E::default().table_name().to_owned();
        let form = |column: E::Column| {
            let form = Form::of(column.def().get_column_type());
            let unknown = || Fault::internal(format!("{table}: a column of an unknown form"));
            Ok::<_, Fault>((column.as_str().to_owned(), form.ok_or_else(unknown)?))
        };
        let columns = E::Column::iter().map(form).collect::<Result<_, _>>()?;
        let select = sea_orm::QueryTrait::into_query(select);
        let order = order.into_iter().collect();
        self.documents.push(Document::Rows { columns, table, select, order });
        Ok(Rows(self.documents.len() - 1, PhantomData))
    }

    /// The rows of `select`, which selects these columns under these names; in any order.
    pub fn columns(&mut self, columns: &[(&str, Form)], select: SelectStatement) -> Columns {
        let columns = columns.iter().map(|(name, form)| ((*name).to_owned(), *form)).collect();
        let table = String::from("found");
        self.documents.push(Document::Rows { columns, table, select, order: Vec::new() });
        Columns(self.documents.len() - 1)
    }

    /// How many rows `select` has, counted up to `most`.
    pub fn count(&mut self, select: &SelectStatement, most: u64) -> Count {
        let select =
            select.clone().clear_selects().clear_order_by().expr(Expr::cust("1")).to_owned();
        self.documents.push(Document::Count { select, most });
        Count(self.documents.len() - 1)
    }

    /// Sends it: one statement.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn read<C: ConnectionTrait>(self, conn: &C) -> Result<Found> {
        let statement = self.statement(conn.get_database_backend());
        let row = conn.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| Fault::internal("a wide statement gave no row"))?;
        let documents = self.documents.into_iter().enumerate().map(|(index, document)| {
            Ok(match document {
                Document::Rows { columns, .. } => {
                    let text: Option<String> = row.try_get_by_index(index)?;
                    Read::Rows(columns, text.unwrap_or_else(|| String::from("[]")))
                }
                Document::Count { .. } => Read::Count(row.try_get_by_index(index)?),
            })
        });
        Ok(Found(documents.collect::<Result<_>>()?))
    }

    /// The statement, as [`Wide::read`] sends it.
    #[must_use]
    pub fn statement(&self, backend: DbBackend) -> Statement {
        let (sql, values) = if backend == DbBackend::Postgres {
            self.write(backend, &PostgresQueryBuilder)
        } else {
            self.write(backend, &SqliteQueryBuilder)
        };
        Statement::from_sql_and_values(backend, sql, values)
    }

    fn write<B: QueryBuilder>(&self, backend: DbBackend, builder: &B) -> (String, sea_orm::Values) {
        let (mark, numbered) = builder.placeholder();
        let mut sql = SqlWriterValues::new(mark, numbered);
        for (index, shared) in self.shared.iter().enumerate() {
            let word = if index == 0 { "WITH" } else { "," };
            say(&mut sql, &format!("{word} \"{}\" AS MATERIALIZED (", shared.name));
            shared.select.build_collect_any_into(builder, &mut sql);
            if let Some(most) = shared.most {
                say(&mut sql, &format!(" LIMIT {most}"));
            }
            say(&mut sql, ") ");
        }
        for (index, document) in self.documents.iter().enumerate() {
            say(&mut sql, if index == 0 { "SELECT " } else { ", " });
            document.write(backend, builder, &mut sql);
            say(&mut sql, &format!(" AS d{index}"));
        }
        sql.into_parts()
    }
}

/// Writing into memory does not fail.
fn say(sql: &mut SqlWriterValues, text: &str) {
    let _ = sql.write_str(text);
}

impl Document {
    fn write<B: QueryBuilder>(&self, backend: DbBackend, builder: &B, sql: &mut SqlWriterValues) {
        match self {
            Self::Rows { columns, table, select, order } => {
                let (all, each, end) = if backend == DbBackend::Postgres {
                    ("json_agg", "json_build_array", "::text")
                } else {
                    ("json_group_array", "json_array", "")
                };
                let columns: Vec<String> =
                    columns.iter().map(|(name, form)| form.written(backend, name)).collect();
                say(sql, &format!("(SELECT {all}({each}({})", columns.join(", ")));
                for (index, (key, direction)) in order.iter().enumerate() {
                    say(sql, if index == 0 { " ORDER BY " } else { ", " });
                    builder.prepare_expr(key, sql);
                    say(sql, if matches!(direction, Order::Desc) { " DESC" } else { " ASC" });
                }
                say(sql, &format!("){end} FROM ("));
                select.build_collect_any_into(builder, sql);
                say(sql, &format!(") AS \"{table}\")"));
            }
            Self::Count { select, most } => {
                say(sql, "(SELECT COUNT(*) FROM (SELECT 1 FROM (");
                select.build_collect_any_into(builder, sql);
                say(sql, &format!(") AS found LIMIT {most}) AS counted)"));
            }
        }
    }
}

enum Read {
    Rows(Vec<(String, Form)>, String),
    Count(i64),
}

/// What one row held.
pub struct Found(Vec<Read>);

impl Found {
    /// The rows of one selection.
    ///
    /// # Errors
    /// A fault when a value is none of its column's.
    pub fn rows<E>(&self, rows: &Rows<E>) -> Result<Vec<E::Model>>
    where
        E: EntityTrait,
        E::ActiveModel: TryIntoModel<E::Model>,
    {
        let model = |values: Vec<Value>| {
            let mut row = E::ActiveModel::new();
            for (column, value) in E::Column::iter().zip(values) {
                row.try_set(column, value)?;
            }
            Ok(row.try_into_model()?)
        };
        self.values(rows.0)?.into_iter().map(model).collect()
    }

    /// The values of one selection, row by row.
    ///
    /// # Errors
    /// A fault when a value is none of its column's.
    pub fn columns(&self, columns: &Columns) -> Result<Vec<Vec<Value>>> {
        self.values(columns.0)
    }

    /// A count.
    #[must_use]
    pub fn count(&self, count: &Count) -> u64 {
        match self.0.get(count.0) {
            Some(Read::Count(found)) => u64::try_from(*found).unwrap_or_default(),
            _ => 0,
        }
    }

    fn values(&self, index: usize) -> Result<Vec<Vec<Value>>> {
        let Some(Read::Rows(columns, text)) = self.0.get(index) else {
            return Err(Fault::internal("no such document").into());
        };
        let rows: Vec<Vec<Json>> = serde_json::from_str(text)
            .map_err(|error| Fault::internal(format!("document {index}: {error}")))?;
        let value = |(json, (name, form)): (Json, &(String, Form))| {
            let odd = || Fault::internal(format!("{name} of document {index} is no {form:?}"));
            Ok(form.read(json).ok_or_else(odd)?)
        };
        let row = |row: Vec<Json>| row.into_iter().zip(columns).map(value).collect();
        rows.into_iter().map(row).collect()
    }
}
