//! The full-text index: the one place that knows how each database keeps it.
//!
//! Both index the same tokens, made by `entity::submissions::search`: PostgreSQL as a `tsvector`
//! with a GIN index, SQLite in an FTS5 table that triggers keep in step. Whoever writes words puts
//! them here in the same transaction. A submission without a row here is one that was written
//! before there was an index: [`Backfill`] finds those.
#![allow(clippy::disallowed_methods)] // the index's own door

use entity::id::SubmissionId;
use entity::submissions::search::{Question, Wanted, document};
use entity::submissions::{search_document, submission, wording};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::dialect::{self, Dialect};
use crate::kit::error::Result;
use crate::kit::scope::Scope;

/// How many submissions are indexed in one transaction of the backfill.
const AT_ONCE: u64 = 200;

/// Makes the submission findable by these texts and no others: its title, its body, the customer's
/// words, as they stand after the change. Called in the transaction that writes them, also when words
/// were taken out.
///
/// # Errors
/// A fault of the database.
pub async fn put<C: ConnectionTrait>(tx: &C, id: SubmissionId, texts: &[&str]) -> Result<()> {
    let newest = OnConflict::column(search_document::Column::SubmissionId)
        .update_column(search_document::Column::Words)
        .to_owned();
    insert(tx, vec![row(id, texts)], newest).await
}

/// As [`put`] for one revision of words.
///
/// # Errors
/// A fault of the database.
pub async fn put_wording<C: ConnectionTrait>(tx: &C, words: &wording::Model) -> Result<()> {
    put(tx, words.submission_id, &texts(words)).await
}

/// Makes the submission findable by its reference alone, as after an erasure.
///
/// # Errors
/// A fault of the database.
pub async fn remove<C: ConnectionTrait>(tx: &C, id: SubmissionId) -> Result<()> {
    // An empty row, not none: none would be filled again.
    put(tx, id, &[]).await
}

fn texts(words: &wording::Model) -> Vec<&str> {
    [Some(words.title.as_str()), Some(words.body.as_str()), words.customer_words.as_deref()]
        .into_iter()
        .flatten()
        .collect()
}

fn row(id: SubmissionId, texts: &[&str]) -> search_document::ActiveModel {
    search_document::ActiveModel {
        number: NotSet,
        submission_id: Set(id),
        words: Set(document(texts)),
    }
}

async fn insert<C: ConnectionTrait>(
    tx: &C,
    rows: Vec<search_document::ActiveModel>,
    twice: OnConflict,
) -> Result<()> {
    search_document::Entity::insert_many(rows)
        .on_conflict(twice)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// `submission`, an expression for the id of a submission, is one whose words hold all that is asked
/// for. Nothing to look for finds nothing.
#[must_use]
pub fn holds(dialect: Dialect, submission: SimpleExpr, question: &Question) -> SimpleExpr {
    if question.parts().is_empty() {
        return Expr::cust("1 = 0");
    }
    submission.in_subquery(if dialect.is_postgres() {
        by_vector(question)
    } else {
        by_index(question)
    })
}

fn by_vector(question: &Question) -> SelectStatement {
    let asked = joined(question, " & ", |part| match part {
        Wanted::Whole(token) => format!("'{token}'"),
        Wanted::Beginning(token) => format!("'{token}':*"),
    });
    Query::select()
        .column(search_document::Column::SubmissionId)
        .from(search_document::Entity)
        .and_where(Expr::cust_with_values("vector @@ CAST($1 AS tsquery)", [asked]))
        .to_owned()
}

fn by_index(question: &Question) -> SelectStatement {
    let asked = joined(question, " ", |part| match part {
        Wanted::Whole(token) => format!("\"{token}\""),
        Wanted::Beginning(token) => format!("\"{token}\" *"),
    });
    let numbers = Query::select()
        .expr(Expr::cust("rowid"))
        .from("search_index")
        .and_where(Expr::cust_with_values("search_index MATCH ?", [asked]))
        .to_owned();
    Query::select()
        .column(search_document::Column::SubmissionId)
        .from(search_document::Entity)
        .and_where(Expr::col(search_document::Column::Number).in_subquery(numbers))
        .to_owned()
}

/// Tokens hold letters, digits and signs alone, so none can end its own quotes.
fn joined(question: &Question, between: &str, part: impl Fn(&Wanted) -> String) -> String {
    question.parts().iter().map(part).collect::<Vec<_>>().join(between)
}

/// Indexes what was written before there was an index, a few hundred at a time. What is missing is
/// told by the rows themselves: it may stop at any point and begin anew.
#[derive(Debug, Default)]
pub struct Backfill {
    after: Option<SubmissionId>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Working,
    Finished,
}

impl Backfill {
    /// Takes one step. `true`: there may be more to do.
    ///
    /// # Errors
    /// A fault of the database; the step is taken again.
    pub async fn step(&mut self, scope: &Scope) -> Result<bool> {
        if self.state == State::Finished {
            return Ok(false);
        }
        let found = missing(&scope.db(), self.after).await?;
        let Some(last) = found.last().copied() else {
            self.state = State::Finished;
            return Ok(false);
        };
        let tx = scope.begin().await?;
        index(&tx, &found).await?;
        tx.commit_silently(()).await?;
        self.after = Some(last);
        Ok(true)
    }
}

/// Indexes all that has no row yet, in the caller's transaction: for data that was loaded in bulk.
///
/// # Errors
/// A fault of the database.
pub async fn index_all<C: ConnectionTrait>(tx: &C) -> Result<()> {
    let mut after = None;
    loop {
        let found = missing(tx, after).await?;
        let Some(last) = found.last().copied() else { return Ok(()) };
        index(tx, &found).await?;
        after = Some(last);
    }
}

/// Submissions behind `after` that no row here speaks of, by id.
async fn missing<C: ConnectionTrait>(
    conn: &C,
    after: Option<SubmissionId>,
) -> Result<Vec<SubmissionId>> {
    let own = Expr::col((search_document::Entity, search_document::Column::SubmissionId))
        .equals((submission::Entity, submission::Column::Id));
    let there = Query::select()
        .expr(Expr::cust("1"))
        .from(search_document::Entity)
        .and_where(own)
        .to_owned();
    let mut select = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(Condition::all().add(Expr::exists(there)).not())
        .order_by_asc(submission::Column::Id);
    if let Some(after) = after {
        select = select.filter(submission::Column::Id.gt(after));
    }
    Ok(select.limit(AT_ONCE).into_tuple().all(conn).await?)
}

/// The rows are locked before their words are read: a redaction meanwhile either is seen here, or
/// puts its own row afterwards.
async fn index<C: ConnectionTrait>(tx: &C, ids: &[SubmissionId]) -> Result<()> {
    let backend = tx.get_database_backend();
    let rows = submission::Entity::find().filter(submission::Column::Id.is_in(ids.to_vec()));
    let rows = dialect::for_update(backend, rows).all(tx).await?;
    let texts_of = rows.iter().map(|row| row.text_id);
    let words = wording::Entity::find().filter(wording::Column::Id.is_in(texts_of)).all(tx).await?;
    if words.is_empty() {
        return Ok(());
    }
    let rows = words.iter().map(|words| row(words.submission_id, &texts(words))).collect();
    let kept = OnConflict::column(search_document::Column::SubmissionId).do_nothing().to_owned();
    insert(tx, rows, kept).await
}
